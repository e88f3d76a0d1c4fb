"""What the calls of this invocation came to: how many, how many tokens, at what cost. Unknown stays unknown (None)."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from generator.client.prices import NANO_USD
from generator.types import ChatRequest, Usage


@dataclass(slots=True)
class Spending:
    """Calls answered, their tokens, and their cost in nano-dollars, with how many told no tokens or have no price."""

    answered: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: int = 0
    without_usage: int = 0
    without_price: int = 0

    def add(self, usage: Usage, cost: int | None) -> None:
        """Add one answered call."""
        self.answered += 1
        if usage.prompt_tokens is None or usage.completion_tokens is None:
            self.without_usage += 1
        else:
            self.prompt_tokens += usage.prompt_tokens
            self.completion_tokens += usage.completion_tokens
        if cost is None:
            self.without_price += 1
        else:
            self.cost += cost

    @property
    def cost_usd(self) -> float | None:
        """The cost in dollars; None where any of it is unknown."""
        return None if self.without_price else self.cost / NANO_USD

    def describe(self) -> dict[str, Any]:
        """Return the amounts, JSON-able; None for what is not known."""
        known = self.without_usage == 0 and self.answered > 0
        return {
            "calls": self.answered, "prompt_tokens": self.prompt_tokens if known else None,
            "completion_tokens": self.completion_tokens if known else None, "cost_usd": self.cost_usd,
        }  # fmt: skip


@dataclass
class Meter:
    """Counters of calls and tokens. `asked` = `answered` + `failed` + those still in flight; cached ones are apart."""

    asked: int = 0
    failed: int = 0
    cached: int = 0
    in_vain: int = 0
    total: Spending = field(default_factory=Spending)
    damaged: Counter[str] = field(default_factory=Counter)  # replies that were not in form, by reason
    by_kind: defaultdict[str, Spending] = field(default_factory=lambda: defaultdict(Spending))  # evolve, critic, …
    _by_about: Counter[str] = field(default_factory=Counter, repr=False)

    @property
    def answered(self) -> int:
        """How many calls were answered."""
        return self.total.answered

    def count_answer(self, request: ChatRequest, usage: Usage, cost: int | None) -> None:
        """Count an answered call, with its cost in nano-dollars where that is known."""
        self.total.add(usage, cost)
        self.by_kind[request.template.partition("/")[0]].add(usage, cost)
        self._by_about[request.about] += 1

    def count_damaged(self, reason: str) -> None:
        """Count a reply that was not in form."""
        self.damaged[reason] += 1

    def take(self, about: str) -> int:
        """Return how many calls about a candidate were answered since the last time this was asked."""
        return self._by_about.pop(about, 0)

    def describe(self) -> dict[str, Any]:
        """Return the counts for the funnel; what is not known is None."""
        spent = self.total.describe()
        return {
            "calls": {
                "asked": self.asked, "answered": self.answered, "failed": self.failed, "cached": self.cached,
                "in_vain": self.in_vain,
            },
            "tokens": {"prompt": spent["prompt_tokens"], "completion": spent["completion_tokens"]},
            "damaged": dict(sorted(self.damaged.items())),
            "cost_usd": spent["cost_usd"],
            "by_kind": {kind: self.by_kind[kind].describe() for kind in sorted(self.by_kind)},
        }  # fmt: skip

"""What the calls of this invocation came to: how many, how many tokens, at what cost. Unknown stays unknown (None)."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from generator.client.spending import Spending
from generator.client.yields import Yields
from generator.types import ChatRequest, Usage


@dataclass
class Meter:
    """Counters of calls and tokens. `asked` = `answered` + `failed` + those still in flight; cached ones are apart."""

    asked: int = 0
    failed: int = 0
    cached: int = 0
    in_vain: int = 0
    total: Spending = field(default_factory=Spending)
    damaged: Counter[str] = field(default_factory=Counter)  # replies that were not in form, by reason
    repaired: Counter[str] = field(default_factory=Counter)  # replies that had to be mended, by what was wrong
    by_kind: defaultdict[str, Spending] = field(default_factory=lambda: defaultdict(Spending))  # evolve, critic, …
    yields: Yields = field(default_factory=Yields, repr=False)
    _by_about: Counter[str] = field(default_factory=Counter, repr=False)

    @property
    def answered(self) -> int:
        """How many calls were answered."""
        return self.total.answered

    def count_answer(self, request: ChatRequest, usage: Usage, cost: int | None) -> None:
        """Count an answered call, with its cost in nano-dollars where that is known."""
        self.total.add(usage, cost)
        self.by_kind[request.kind].add(usage, cost)
        self._by_about[request.about] += 1

    def count_damaged(self, reason: str) -> None:
        """Count a reply that was not in form."""
        self.damaged[reason] += 1

    def count_repaired(self, repair: str) -> None:
        """Count a reply that had to be mended to be read."""
        self.repaired[repair] += 1

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
            "repaired": dict(sorted(self.repaired.items())),
            "cost_usd": spent["cost_usd"],
            "by_kind": {kind: self.by_kind[kind].describe() for kind in sorted(self.by_kind)},
            "by_operator_spent": self.yields.describe(),
        }  # fmt: skip

"""What the calls of this invocation came to: how many, how many tokens, at what cost. Unknown stays unknown (None)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from generator.types import Completion


@dataclass
class Meter:
    """Counters of calls and tokens. `asked` = `answered` + `failed` + those still in flight; cached ones are apart."""

    asked: int = 0
    answered: int = 0
    failed: int = 0
    cached: int = 0
    in_vain: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    without_usage: int = 0
    damaged: Counter[str] = field(default_factory=Counter)  # replies that were not in form, by reason
    _by_about: Counter[str] = field(default_factory=Counter, repr=False)

    def count_answer(self, about: str, completion: Completion) -> None:
        """Count an answered call about a candidate."""
        self.answered += 1
        self._by_about[about] += 1
        usage = completion.usage
        if usage.prompt_tokens is None or usage.completion_tokens is None:
            self.without_usage += 1
        else:
            self.prompt_tokens += usage.prompt_tokens
            self.completion_tokens += usage.completion_tokens

    def count_damaged(self, reason: str) -> None:
        """Count a reply that was not in form."""
        self.damaged[reason] += 1

    def take(self, about: str) -> int:
        """Return how many calls about a candidate were answered since the last time this was asked."""
        return self._by_about.pop(about, 0)

    def describe(self) -> dict[str, Any]:
        """Return the counts for the funnel; tokens are None where a server did not say them."""
        known = self.without_usage == 0 and self.answered > 0
        return {
            "calls": {
                "asked": self.asked, "answered": self.answered, "failed": self.failed, "cached": self.cached,
                "in_vain": self.in_vain,
            },
            "tokens": {
                "prompt": self.prompt_tokens if known else None,
                "completion": self.completion_tokens if known else None,
            },
            "damaged": dict(sorted(self.damaged.items())),
            "cost_usd": None,
        }  # fmt: skip

"""What calls took: how many, how many tokens, at what cost. Unknown stays unknown (None)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from generator.client.prices import NANO_USD
from generator.types import Usage


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

    def merge(self, other: Spending) -> None:
        """Add what others took."""
        self.answered += other.answered
        self.prompt_tokens += other.prompt_tokens
        self.completion_tokens += other.completion_tokens
        self.cost += other.cost
        self.without_usage += other.without_usage
        self.without_price += other.without_price

    @property
    def cost_usd(self) -> float | None:
        """The cost in dollars; None where any of it is unknown."""
        return None if self.without_price else self.cost / NANO_USD

    def describe(self) -> dict[str, Any]:
        """Return the amounts, JSON-able; None for what is not known."""
        known = self.without_usage == 0
        return {
            "calls": self.answered, "prompt_tokens": self.prompt_tokens if known else None,
            "completion_tokens": self.completion_tokens if known else None, "cost_usd": self.cost_usd,
        }  # fmt: skip

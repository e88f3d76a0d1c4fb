"""From the settings to hard limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from generator.client.budget import Limits
from generator.client.prices import NANO_USD, Price, find_price
from generator.config import RunConfig
from generator.errors import ConfigError


def make_limits(config: RunConfig, models: Sequence[str], prices: Mapping[str, Price]) -> Limits:
    """Return the run's limits. Raises `ConfigError` for a limit in dollars where a model has no price."""
    limits = config.limits
    unknown = [model for model in models if find_price(prices, model) is None]
    if limits.max_cost_usd is not None and unknown:
        raise ConfigError(
            f"--max-cost-usd {limits.max_cost_usd:g}: the price of `{unknown[0]}` is not known, so the limit cannot be kept. "
            "Give it with --prices FILE, or use --max-tokens-total."
        )
    cost = None if limits.max_cost_usd is None else int(limits.max_cost_usd * NANO_USD)
    return Limits(limits.max_calls, limits.max_tokens_total, cost)

"""How sure a measure is: percentile bootstrap intervals, and the paired test of two raters on the same items.

Source: Efron 1979, "Bootstrap methods" (percentile interval); McNemar 1947, exact form (binomial, two-sided).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")

DRAWS = 1000  # Efron and Tibshirani 1993, section 13.3: a thousand or so for percentile intervals
LEVEL = 0.95


def find_interval(
    items: Sequence[T], measure: Callable[[Sequence[T]], float | None], *, seed: int = 0, draws: int = DRAWS
) -> tuple[float, float] | None:
    """Return the 95% interval of `measure` over resampled items; None where it is undefined in most resamples."""
    if not items:
        return None
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(draws):
        value = measure([items[place] for place in generator.integers(0, len(items), len(items)).tolist()])
        if value is not None:
            found.append(value)
    if 2 * len(found) < draws:
        return None
    low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def compute_mcnemar(only_first: int, only_second: int) -> float:
    """Return the exact two-sided p of items that only one of two raters got right, so many each; 1 where none differ."""
    differing = only_first + only_second
    tail = sum(math.comb(differing, k) for k in range(min(only_first, only_second) + 1))
    return min(1.0, 2 * tail / int(2**differing))

"""Rank correlation: do two raters put the same items first?

Source: Spearman 1904, "The proof and measurement of association between two things"; ties share their mean rank.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from generator.errors import ConfigError


def rank(values_n: Sequence[float]) -> npt.NDArray[np.float64]:
    """Return the ranks (N,) from 1; equal values share the mean of their ranks."""
    _, places_n, counts = np.unique(np.asarray(values_n, dtype=float), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[places_n], dtype=np.float64)


def compute_spearman(first_n: Sequence[float], second_n: Sequence[float]) -> float | None:
    """Return Spearman's rho, -1 to 1; None where either rater gave one and the same value throughout.

    Raises: ConfigError where the raters did not rate the same number of items.
    """
    if len(first_n) != len(second_n):
        raise ConfigError(
            f"one rater has {len(first_n)} scores and the other {len(second_n)}: they must rate the same items."
        )
    if len(first_n) < 2:
        return None
    one, other = rank(first_n), rank(second_n)
    one, other = one - one.mean(), other - other.mean()
    spread = float(np.sqrt((one @ one) * (other @ other)))
    return None if spread == 0 else float(one @ other) / spread

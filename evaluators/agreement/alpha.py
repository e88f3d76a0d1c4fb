"""Krippendorff's alpha: agreement among any number of raters, with ratings missing, at four levels of measurement.

Source: Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability" (coincidence matrices; difference functions).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from generator.errors import ConfigError

Level = Literal["nominal", "ordinal", "interval", "ratio"]
Matrix = npt.NDArray[np.float64]


def compute_alpha(ratings_ru: Sequence[Sequence[Any]], level: Level = "nominal") -> float | None:
    """Return alpha of raters × units, at most 1; None stands for a missing rating, and is returned where undefined.

    Undefined is: no unit with two ratings, or one and the same value throughout. Above `nominal` values are numbers.
    Raises: ConfigError where raters have rows of different lengths.
    """
    if len({len(row) for row in ratings_ru}) > 1:
        raise ConfigError("every rater needs one entry an item; where a rating is missing, leave it empty.")
    units = [[rating for rating in unit if rating is not None] for unit in zip(*ratings_ru, strict=True)]
    units = [unit for unit in units if len(unit) > 1]
    values = list({rating for unit in units for rating in unit})
    values.sort(key=repr if level == "nominal" else None)
    places = {value: place for place, value in enumerate(values)}
    coincidences_kk = np.zeros((len(values), len(values)))
    for unit in units:
        counts_k = np.bincount([places[rating] for rating in unit], minlength=len(values)).astype(float)
        coincidences_kk += (np.outer(counts_k, counts_k) - np.diag(counts_k)) / (len(unit) - 1)
    totals_k = coincidences_kk.sum(axis=1)
    difference_kk = _DIFFERENCES[level](values, totals_k)
    expected = float((np.outer(totals_k, totals_k) * difference_kk).sum())
    if expected == 0:
        return None
    observed = float((coincidences_kk * difference_kk).sum())
    return 1 - float(totals_k.sum() - 1) * observed / expected


def _differ_by_name(values: Sequence[Any], totals_k: Matrix) -> Matrix:
    return 1 - np.eye(len(values))


def _differ_by_rank(values: Sequence[Any], totals_k: Matrix) -> Matrix:
    middle_k = np.cumsum(totals_k) - totals_k / 2
    squares_kk: Matrix = np.square(middle_k[:, None] - middle_k[None, :])
    return squares_kk


def _differ_by_distance(values: Sequence[Any], totals_k: Matrix) -> Matrix:
    values_k = np.asarray(values, dtype=float)
    squares_kk: Matrix = np.square(values_k[:, None] - values_k[None, :])
    return squares_kk


def _differ_by_ratio(values: Sequence[Any], totals_k: Matrix) -> Matrix:
    values_k = np.asarray(values, dtype=float)
    sums_kk = values_k[:, None] + values_k[None, :]
    ratios_kk = np.zeros_like(sums_kk)
    np.divide(values_k[:, None] - values_k[None, :], sums_kk, out=ratios_kk, where=sums_kk != 0)
    squares_kk: Matrix = np.square(ratios_kk)
    return squares_kk


_DIFFERENCES: Mapping[Level, Callable[[Sequence[Any], Matrix], Matrix]] = {
    "nominal": _differ_by_name,
    "ordinal": _differ_by_rank,
    "interval": _differ_by_distance,
    "ratio": _differ_by_ratio,
}

"""Agreement beyond chance between two raters (Cohen) and among a fixed number of raters (Fleiss).

Where chance alone would make every rating the same, kappa is not defined: None, never 0 or 1.

Source: Cohen 1960, "A coefficient of agreement for nominal scales"; Cohen 1968, "Weighted kappa"; Fleiss 1971,
"Measuring nominal scale agreement among many raters".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from generator.errors import ConfigError

Weighting = Literal["none", "linear", "quadratic"]


def compute_cohen_kappa(
    first_n: Sequence[Hashable], second_n: Sequence[Hashable], weighting: Weighting = "none"
) -> float | None:
    """Return Cohen's kappa of two raters' labels of the same N items, at most 1; None where it is not defined.

    With a weighting, labels must be numbers (scores): a disagreement costs by its distance, or that squared.
    Raises: ConfigError where the raters did not rate the same number of items.
    """
    if len(first_n) != len(second_n):
        raise ConfigError(
            f"one rater has {len(first_n)} labels and the other {len(second_n)}: they must rate the same items."
        )
    labels = list({*first_n, *second_n})
    labels.sort(key=repr if weighting == "none" else _read_number)  # sums depend on the order in their last digit
    places = {label: place for place, label in enumerate(labels)}
    table_kk = np.zeros((len(labels), len(labels)))
    for one, other in zip(first_n, second_n, strict=True):
        table_kk[places[one], places[other]] += 1
    return _compare_with_chance(table_kk, _weigh(labels, weighting))


def compute_table_kappa(table_kk: Sequence[Sequence[float]]) -> float | None:
    """Return Cohen's kappa of a table of counts: rows are the first rater's labels, columns the second's."""
    table = np.asarray(table_kk, dtype=float)
    return _compare_with_chance(table, 1 - np.eye(len(table)))


def _weigh(labels: Sequence[Hashable], weighting: Weighting) -> npt.NDArray[np.float64]:
    if weighting == "none":
        return 1 - np.eye(len(labels))
    values_k = np.asarray(labels, dtype=float)
    distance_kk = np.abs(values_k[:, None] - values_k[None, :])
    squares_kk: npt.NDArray[np.float64] = np.square(distance_kk)
    return distance_kk if weighting == "linear" else squares_kk


def _read_number(label: Any) -> float:
    return float(label)


def _compare_with_chance(table_kk: npt.NDArray[np.float64], cost_kk: npt.NDArray[np.float64]) -> float | None:
    total = table_kk.sum()
    if total == 0:
        return None
    chance_kk = np.outer(table_kk.sum(axis=1), table_kk.sum(axis=0)) / total
    by_chance = float((cost_kk * chance_kk).sum())
    return None if by_chance == 0 else 1 - float((cost_kk * table_kk).sum()) / by_chance


def compute_fleiss_kappa(ratings_un: Sequence[Sequence[Hashable]]) -> float | None:
    """Return Fleiss' kappa of units, each with the labels of the same number (two or more) of raters; None: undefined.

    Raises: ConfigError where units have different numbers of ratings, or fewer than two.
    """
    sizes = {len(unit) for unit in ratings_un}
    if len(sizes) > 1 or sizes & {0, 1}:
        raise ConfigError(
            "Fleiss' kappa needs the same number of ratings, two or more, of every item; use alpha instead."
        )
    labels = sorted({label for unit in ratings_un for label in unit}, key=repr)
    counts = [Counter(unit) for unit in ratings_un]
    return compute_fleiss_table([[count[label] for label in labels] for count in counts])


def compute_fleiss_table(counts_uk: Sequence[Sequence[int]]) -> float | None:
    """Return Fleiss' kappa of a table: how many raters gave unit u the label k."""
    table = np.asarray(counts_uk, dtype=float)
    if table.size == 0:
        return None
    raters = table.sum(axis=1)[0]
    observed = float(((table * (table - 1)).sum(axis=1) / (raters * (raters - 1))).mean())
    by_chance = float(((table.sum(axis=0) / table.sum()) ** 2).sum())
    return None if by_chance == 1 else (observed - by_chance) / (1 - by_chance)

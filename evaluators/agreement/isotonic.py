"""Isotonic calibration: the best never-falling map from a critic's scores to what people gave.

Source: Barlow et al. 1972, "Statistical Inference under Order Restrictions" (pool adjacent violators); Zadrozny and
Elkan 2002, "Transforming classifier scores into accurate multiclass probability estimates" (as a calibration).
"""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from generator.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Isotonic:
    """A never-falling map through the points (`scores`, `values`), straight between them and level outside them."""

    scores: tuple[float, ...]
    values: tuple[float, ...]

    def apply(self, score: float) -> float:
        """Return the calibrated value of a score."""
        right = bisect.bisect_left(self.scores, score)
        if right == 0:
            return self.values[0]
        if right == len(self.scores):
            return self.values[-1]
        (x0, x1), (y0, y1) = self.scores[right - 1 : right + 1], self.values[right - 1 : right + 1]
        return y0 + (y1 - y0) * (score - x0) / (x1 - x0)


def fit_isotonic(scores_n: Sequence[float], targets_n: Sequence[float]) -> Isotonic:
    """Return the least-squares isotonic map of scores to targets. Raises: ConfigError where there is nothing to fit."""
    if not scores_n or len(scores_n) != len(targets_n):
        raise ConfigError("a calibration needs scores and, for each, what people gave.")
    by_score: defaultdict[float, list[float]] = defaultdict(list)
    for score, target in zip(scores_n, targets_n, strict=True):
        by_score[score].append(target)
    blocks: list[tuple[float, float, int]] = []  # sum of targets, weight, scores in the block
    for score in sorted(by_score):
        total, weight, width = sum(by_score[score]), float(len(by_score[score])), 1
        while blocks and blocks[-1][0] / blocks[-1][1] >= total / weight:
            before = blocks.pop()
            total, weight, width = total + before[0], weight + before[1], width + before[2]
        blocks.append((total, weight, width))
    values = [total / weight for total, weight, width in blocks for _ in range(width)]
    return Isotonic(tuple(sorted(by_score)), tuple(values))

"""Ridge regression in closed form, its penalty chosen by leaving one out: enough for some hundred points.

Source: Hoerl and Kennard 1970, "Ridge regression"; Allen 1974 (PRESS: leave-one-out errors from the hat matrix).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

PENALTIES = tuple(10.0**power for power in range(-4, 4))
FOLDS = 5  # document C's rule of validation: five folds

Vectors = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ridge:
    """A linear map of vectors to scores: `weights_D` and the intercept, with the penalty that was chosen."""

    weights_D: Vectors  # noqa: N815 - the shape's letter
    intercept: float
    penalty: float

    def predict(self, vectors_nd: npt.ArrayLike) -> Vectors:
        """Return the scores (N,) of vectors (N, D)."""
        return np.asarray(np.asarray(vectors_nd, dtype=np.float64) @ self.weights_D + self.intercept)


def fit_ridge(vectors_nd: npt.ArrayLike, scores_n: Sequence[float]) -> Ridge:
    """Return the ridge regression of N ≥ 2 scores on vectors (N, D), with the penalty that leaves the least left-out error."""
    vectors = np.asarray(vectors_nd, dtype=np.float64)
    scores = np.asarray(scores_n, dtype=np.float64)
    centre_d, mean = vectors.mean(axis=0), float(scores.mean())
    left_nk, lengths_k, right_kd = np.linalg.svd(vectors - centre_d, full_matrices=False)
    projected_k = left_nk.T @ (scores - mean)
    best: tuple[float, float] | None = None
    for penalty in PENALTIES:
        shrunk_k = lengths_k**2 / (lengths_k**2 + penalty)
        residual_n = scores - mean - left_nk @ (shrunk_k * projected_k)
        leverage_n = np.minimum((left_nk**2 * shrunk_k).sum(axis=1) + 1 / len(scores), 1 - 1e-9)
        error = float(((residual_n / (1 - leverage_n)) ** 2).mean())
        if best is None or error < best[0]:
            best = (error, penalty)
    assert best is not None
    weights_d = right_kd.T @ (lengths_k / (lengths_k**2 + best[1]) * projected_k)
    return Ridge(weights_d, mean - float(centre_d @ weights_d), best[1])


def predict_left_out(vectors_nd: npt.ArrayLike, scores_n: Sequence[float], folds: Sequence[int]) -> list[float]:
    """Return each item's score as predicted by a fit that has not seen its fold; `folds` numbers the items' folds (N,)."""
    vectors, scores = np.asarray(vectors_nd, dtype=np.float64), np.asarray(scores_n, dtype=np.float64)
    numbers = np.asarray(folds)
    predicted = np.zeros(len(scores))
    for fold in sorted(set(folds)):
        held = numbers == fold
        predicted[held] = fit_ridge(vectors[~held], scores[~held].tolist()).predict(vectors[held])
    return [float(score) for score in predicted]

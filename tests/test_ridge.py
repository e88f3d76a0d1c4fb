"""Ridge regression: against the textbook solution, and honest about what it has not seen."""

from __future__ import annotations

import numpy as np
import pytest

from evaluators.ridge import fit_ridge, predict_left_out


def make(count: int, dimensions: int, noise: float) -> tuple[np.ndarray, list[float]]:  # type: ignore[type-arg]
    dice = np.random.default_rng(3)
    vectors = dice.normal(size=(count, dimensions))
    weights = dice.normal(size=dimensions)
    return vectors, (vectors @ weights + 5 + noise * dice.normal(size=count)).tolist()


def test_the_fit_is_the_solution_of_the_normal_equations() -> None:
    vectors, scores = make(60, 4, 0.5)
    fitted = fit_ridge(vectors, scores)
    centred = vectors - vectors.mean(axis=0)
    expected = np.linalg.solve(
        centred.T @ centred + fitted.penalty * np.eye(4), centred.T @ (np.array(scores) - np.mean(scores))
    )
    assert fitted.weights_D == pytest.approx(expected)
    assert fitted.predict(vectors).mean() == pytest.approx(np.mean(scores))


def test_more_dimensions_than_items_are_borne() -> None:
    vectors, scores = make(20, 100, 0.1)
    assert np.isfinite(fit_ridge(vectors, scores).predict(vectors)).all()


def test_the_penalty_grows_with_the_noise() -> None:
    vectors, clean = make(40, 30, 0.0)
    noisy = np.random.default_rng(5).normal(size=40).tolist()
    assert fit_ridge(vectors, noisy).penalty > fit_ridge(vectors, clean).penalty


def test_left_out_predictions_find_a_signal_and_no_signal_in_noise() -> None:
    vectors, scores = make(100, 5, 0.2)
    folds = [place % 5 for place in range(100)]
    assert np.corrcoef(predict_left_out(vectors, scores, folds), scores)[0, 1] > 0.95
    noise = np.random.default_rng(7).normal(size=100).tolist()
    assert np.corrcoef(predict_left_out(vectors, noise, folds), noise)[0, 1] < 0.3

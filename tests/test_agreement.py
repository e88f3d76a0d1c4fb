"""Agreement among raters: the published examples, the edges, and what must hold for any ratings."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.agreement.alpha import Level, compute_alpha
from evaluators.agreement.bootstrap import compute_mcnemar, find_interval
from evaluators.agreement.isotonic import fit_isotonic
from evaluators.agreement.kappa import (
    compute_cohen_kappa,
    compute_fleiss_kappa,
    compute_fleiss_table,
    compute_table_kappa,
)
from evaluators.agreement.rank import compute_spearman, rank
from generator.errors import ConfigError

# Krippendorff 2011, four observers and twelve units; and the example of three coders and fifteen units
FOUR_BY_TWELVE = """
    1 2 3 3 2 1 4 1 2 . . .
    1 2 3 3 2 2 4 1 2 5 . 3
    . 3 3 3 2 3 4 2 2 5 1 .
    1 2 3 3 2 4 4 1 2 5 1 .
"""
THREE_BY_FIFTEEN = """
    . . . . . 3 4 1 2 1 1 3 3 . 3
    1 . 2 1 3 3 4 3 . . . . . . .
    . . 2 1 3 4 4 . 2 1 1 3 3 . 4
"""
# Fleiss 1971 as it is taught: ten subjects, fourteen raters, five categories
TEN_BY_FOURTEEN = [
    [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
]  # fmt: skip


def read(table: str) -> list[list[int | None]]:
    return [[None if cell == "." else int(cell) for cell in row.split()] for row in table.strip().splitlines()]


@pytest.mark.parametrize(
    ("table", "level", "alpha"),
    [
        (THREE_BY_FIFTEEN, "nominal", 0.6914), (THREE_BY_FIFTEEN, "interval", 0.8108),
        (FOUR_BY_TWELVE, "nominal", 0.7434), (FOUR_BY_TWELVE, "ordinal", 0.8154),
        (FOUR_BY_TWELVE, "interval", 0.8491), (FOUR_BY_TWELVE, "ratio", 0.7974),
    ],
)  # fmt: skip
def test_alpha_is_the_published_one(table: str, level: Level, alpha: float) -> None:
    assert compute_alpha(read(table), level) == pytest.approx(alpha, abs=5e-5)


def test_fleiss_kappa_is_the_published_one() -> None:
    assert compute_fleiss_table(TEN_BY_FOURTEEN) == pytest.approx(0.2099, abs=5e-5)
    units = [[label for label, count in enumerate(row) for _ in range(count)] for row in TEN_BY_FOURTEEN]
    assert compute_fleiss_kappa(units) == pytest.approx(0.2099, abs=5e-5)


@pytest.mark.parametrize(
    ("table", "kappa"),
    [([[20, 5], [10, 15]], 0.4), ([[45, 15], [25, 15]], 0.1304), ([[25, 35], [5, 35]], 0.2593)],
)
def test_cohen_kappa_is_the_published_one(table: list[list[int]], kappa: float) -> None:
    assert compute_table_kappa(table) == pytest.approx(kappa, abs=5e-5)
    first = [row for row, counts in enumerate(table) for count in counts for _ in range(count)]
    second = [column for counts in table for column, count in enumerate(counts) for _ in range(count)]
    assert compute_cohen_kappa(first, second) == pytest.approx(kappa, abs=5e-5)


def test_a_weighted_kappa_forgives_near_misses() -> None:
    first, near, far = [1, 2, 3, 4, 5] * 4, [2, 3, 4, 5, 4] * 4, [5, 5, 1, 1, 2] * 4
    plain = [compute_cohen_kappa(first, other) for other in (near, far)]
    weighted = [compute_cohen_kappa(first, other, "quadratic") for other in (near, far)]
    assert plain[0] is not None
    assert weighted[0] is not None
    assert weighted[1] is not None
    assert weighted[0] > 0.5 > plain[0]
    assert weighted[1] < 0


def test_what_chance_explains_wholly_is_not_defined() -> None:
    assert compute_cohen_kappa(["yes", "yes"], ["yes", "yes"]) is None
    assert compute_cohen_kappa([], []) is None
    assert compute_fleiss_kappa([["a", "a"], ["a", "a"]]) is None
    assert compute_fleiss_kappa([]) is None
    assert compute_alpha([[1, 1], [1, 1]]) is None
    assert compute_alpha([[1, None], [None, 1]]) is None
    assert compute_spearman([1, 1, 1], [1, 2, 3]) is None


def test_raters_of_different_items_are_refused() -> None:
    for call in (compute_cohen_kappa, compute_spearman):
        with pytest.raises(ConfigError, match="same items"):
            call([1, 2], [1])
    with pytest.raises(ConfigError, match="same number of ratings"):
        compute_fleiss_kappa([["a", "b"], ["a"]])
    with pytest.raises(ConfigError, match="one entry an item"):
        compute_alpha([[1, 2], [1]])


def test_equal_values_share_their_rank() -> None:
    assert rank([10, 20, 20, 5]).tolist() == [2, 3.5, 3.5, 1]
    assert compute_spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]) == pytest.approx(0.8207826817)


def test_mcnemar_is_the_published_one() -> None:
    assert compute_mcnemar(6, 16) == pytest.approx(0.0525, abs=5e-5)
    assert compute_mcnemar(0, 0) == 1
    assert compute_mcnemar(7, 7) == 1


def test_an_interval_holds_the_measure_narrows_with_the_items_and_is_the_same_each_time() -> None:
    dice = random.Random(1)
    hits = [dice.random() < 0.7 for _ in range(40)]

    def share(items: object) -> float:
        return sum(items) / len(items)  # type: ignore[arg-type, call-overload]

    few, many = find_interval(hits, share), find_interval(hits * 25, share)
    assert few is not None
    assert many is not None
    assert few[0] < share(hits) < few[1]
    assert many[1] - many[0] < (few[1] - few[0]) / 3
    assert find_interval(hits, share) == few
    assert find_interval([], share) is None
    assert find_interval(hits, lambda _: None) is None


def test_isotonic_regression_pools_what_falls() -> None:
    fitted = fit_isotonic([1, 2, 3, 4, 4], [1, 3, 2, 4, 6])
    assert fitted.values == (1, 2.5, 2.5, 5)
    assert [fitted.apply(score) for score in (0, 1.5, 2.5, 3.5, 9)] == [1, 1.75, 2.5, 3.75, 5]
    with pytest.raises(ConfigError):
        fit_isotonic([], [])


points = st.lists(st.tuples(st.integers(1, 10), st.floats(0, 1)), min_size=1, max_size=40)


@settings(max_examples=80, deadline=None)
@given(points)
def test_a_calibration_never_falls_and_keeps_the_mean(pairs: list[tuple[int, float]]) -> None:
    scores, targets = [float(score) for score, _ in pairs], [target for _, target in pairs]
    fitted = fit_isotonic(scores, targets)
    applied = [fitted.apply(score) for score in scores]
    assert list(fitted.values) == sorted(fitted.values)
    assert sum(applied) == pytest.approx(sum(targets), abs=1e-9)
    reference = pytest.importorskip("sklearn.isotonic").IsotonicRegression(out_of_bounds="clip")
    assert applied == pytest.approx(reference.fit(scores, targets).predict(scores).tolist(), abs=1e-9)


labels = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=2, max_size=60)


@settings(max_examples=80, deadline=None)
@given(labels)
def test_agreement_is_symmetric_and_whole_where_nobody_differs(pairs: list[tuple[str, str]]) -> None:
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    forth, back = compute_cohen_kappa(first, second), compute_cohen_kappa(second, first)
    assert forth == back or math.isclose(forth or 0, back or 0, abs_tol=1e-12)
    assert forth is None or forth <= 1
    if len(set(first)) > 1:
        assert compute_cohen_kappa(first, first) == pytest.approx(1)
        assert compute_alpha([first, first]) == pytest.approx(1)
        assert compute_fleiss_kappa([[one, one] for one in first]) == pytest.approx(1)

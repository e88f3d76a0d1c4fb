"""Agreement against other implementations of it, where they are installed, and against definitions written out."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evaluators.agreement.alpha import Level, compute_alpha
from evaluators.agreement.bootstrap import compute_mcnemar, find_interval
from evaluators.agreement.isotonic import fit_isotonic
from evaluators.agreement.kappa import Weighting, compute_cohen_kappa, compute_fleiss_kappa
from evaluators.agreement.rank import compute_spearman

SCORES = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=2, max_size=30)
MATRICES = st.integers(2, 4).flatmap(
    lambda raters: st.lists(
        st.lists(st.none() | st.integers(1, 4), min_size=raters, max_size=raters), min_size=1, max_size=12
    )
)


@pytest.mark.parametrize("weighting", ["none", "linear", "quadratic"])
@settings(max_examples=60, deadline=None)
@given(pairs=SCORES)
def test_cohen_is_that_of_scikit_learn(weighting: Weighting, pairs: list[tuple[int, int]]) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    first, second = zip(*pairs, strict=True)
    found = compute_cohen_kappa(first, second, weighting)
    assume(found is not None)
    weights = None if weighting == "none" else weighting
    # scikit-learn weighs by the place of a label; so all labels from 1 to 5 are named, which makes places of values
    wanted = metrics.cohen_kappa_score(first, second, weights=weights, labels=[1, 2, 3, 4, 5])
    assert found == pytest.approx(wanted, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(pairs=SCORES)
def test_cohen_is_undefined_only_where_both_give_one_label_throughout(pairs: list[tuple[int, int]]) -> None:
    first, second = zip(*pairs, strict=True)
    assert (compute_cohen_kappa(first, second) is None) == (len({*first, *second}) == 1)


@settings(max_examples=60, deadline=None)
@given(pairs=SCORES)
def test_spearman_with_ties_is_that_of_scipy(pairs: list[tuple[int, int]]) -> None:
    stats = pytest.importorskip("scipy.stats")
    first, second = zip(*pairs, strict=True)
    found = compute_spearman(first, second)
    assert (found is None) == (len(set(first)) == 1 or len(set(second)) == 1)
    assume(found is not None)
    assert found == pytest.approx(stats.spearmanr(first, second).statistic, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(pairs=st.lists(st.tuples(st.integers(1, 10), st.floats(0, 10)), min_size=1, max_size=30))
def test_isotonic_is_that_of_scikit_learn(pairs: list[tuple[int, float]]) -> None:
    isotonic = pytest.importorskip("sklearn.isotonic")
    scores, targets = [float(score) for score, _ in pairs], [target for _, target in pairs]
    fitted = fit_isotonic(scores, targets)
    other = isotonic.IsotonicRegression(out_of_bounds="clip").fit(scores, targets)
    for score in (0.0, 0.5, *scores, 5.25, 11.0):
        assert fitted.apply(score) == pytest.approx(float(other.predict([score])[0]), abs=1e-9)
    assert list(fitted.values) == sorted(fitted.values)


@settings(max_examples=40, deadline=None)
@given(units=st.lists(st.lists(st.sampled_from("abc"), min_size=3, max_size=3), min_size=1, max_size=15))
def test_fleiss_is_its_definition_and_nearly_nominal_alpha(units: list[list[str]]) -> None:
    found = compute_fleiss_kappa(units)
    ratings = list(itertools.chain(*units))
    chance = sum((ratings.count(label) / len(ratings)) ** 2 for label in set(ratings))
    assert (found is None) == (len(set(ratings)) == 1)
    if found is None:
        return
    agreeing = [sum(one == other for one, other in itertools.combinations(unit, 2)) / 3 for unit in units]
    observed = sum(agreeing) / len(units)
    assert found == pytest.approx((observed - chance) / (1 - chance), abs=1e-12)
    # alpha corrects the chance for a finite sample: 1 - (1 - kappa)(n - 1)/n
    alpha = compute_alpha(list(zip(*units, strict=True)))
    assert alpha == pytest.approx(1 - (1 - found) * (len(ratings) - 1) / len(ratings), abs=1e-12)


def differ(level: Level, one: int, other: int, ratings: Sequence[int]) -> float:
    """Return Krippendorff's squared difference of two values, as his definitions have it."""
    if level == "nominal":
        return float(one != other)
    if level == "interval":
        return float(one - other) ** 2
    if level == "ratio":
        return ((one - other) / (one + other)) ** 2
    low, high = min(one, other), max(one, other)
    between = sum(low <= rating <= high for rating in ratings)
    return (between - (ratings.count(low) + ratings.count(high)) / 2) ** 2 if low != high else 0.0


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
@settings(max_examples=40, deadline=None)
@given(units=MATRICES)
def test_alpha_is_its_definition_with_ratings_missing(level: Level, units: list[list[int | None]]) -> None:
    known = [[rating for rating in unit if rating is not None] for unit in units]
    pairable = [unit for unit in known if len(unit) > 1]
    ratings = [rating for unit in pairable for rating in unit]
    found = compute_alpha(list(zip(*units, strict=True)), level)
    assert (found is None) == (len(set(ratings)) < 2)
    assume(found is not None)
    observed = sum(
        sum(differ(level, one, other, ratings) for one, other in itertools.permutations(unit, 2)) / (len(unit) - 1)
        for unit in pairable
    ) / len(ratings)  # fmt: skip
    expected = sum(differ(level, one, other, ratings) for one, other in itertools.permutations(ratings, 2))
    assert found == pytest.approx(1 - observed * len(ratings) * (len(ratings) - 1) / expected, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(one=st.integers(0, 60), other=st.integers(0, 60))
def test_mcnemar_is_the_binomial_test_of_scipy(one: int, other: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    assume(one + other)
    assert compute_mcnemar(one, other) == pytest.approx(stats.binomtest(one, one + other).pvalue, abs=1e-9)


def test_an_interval_is_a_function_of_items_and_seed() -> None:
    items: list[int] = [0, 1, 1, 1, 0, 1, 0, 1, 1, 1] * 5

    def share(chosen: Sequence[int]) -> float:
        return sum(chosen) / len(chosen)

    low, high = find_interval(items, share, seed=3) or (math.nan, math.nan)
    assert find_interval(items, share, seed=3) == (low, high)
    assert find_interval(items, share, seed=4) != (low, high)
    assert low < share(items) < high
    # the normal approximation of a share of 0.7 among 50
    assert high - low == pytest.approx(2 * 1.96 * math.sqrt(0.7 * 0.3 / 50), rel=0.15)
    assert find_interval(items, lambda _: None) is None
    assert find_interval([], share) is None

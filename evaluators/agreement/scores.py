"""How near a critic's scores come to people's, one dimension at a time, and what a calibration would mend.

The calibration is fitted on one part of the items and tested on the other; which part an item falls in depends on the
item alone. A reply that was not in form has no score: it is counted, and enters no mean.

Source: Zheng et al. 2023 (arXiv:2306.05685, section 4, agreement with people); Cohen 1968 (weighted kappa); Liu et al.
2023 (G-Eval, arXiv:2303.16634, section 4, rank correlation with people).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evaluators.agreement.bootstrap import find_interval
from evaluators.agreement.isotonic import Isotonic, fit_isotonic
from evaluators.agreement.kappa import compute_cohen_kappa
from evaluators.agreement.rank import compute_spearman
from evaluators.agreement.undefined import add_reasons
from generator.types import make_digest

LEAST_TO_FIT = 10  # items in each part: fewer say nothing about a map of up to ten steps


@dataclass(frozen=True, slots=True)
class ScoredItem:
    """One item's score by people (their mean) and by the critic (None: not in form); `spread` over its k samples."""

    id: str
    people: float
    critic: float | None
    spread: float | None = None


def report_scores(items: Sequence[ScoredItem], *, seed: int = 0) -> dict[str, Any]:
    """Return the report of one dimension, JSON-able; scores keep their scale, None for what is not defined."""
    known = [item for item in items if item.critic is not None]
    spreads = [item.spread for item in known if item.spread is not None]
    return add_reasons(
        {
            "items": len(items),
            "unparsed": len(items) - len(known),
            "spearman": measure_spearman(known),
            "spearman_interval": find_interval(known, measure_spearman, seed=seed),
            "kappa_quadratic": measure_kappa(known),
            "exact": _mean([float(_round(item.people) == _round(item.critic or 0)) for item in known]),
            "within_one": _mean([float(abs(item.people - (item.critic or 0)) <= 1) for item in known]),
            "mean_error": measure_error(known),
            "bias": _mean([(item.critic or 0) - item.people for item in known]),
            "mean_spread": _mean(spreads),
            "calibration": calibrate(known, seed=seed)[1],
        }
    )


def measure_spearman(items: Sequence[ScoredItem]) -> float | None:
    """Return the rank correlation of critic and people, -1 to 1."""
    return compute_spearman([item.people for item in items], [item.critic or 0 for item in items])


def measure_kappa(items: Sequence[ScoredItem]) -> float | None:
    """Return Cohen's kappa of the rounded scores, weighted by the square of the difference."""
    people, critic = [_round(item.people) for item in items], [_round(item.critic or 0) for item in items]
    return compute_cohen_kappa(people, critic, "quadratic")


def measure_error(items: Sequence[ScoredItem]) -> float | None:
    """Return the mean absolute difference of critic and people, in points."""
    return _mean([abs(item.people - (item.critic or 0)) for item in items])


def calibrate(items: Sequence[ScoredItem], *, seed: int = 0) -> tuple[Isotonic | None, dict[str, Any]]:
    """Fit on one half, test on the other; return the map (None where there are too few items) and what it changed."""
    known = [item for item in items if item.critic is not None]
    halves: tuple[list[ScoredItem], list[ScoredItem]] = ([], [])
    for item in known:
        halves[int(make_digest("calibration", seed, item.id)[0], 16) % 2].append(item)
    fit_on, test_on = halves
    if min(len(fit_on), len(test_on)) < LEAST_TO_FIT:
        return None, {"fitted_on": len(fit_on), "tested_on": len(test_on), "error_before": None, "error_after": None}
    fitted = fit_isotonic([item.critic or 0 for item in fit_on], [item.people for item in fit_on])
    after = [abs(item.people - fitted.apply(item.critic or 0)) for item in test_on]
    return fitted, {
        "fitted_on": len(fit_on),
        "tested_on": len(test_on),
        "error_before": measure_error(test_on),
        "error_after": _mean(after),
        "scores": list(fitted.scores),
        "values": list(fitted.values),
    }


def _round(score: float) -> int:
    """Return the nearest whole score; a half goes up, whatever stands before it (`round` takes the even one)."""
    return math.floor(score + 0.5)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None

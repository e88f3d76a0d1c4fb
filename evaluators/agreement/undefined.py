"""Why a measure is not defined: in words, beside the None that stands for it in a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_OUT_OF_FORM = "no reply is in form"
_ONE_ORDER = "no pair was shown in both orders"
_ALL_THE_SAME = "one and the same throughout, so that chance alone would agree on all"

REASONS: Mapping[str, str] = {
    "accuracy": "there is no item",
    "kappa": f"{_OUT_OF_FORM}, or verdicts and labels are {_ALL_THE_SAME}",
    "correct_in_both_orders": _ONE_ORDER,
    "swap_agreement": _ONE_ORDER,
    "p_first": "no verdict chooses between one shown first and one shown second",
    "p_longer": "no verdict chooses between responses of unequal length",
    "p_longer_people": "nobody chose between responses of unequal length",
    "spearman": "fewer than two items have a score in form, or people or the critic gave the same score to all",
    "kappa_quadratic": f"{_OUT_OF_FORM}, or the scores of people and critic are {_ALL_THE_SAME}",
    "exact": _OUT_OF_FORM,
    "within_one": _OUT_OF_FORM,
    "mean_error": _OUT_OF_FORM,
    "bias": _OUT_OF_FORM,
    "mean_spread": "the critic drew no samples",
    "fleiss_kappa": f"a rating is missing somewhere, or all ratings are {_ALL_THE_SAME}",
    "krippendorff_alpha": f"no item has two ratings, or all ratings are {_ALL_THE_SAME}",
}


def add_reasons(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return the report with `undefined`: by measure, why it is None."""
    undefined = {name: REASONS[name] for name, value in report.items() if value is None and name in REASONS}
    return {**report, "undefined": undefined}

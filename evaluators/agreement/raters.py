"""People among themselves: agreement of each two, of all, and what most of them say.

Source: Cohen 1960, Fleiss 1971, Krippendorff 2011, as in `kappa.py` and `alpha.py`; majority vote as in Wang et al. 2023
(PandaLM, arXiv:2306.05087, section 3.3).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import combinations
from typing import Any, TypeVar

from evaluators.agreement.alpha import Level, compute_alpha
from evaluators.agreement.kappa import compute_cohen_kappa, compute_fleiss_kappa
from evaluators.agreement.undefined import add_reasons

L = TypeVar("L", bound=Hashable)


def find_majority(ratings: Sequence[L | None]) -> L | None:
    """Return what more raters say than say anything else; None where no label leads (it goes to an arbiter)."""
    leaders = Counter(rating for rating in ratings if rating is not None).most_common(2)
    if not leaders or (len(leaders) > 1 and leaders[0][1] == leaders[1][1]):
        return None
    return leaders[0][0]


def report_raters(ratings_un: Sequence[Sequence[Any]], level: Level = "nominal") -> dict[str, Any]:
    """Return the report, JSON-able, of units with one rating a rater (None: missing); None for what is undefined.

    Fleiss' kappa is given where every unit has every rating.
    """
    raters = list(zip(*ratings_un, strict=True))
    whole = all(rating is not None for unit in ratings_un for rating in unit)
    majority = [find_majority(unit) for unit in ratings_un]
    return add_reasons(
        {
            "raters": len(raters),
            "items": len(ratings_un),
            "cohen_kappa": [
                {"raters": [one + 1, other + 1], "kappa": _compare(raters[one], raters[other])}
                for one, other in combinations(range(len(raters)), 2)
            ],
            "fleiss_kappa": compute_fleiss_kappa(ratings_un) if whole and len(raters) > 1 else None,
            "krippendorff_alpha": compute_alpha(raters, level),
            "majority": dict(sorted(Counter(str(label) for label in majority if label is not None).items())),
            "without_majority": majority.count(None),
        }
    )


def _compare(first: Sequence[Any], second: Sequence[Any]) -> float | None:
    both = [(one, other) for one, other in zip(first, second, strict=True) if one is not None and other is not None]
    return compute_cohen_kappa([one for one, _ in both], [other for _, other in both])

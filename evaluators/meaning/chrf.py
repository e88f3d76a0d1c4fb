"""chrF: the F-score of shared character n-grams, in any language, with or without spaces.

Source: Popović 2015, "chrF: character n-gram F-score for automatic MT evaluation"; n = 6 and beta = 2 as in Popović 2016;
averages over the orders that both texts have, as in sacreBLEU's `metrics/chrf.py`.
"""

from __future__ import annotations

from collections import Counter

ORDERS = 6
BETA = 2.0


def compute_chrf(text: str, reference: str) -> float | None:
    """Return the chrF of a text against a reference, 0 to 1; None where either has no character but white space."""
    one, other = "".join(text.split()), "".join(reference.split())
    if not one or not other:
        return None
    precision, recall, orders = 0.0, 0.0, 0
    for order in range(1, min(ORDERS, len(one), len(other)) + 1):
        grams, wanted = _count(one, order), _count(other, order)
        shared = (grams & wanted).total()
        precision += shared / grams.total()
        recall += shared / wanted.total()
        orders += 1
    precision, recall = precision / orders, recall / orders
    weight = BETA**2
    return (1 + weight) * precision * recall / (weight * precision + recall) if precision + recall else 0.0


def _count(text: str, order: int) -> Counter[str]:
    return Counter(text[start : start + order] for start in range(len(text) - order + 1))

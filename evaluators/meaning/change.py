"""How nearly two texts say the same in the same words: ROUGE-L between the two, as the novelty filter measures it.

Source: Lin 2004, "ROUGE: a package for automatic evaluation of summaries", section 3 (F1 of the longest common
subsequence).
"""

from __future__ import annotations

from rapidfuzz.distance import LCSseq

from evaluators.tokens import tokenize


def measure_similarity(first: str, second: str) -> float:
    """Return the ROUGE-L F1 of two texts, 0 to 1; two texts without a token are alike only if they are the same."""
    one, other = tokenize(first), tokenize(second)
    if not one or not other:
        return float(first == second)
    return float(2 * LCSseq.similarity(one, other) / (len(one) + len(other)))

"""Which record goes with another: the most related of those that came shortly before it.

Source: our own; related means the same domain and shared words, so that two tasks can be made one without force.
"""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.tokens import tokenize
from generator.types import Example

LEAST_SHARED = 0.05  # of the words of both (Jaccard): less is no relation


def choose_partner(record: Example, recent: Sequence[Example]) -> Example | None:
    """Return the most related of the recent records in the same language, the latest on a tie; None where none is."""
    words = set(tokenize(record.instruction))
    best: tuple[float, Example] | None = None
    for other in recent:
        if other.language != record.language or other.history:
            continue
        theirs = set(tokenize(other.instruction))
        shared = len(words & theirs) / max(1, len(words | theirs))
        same_domain = record.tags.get("domain") is not None and record.tags.get("domain") == other.tags.get("domain")
        score = shared + same_domain
        if score >= LEAST_SHARED and shared < 1 and (best is None or score >= best[0]):
            best = (score, other)
    return best[1] if best else None

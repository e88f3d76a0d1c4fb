"""The screen against benchmarks: no record may share an n-gram with one that models are tested on.

What a candidate asks is screened before its response is paid for; the whole record again once it has one, so that an
overlap that runs from the question into the answer is seen. `ngrams.py` says what counts as shared, and whence.
"""

from __future__ import annotations

from typing import Any

from evaluators.novelty.ngrams import NgramIndex, Overlap
from generator.types import Candidate, Example, Outcome

REASON = "contaminated"


class ContaminationScreen:
    """Rejects what shares an n-gram with a benchmark, and says which benchmark, which record, and which n-gram."""

    def __init__(self, index: NgramIndex) -> None:
        self._index = index

    def check(self, candidate: Candidate, example: Example | None = None) -> Outcome | None:
        """Return the rejection of a candidate, or of its record where there is one already; None for a clean one."""
        overlaps = self._index.find(join_record(example or candidate))
        if not overlaps:
            return None
        evidence = describe_overlaps(overlaps) | ({"response": example.response} if example else {})
        return Outcome("rejected", "novelty", REASON, candidate, evidence=evidence)


def join_record(record: Candidate | Example) -> str:
    """Return all that a record says, earlier turns first, as one text."""
    turns = [turn.content for turn in record.history]
    return join_texts(*turns, record.instruction, record.input, record.response or "")


def join_texts(*texts: str) -> str:
    """Return the texts of a record as one, in which n-grams may run from one into the next."""
    return "\n".join(filter(None, texts))


def describe_overlaps(overlaps: list[Overlap]) -> dict[str, Any]:
    """Return the evidence: the longest overlap, and the lengths (in words) by benchmark."""
    first = overlaps[0]
    return {
        "benchmark": first.benchmark, "record": first.record, "words": first.words, "ngram": first.gram,
        "benchmarks": {one.benchmark: one.words for one in sorted(overlaps, key=lambda one: one.benchmark)},
    }  # fmt: skip

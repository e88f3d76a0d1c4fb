"""What a rule says when it rejects."""

from __future__ import annotations

from dataclasses import dataclass

EVIDENCE_LENGTH = 120  # characters of a text that go into the evidence


@dataclass(frozen=True, slots=True)
class Hit:
    """Why a text is rejected: the rule's name, as the funnel counts it, and the words that hit."""

    reason: str
    evidence: str


def show_start(text: str) -> str:
    """Return the beginning of a text, as evidence."""
    return text if len(text) <= EVIDENCE_LENGTH else text[: EVIDENCE_LENGTH - 1] + "\u2026"

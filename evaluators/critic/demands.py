"""What code has decided about a record already, in words: so that a critic is not asked for its opinion on it."""

from __future__ import annotations

from collections.abc import Iterable

from evaluators.verifiers.verify import describe
from generator.errors import ReplyError
from generator.types import Check

LANGUAGES = ("zh", "en")


def describe_verified(checks: Iterable[Check], language: str) -> str:
    """Return the demands that code found met, a line each, in the language where they have words in it; else English."""
    return "\n".join(f"- {_describe(check, language)}" for check in checks if check.verdict)


def _describe(check: Check, language: str) -> str:
    for one in (language.partition("-")[0], "en"):
        try:
            return describe(check, one)
        except ReplyError:
            continue
    return check.kind

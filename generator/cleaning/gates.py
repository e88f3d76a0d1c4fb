"""The steps that drop a record: each returns why, or None where it stays. Pure, but for `Duplicates`, which remembers.

Words are tokens of the multilingual scheme: runs of letters, and single characters of scripts that write no spaces.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping

from evaluators.tokens import tokenize
from generator.types import Example, make_digest

Gate = Callable[[Example, Mapping[str, float | str]], str | None]


def _get_text(example: Example, params: Mapping[str, float | str]) -> tuple[str, str]:
    name = str(params["field"])
    return name, str(getattr(example, name) or "")


def check_words(example: Example, params: Mapping[str, float | str]) -> str | None:
    """Say why a text has too few words (`least`) or too many (`most`); a response that is not there is not judged."""
    name, text = _get_text(example, params)
    if name != "instruction" and not text:
        return None
    count, least, most = len(tokenize(text)), params.get("least", 0), params.get("most", float("inf"))
    if count < float(least):
        return f"{name} has {count} words, fewer than {least}"
    return f"{name} has {count} words, more than {most}" if count > float(most) else None


def check_chars(example: Example, params: Mapping[str, float | str]) -> str | None:
    """Say why a text is too short (`least` characters) or too long (`most`)."""
    name, text = _get_text(example, params)
    if name != "instruction" and not text:
        return None
    least, most = params.get("least", 0), params.get("most", float("inf"))
    if len(text) < float(least):
        return f"{name} has {len(text)} characters, fewer than {least}"
    return f"{name} has {len(text)} characters, more than {most}" if len(text) > float(most) else None


def check_ttr(example: Example, params: Mapping[str, float | str]) -> str | None:
    """Say why a text repeats itself: its share of different words (type–token ratio) is below `least`."""
    name, text = _get_text(example, params)
    words = tokenize(text)
    if not words:
        return None
    ratio = len(set(words)) / len(words)
    return (
        f"{name} has a type–token ratio of {ratio:.2f}, below {params['least']}"
        if ratio < float(params["least"])
        else None
    )


GATES: Mapping[str, Gate] = {"words": check_words, "chars": check_chars, "ttr": check_ttr}


class Duplicates:
    """Remembers 8 bytes of the digest of each record, as it reads without case, width and white space."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def check(self, example: Example) -> str | None:
        """Say whether a record like this one was there before."""
        texts = [example.system or "", *(turn.content for turn in example.history)]
        texts += [example.instruction, example.input, example.response, example.rejected or ""]
        key = int(make_digest([fold(text) for text in texts])[:16], 16)
        if key in self._seen:
            return "the same record was there before"
        self._seen.add(key)
        return None


def fold(text: str) -> str:
    """Return a text as it counts for equality: without differences of case, width and white space."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())

"""JSON as its standard has it, and no looser: no NaN, no key twice in one object, no number that Python cannot hold.

What the parser can step over (a repeated key, NaN) is collected and reading goes on; what it cannot (syntax) is raised.
Source: RFC 8259, sections 4 (names should be unique) and 6 (NaN and Infinity are not permitted).
"""

from __future__ import annotations

import json
from collections import Counter

from generator.seed_files.faults import Notes, quote_text
from generator.seed_files.fields import name_kind
from generator.seed_files.records import Record

BARE = ""  # the name under which a record that is no object stands: a text, or two objects that are compared
PAIR = 2
MAX_DIGITS = 4300  # of a whole number: CPython's own limit for int(), which would raise beyond it
_AROUND = 18  # characters shown on each side of a syntax error


class StrictDecoder:
    """Decodes JSON values out of a text, one after the other. `problems` tells what was odd in the latest."""

    def __init__(self) -> None:
        """Make a decoder; one serves a whole file."""
        self.problems: list[str] = []
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._build_object, parse_constant=self._note_constant, parse_int=self._parse_int
        )

    def decode_at(self, text: str, start: int) -> tuple[object, int]:
        """Return the value that begins at `start`, and where it ends. Raises `json.JSONDecodeError`."""
        self.problems = []
        try:
            value, end = self._decoder.raw_decode(text, start)
        except RecursionError:
            raise json.JSONDecodeError("Nested too deeply", text, start) from None
        return value, end

    def _build_object(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        built = dict(pairs)
        if len(built) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            for name in (name for name, count in counts.items() if count > 1):
                self.problems.append(f"the key {quote_text(name)} is there twice in one object. Keep one of them.")
        return built

    def _note_constant(self, name: str) -> None:
        self.problems.append(f"{name} is no JSON value. Use null or a string.")

    def _parse_int(self, digits: str) -> int:
        if len(digits) <= MAX_DIGITS:
            return int(digits)
        self.problems.append(f"a number has {len(digits):,} digits. Put it in quotes.")
        return 0


def make_record(value: object, problems: list[str], notes: Notes, line: int, element: int = 0) -> Record | None:
    """Return a decoded value as a record, or None with faults where it cannot be one."""
    for problem in problems:
        notes.fault(line, problem, element)
    if isinstance(value, str):
        value = {BARE: value}
    elif isinstance(value, list) and len(value) == PAIR and all(isinstance(side, dict) for side in value):
        value = {BARE: value}
    if not isinstance(value, dict):
        message = f"the record is {name_kind(value)}. Make it an object with an `instruction`."
        notes.fault(line, message, element)
        return None
    return None if problems else Record(line, value, element=element)


def describe_error(error: json.JSONDecodeError, column: int | None = None) -> str:
    """Return what is wrong with the syntax: the column (from 1), the parser's words, and the text around it."""
    near = error.doc[max(0, error.pos - _AROUND) : error.pos + _AROUND].strip()
    words = error.msg[:1].lower() + error.msg[1:]
    return f"broken JSON at column {column or error.colno} ({words}), near {quote_text(near)}"

"""Bytes → numbered lines of text, as a stream: no line longer than a limit is ever held.

Lines end at LF alone, so a CR, a vertical tab or U+2028 inside a text cannot shift the numbers. A UTF-8 byte order
mark is read through with a warning; a UTF-16 or UTF-32 one ends the reading.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from generator.seed_files.faults import Notes

MAX_LINE_BYTES = 10_000_000  # one record: far beyond any model's context, far below any machine's memory
_SKIP_BYTES = 1 << 16  # held at a time while the rest of a line that is too long is passed over
WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)  # UTF-32-LE begins as UTF-16-LE does

WIDE_MESSAGE = "the file is UTF-16 or UTF-32 by its byte order mark. Save it as UTF-8 (`seeds check --fix` does)."


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its end. One that is not `sound` has been noted as a fault; its text only keeps its place."""

    number: int
    text: str
    sound: bool = True


def read_lines(stream: BinaryIO, notes: Notes, max_bytes: int = MAX_LINE_BYTES) -> Iterator[Line]:
    """Yield the lines of a binary stream, numbered from 1, none skipped."""
    number = 0
    while raw := stream.readline(max_bytes + 1):
        number += 1
        mark = 0
        if number == 1:
            if raw.startswith(WIDE_MARKS):
                notes.fault(1, WIDE_MESSAGE)
                return
            mark = len(codecs.BOM_UTF8) if raw.startswith(codecs.BOM_UTF8) else 0
            if mark:
                warn_of_mark(notes)
        if len(raw) > max_bytes and not raw.endswith(b"\n"):
            _skip_rest(stream)
            notes.fault(number, f"the line is longer than {max_bytes:,} bytes. Shorten or split it.")
            yield Line(number, "", sound=False)
        else:
            yield _decode_line(raw, mark, number, notes)


def warn_of_mark(notes: Notes) -> None:
    """Note that the file begins with a UTF-8 byte order mark."""
    notes.warn(1, "the file begins with a byte order mark. It is ignored; save as UTF-8 without one.")


def _skip_rest(stream: BinaryIO) -> None:
    while (piece := stream.readline(_SKIP_BYTES)) and not piece.endswith(b"\n"):
        pass


def _decode_line(raw: bytes, mark: int, number: int, notes: Notes) -> Line:
    """Decode one line after its mark; a fault names the byte, counted from 1 in the line as it lies on disk."""
    nul = raw.find(b"\0")
    if nul >= 0:
        advice = "Remove it; if the file is UTF-16, save it as UTF-8."
        notes.fault(number, f"byte {nul + 1} of the line is a NUL character. {advice}")
    try:
        text = raw[mark:].decode("utf-8")
    except UnicodeDecodeError as error:
        at = mark + error.start
        said = f"byte {at + 1} of the line (0x{raw[at]:02X}) is not UTF-8."
        notes.fault(number, f"{said} Save the file as UTF-8 (`seeds check --fix` does).")
        return Line(number, raw[mark:].decode("utf-8", "replace"), sound=False)
    return Line(number, text, sound=nul < 0)

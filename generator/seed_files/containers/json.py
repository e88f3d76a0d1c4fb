"""JSON: an array of objects, or one object. The document is held whole, its elements are decoded one at a time.

So each record knows its line, and what is wrong in one element is told by line without hiding the others. A syntax
error ends the reading: where the next element begins can then only be guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import BinaryIO

from generator.seed_files.faults import Notes
from generator.seed_files.lines import MAX_LINE_BYTES, read_lines
from generator.seed_files.records import Container, Record
from generator.seed_files.strict_json import StrictDecoder, describe_error, make_record

MAX_DOCUMENT_BYTES = 256_000_000  # ten times Alpaca 52K (23 MB); what is larger streams as JSONL
_SPACE = re.compile(r"[ \t\r\n]*")  # what JSON calls white space


def read_records(stream: BinaryIO, notes: Notes) -> Iterator[Record]:
    """Yield the elements of the array, or the one object."""
    text = _read_document(stream, notes)
    if not text or text.isspace():
        return
    try:
        yield from _read_elements(text, notes)
    except json.JSONDecodeError as error:
        notes.fault(error.lineno, f"{describe_error(error)}. Correct it; what comes after was not read.")


def _read_document(stream: BinaryIO, notes: Notes) -> str:
    """Return the whole text, or "" with faults where some of it cannot be used."""
    parts: list[str] = []
    size = 0
    for line in read_lines(stream, notes, MAX_DOCUMENT_BYTES):
        size += len(line.text)
        if size > MAX_DOCUMENT_BYTES:
            notes.fault(line.number, f"the document is longer than {MAX_DOCUMENT_BYTES:,} bytes. Save it as JSONL.")
            return ""
        parts.append(line.text)
    return "" if notes.fault_count else "".join(parts)


def _read_elements(text: str, notes: Notes) -> Iterator[Record]:
    """Yield the records. Raises `json.JSONDecodeError` at the first break of the syntax."""
    decoder = StrictDecoder()
    start = _skip_space(text, 0)
    line = 1 + text.count("\n", 0, start)
    if not text.startswith("[", start):
        value, end = decoder.decode_at(text, start)
        _expect_end(text, end)
        yield from _make_record(value, decoder, end - start, notes, line, 0)
        return
    at: int | None = _find_first(text, start)
    end, element = start, 0
    while at is not None:
        element += 1
        between = text.count("\n", end, at)
        line += between
        value, end = decoder.decode_at(text, at)
        yield from _make_record(value, decoder, end - at, notes, line, 0 if between else element)
        line += text.count("\n", at, end)
        at = _find_next(text, end)


def _make_record(
    value: object, decoder: StrictDecoder, size: int, notes: Notes, line: int, element: int
) -> Iterator[Record]:
    """Yield the record, or nothing and its faults."""
    if size > MAX_LINE_BYTES:
        notes.fault(line, f"the record is longer than {MAX_LINE_BYTES:,} characters. Shorten or split it.", element)
    elif (record := make_record(value, decoder.problems, notes, line, element)) is not None:
        yield record


def _find_first(text: str, start: int) -> int | None:
    """Return where the first element of the array begins, None where it is empty."""
    at = _skip_space(text, start + 1)
    if not text.startswith("]", at):
        return at
    _expect_end(text, at + 1)
    return None


def _find_next(text: str, end: int) -> int | None:
    """Return where the next element begins, None after the last."""
    at = _skip_space(text, end)
    if text.startswith(",", at):
        return _skip_space(text, at + 1)
    if text.startswith("]", at):
        _expect_end(text, at + 1)
        return None
    if at == len(text):
        raise json.JSONDecodeError("The array is not closed; the file may be cut off", text, at)
    raise json.JSONDecodeError("Expecting ',' or ']' after an element", text, at)


def _expect_end(text: str, end: int) -> None:
    """Check that nothing follows the document."""
    at = _skip_space(text, end)
    if at < len(text):
        raise json.JSONDecodeError("Text after the end of the document; is this JSONL?", text, at)


def _skip_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


JSON = Container("json", read_records)

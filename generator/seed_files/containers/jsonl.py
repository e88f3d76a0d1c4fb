"""JSONL (also NDJSON): one JSON object a line. Blank lines are skipped; one broken line hides no other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO

from generator.seed_files.faults import Notes
from generator.seed_files.lines import Line, read_lines
from generator.seed_files.records import Container, Record
from generator.seed_files.strict_json import StrictDecoder, describe_error, make_record

_SPACE = " \t\r\n"  # what JSON calls white space


def read_records(stream: BinaryIO, notes: Notes) -> Iterator[Record]:
    """Yield one record a line."""
    decoder = StrictDecoder()
    first = True
    for line in read_lines(stream, notes):
        if not line.text.strip() or not line.sound:
            continue
        if first and line.text.lstrip().startswith("[") and not _is_whole(line.text):
            notes.fault(line.number, "a JSON array begins here, not an object a line. Rename the file to end in .json.")
            return
        first = False
        record = _read_line(line, decoder, notes)
        if record is not None:
            yield record


def _is_whole(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _read_line(line: Line, decoder: StrictDecoder, notes: Notes) -> Record | None:
    text = line.text.rstrip(_SPACE)
    start = len(text) - len(text.lstrip(_SPACE))
    try:
        value, end = decoder.decode_at(text, start)
        if end < len(text):
            end += len(text[end:]) - len(text[end:].lstrip(_SPACE))
            raise json.JSONDecodeError("Text after the end of the value", text, end)
    except json.JSONDecodeError as error:
        notes.fault(line.number, f"{describe_error(error)}. Write one whole JSON object on the line.")
        return None
    return make_record(value, decoder.problems, notes, line.number)


JSONL = Container("jsonl", read_records)

"""JSON: an array of records, or objects one after the other; one element at a time is held, however long the array.

So each record knows its line, and what is wrong in one element is told by line without hiding the others. A syntax
error ends the reading: where the next element begins can then only be guessed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO

from generator.seed_files.containers.json_text import JsonText, TooLongError
from generator.seed_files.faults import Notes
from generator.seed_files.lines import MAX_LINE_BYTES
from generator.seed_files.records import Container, Record
from generator.seed_files.strict_json import describe_error, make_record

MAX_OBJECT_CHARS = 256_000_000  # of an object that stands alone: it may hold a whole set under one name


def read_records(stream: BinaryIO, notes: Notes) -> Iterator[Record]:
    """Yield the elements of the array, or the objects."""
    text = JsonText(stream, notes)
    try:
        if text.look() == "[":
            yield from _read_array(text, notes)
        else:
            yield from _read_objects(text, notes)
    except TooLongError:
        advice = "Shorten or split it; what comes after was not read."
        notes.fault(text.line, f"the record is longer than {MAX_LINE_BYTES:,} characters. {advice}")
    except json.JSONDecodeError as error:
        line, column = text.locate(error)
        notes.fault(line, f"{describe_error(error, column)}. Correct it; what comes after was not read.")


def _read_array(text: JsonText, notes: Notes) -> Iterator[Record]:
    """Yield the elements. Raises `json.JSONDecodeError` at the first break of the syntax."""
    text.step()
    element, before = 0, text.line
    if text.look() == "]":
        text.step()
        _expect_end(text)
        return
    while True:
        element += 1
        text.look()
        line = text.line
        yield from _read_value(text, notes, MAX_LINE_BYTES, 0 if line > before else element)
        before = text.line
        if not _find_next(text):
            return


def _read_value(text: JsonText, notes: Notes, limit: int, element: int) -> Iterator[Record]:
    """Yield the record that begins here, or nothing and its faults."""
    line = text.line
    value, sound = text.decode(limit)
    if sound and (record := make_record(value, text.decoder.problems, notes, line, element)) is not None:
        yield record


def _find_next(text: JsonText) -> bool:
    """Go to the next element; False where the array ends."""
    following = text.look()
    if following == ",":
        text.step()
        return True
    if following == "]":
        text.step()
        _expect_end(text)
        return False
    if not following:
        raise text.make_error("The array is not closed; the file may be cut off")
    raise text.make_error("Expecting ',' or ']' after an element")


def _expect_end(text: JsonText) -> None:
    if text.look():
        raise text.make_error("Text after the end of the document")


def _read_objects(text: JsonText, notes: Notes) -> Iterator[Record]:
    """Yield objects that stand one after the other."""
    before = 0
    element = 0
    while text.look():
        element = element + 1 if text.line == before else 0
        yield from _read_value(text, notes, MAX_OBJECT_CHARS, element)
        before = text.line


JSON = Container("json", read_records)

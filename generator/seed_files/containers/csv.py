"""CSV and TSV: a header row with the field names, then one row a record, as RFC 4180 has it.

A quoted field may hold line ends; a record's line is the first line of its row. Rows in which every cell is blank are
skipped, as blank lines are. A cell of a field that has parts (`tags`, `messages`, …) may hold them as JSON.
Source: RFC 4180. Deviations: LF alone ends a row too; a column without a name is left out with a warning; cells may be
separated by tabs, semicolons or bars where the header shows it.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from generator.seed_files.containers.cells import read_cells
from generator.seed_files.faults import Notes, quote_text
from generator.seed_files.lines import MAX_LINE_BYTES, Line, read_lines
from generator.seed_files.records import Container, Record

MAX_FIELD_CHARS = MAX_LINE_BYTES  # bounds what an unclosed quote can swallow


class _Feed:
    """Hands lines to `csv.reader`, and knows how many it has taken and whether all since `start_row` were sound."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self.taken = 0
        self.sound = True
        self.ended = False
        self._lines = lines

    def start_row(self) -> int:
        """Return the number of the line at which the next row begins."""
        self.sound = True
        return self.taken + 1

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = next(self._lines, None)
        if line is None:
            self.ended = True
            raise StopIteration
        self.taken = line.number
        self.sound = self.sound and line.sound
        return line.text


def read_delimited(stream: BinaryIO, notes: Notes, delimiter: str = ",") -> Iterator[Record]:
    """Yield the header, then one record a row."""
    columns: list[str] | None = None
    for line, row in _read_rows(stream, notes, delimiter):
        if columns is None:
            if row is None:
                return  # without a header nothing can be named
            columns = _read_header(line, row, notes)
            if columns is None:
                return
            yield Record(line, {name: "" for name in columns if name}, header=True)
        elif row is not None and len(row) != len(columns):
            advice = "Quote cells that hold a comma, a quote or a line end."
            notes.fault(line, f"the row has {len(row)} cells, the header has {len(columns)}. {advice}")
        elif row is not None:
            yield Record(line, read_cells(columns, row))


def _read_rows(stream: BinaryIO, notes: Notes, delimiter: str) -> Iterator[tuple[int, list[str] | None]]:
    """Yield each row that is not blank with its first line; None for one with a fault (already noted)."""
    feed = _Feed(read_lines(stream, notes))
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    while True:
        line = feed.start_row()
        try:
            row = _next_row(reader)
        except csv.Error as error:
            message, lost = _explain(str(error), feed.ended)
            notes.fault(line, message)
            if lost:
                return
            yield line, None
            continue
        if row is None:
            return
        if not feed.sound:
            yield line, None
        elif any(not cell.isspace() for cell in row if cell):
            yield line, row


def _next_row(reader: Iterator[list[str]]) -> list[str] | None:
    """Return the next row under our own limit for a field; the module's limit is global, so it is put back."""
    before = csv.field_size_limit(MAX_FIELD_CHARS)
    try:
        return next(reader, None)
    finally:
        csv.field_size_limit(before)


def _explain(error: str, ended: bool) -> tuple[str, bool]:
    """Return the fault in our words, and whether the place in the file is lost with it."""
    if ended:
        return "a quote opened in this row is never closed. Close it.", True
    if "field larger" in error:
        return f"a cell is longer than {MAX_FIELD_CHARS:,} characters. Shorten it, or close its quote.", True
    if "new-line" in error:
        return "the row holds a bare carriage return. Quote the cell, or end lines with LF or CRLF.", False
    return f"the quotes do not match ({error}). Double each quote inside a quoted cell.", False


def _read_header(line: int, row: list[str], notes: Notes) -> list[str] | None:
    """Return the column names ("" for one that is left out), or None with a fault."""
    columns = [cell.strip() for cell in row]
    twice = [name for name, count in Counter(columns).items() if name and count > 1]
    for name in twice:
        notes.fault(line, f"the column {quote_text(name)} is there twice. Keep one of them.")
    for at, name in enumerate(columns):
        if not name:
            notes.warn(line, f"column {at + 1} has no name. It is left out.")
    return None if twice else columns


def make_container(name: str, delimiter: str) -> Container:
    """Return the container of files whose cells are separated so."""
    return Container(name, partial(read_delimited, delimiter=delimiter))


CSV = make_container("csv", ",")
TSV = make_container("tsv", "\t")
BY_DELIMITER = {",": CSV, "\t": TSV} | {mark: make_container("csv", mark) for mark in (";", "|")}

"""The records to compare, in the order in which they are to be decided: as they come, or the longest first.

The longest first needs two looks: the texts are written to a temporary file as they come, and read back by length, so
that memory holds a few numbers a record and no text.
"""

from __future__ import annotations

import json
import tempfile
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from generator.dedup.texts import TextChoice, choose_text, measure_length
from generator.seed_files.faults import Fault, name_path
from generator.sources import Located, Source, read_records

OnFault = Callable[[Path, Fault], None]
_SPREAD_OUT = frozenset({"oasst"})  # shapes whose records may be gathered from several lines


@dataclass(frozen=True, slots=True)
class Item:
    """A record's number over all sources (from 0), its text, and its id where it has one of its own."""

    number: int
    text: str
    id: str


class Places:
    """Where each record stands: file, line, place in an array on one line. 16 bytes a record."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = list(files)
        self._numbers = {path: number for number, path in enumerate(self._files)}
        self._file, self._line, self._element = array("L"), array("Q"), array("L")
        self._crowded: set[Path] = set()
        self._gathered: set[Path] = set()

    def __len__(self) -> int:
        """Count the records."""
        return len(self._line)

    def add(self, located: Located) -> None:
        """Append a record's place."""
        number = self._numbers[located.path]
        last = (self._line[-1], self._element[-1]) if self._line and self._file[-1] == number else (0, 0)
        if last >= (located.line, located.element) or located.shape in _SPREAD_OUT:
            self._gathered.add(located.path)
        if last[0] >= located.line or located.element:
            self._crowded.add(located.path)
        self._file.append(number)
        self._line.append(located.line)
        self._element.append(located.element)

    def describe(self, number: int) -> dict[str, str | int]:
        """Return a record's place, JSON-able."""
        place: dict[str, str | int] = {"file": name_path(self.get_file(number)), "line": self._line[number]}
        return place | ({"element": self._element[number]} if self._element[number] else {})

    def get_file(self, number: int) -> Path:
        """Return the file that a record stands in."""
        return self._files[self._file[number]]

    def get_line(self, number: int) -> int:
        """Return the line that a record begins at."""
        return self._line[number]

    def has_record_a_line(self, path: Path) -> bool:
        """Say whether, in this file, every record has a line of its own and every line is at most one record."""
        return path not in self._crowded and path not in self._gathered

    def has_records_whole(self, path: Path) -> bool:
        """Say whether, in this file, all that a record was read from is this record's alone."""
        return path not in self._gathered


def read_items(sources: Sequence[Source], places: Places, choice: TextChoice, on_fault: OnFault) -> Iterator[Item]:
    """Yield the records in reading order, noting their places."""
    for _, item in _read(sources, places, choice, on_fault):
        yield item


def read_longest_first(
    sources: Sequence[Source], places: Places, choice: TextChoice, on_fault: OnFault
) -> Iterator[Item]:
    """Yield the records by length, the longest first, in reading order where they are as long."""
    import numpy as np

    lengths, offsets = array("Q"), array("Q")
    with tempfile.TemporaryFile() as spool:
        for length, item in _read(sources, places, choice, on_fault):
            lengths.append(length)
            offsets.append(spool.tell())
            spool.write(json.dumps([item.number, item.text, item.id]).encode("ascii") + b"\n")
        order = np.argsort(-np.array(lengths, dtype=np.int64), kind="stable")
        for position in order.tolist():
            spool.seek(offsets[position])
            yield Item(*json.loads(spool.readline()))


def _read(
    sources: Sequence[Source], places: Places, choice: TextChoice, on_fault: OnFault
) -> Iterator[tuple[int, Item]]:
    for source in sources:
        for located in read_records(source, on_fault=on_fault):
            number, example = len(places), located.example
            places.add(located)
            yield measure_length(example), Item(number, choose_text(example, choice), example.id)

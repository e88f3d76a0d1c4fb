"""What every form of export is: which file it makes, which fields of a record it can carry, and the rows it makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from generator.export.tally import Tally
from generator.types import Example

Row = Mapping[str, Any] | str  # a text is a line of JSON that stands as it is
Rows = Sequence[Row] | str  # a text says why the record gives none


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file that was written: its name within the export, the split, rows, bytes and the digest of what it holds."""

    name: str
    split: str
    rows: int
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Written:
    """What an export came to, for the files that go beside the data: `title` names the set, `about` describes it."""

    title: str
    folder: Path
    files: Sequence[FileEntry]
    about: Mapping[str, Any] = field(default_factory=dict)

    def list_splits(self) -> list[str]:
        """Return the names of the splits, in the order given."""
        return list(dict.fromkeys(file.split for file in self.files))

    def list_files(self, split: str) -> list[FileEntry]:
        """Return the files of a split, in order."""
        return [file for file in self.files if file.split == split]


def make_no_rows(example: Example) -> Rows:
    """Return no row: for a form that arranges all records itself."""
    return []


@dataclass(frozen=True, slots=True)
class Form:
    """A form of export.

    `ending` picks how files are written, `also` other endings that will do. `carries` are the fields of a record that
    reading the form gives back, `joins` those whose text goes into another field's. A form that needs more than one
    record at a time has `arrange`: records → (record, row), with a scratch file for what must not be held in memory.
    `describe` returns the files that go beside the data, by name; data lies in the folder `within`.
    """

    name: str
    ending: str
    carries: frozenset[str]
    make_rows: Callable[[Example], Rows] = make_no_rows
    joins: frozenset[str] = frozenset()
    also: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    arrange: Callable[[Iterator[Example], Tally, Path], Iterator[tuple[Example, Row]]] | None = None
    describe: Callable[[Written], Mapping[str, str]] | None = None
    within: str = ""
    needs_folder: bool = False

    def make_all(self, examples: Iterator[Example], tally: Tally, scratch: Path) -> Iterator[tuple[Example, Row]]:
        """Yield the rows of all records, each with the record it is of; what is not carried is counted in `tally`."""
        counted = self._count(examples, tally)
        if self.arrange is not None:
            yield from self.arrange(counted, tally, scratch)
            return
        for example in counted:
            rows = self.make_rows(example)
            if isinstance(rows, str):
                tally.skip(rows)
            else:
                for row in rows:
                    yield example, row

    def _count(self, examples: Iterator[Example], tally: Tally) -> Iterator[Example]:
        for example in examples:
            tally.count(example, self.carries, self.joins)
            yield example

"""What stands between containers and shapes: the raw record, and what a container and a shape have to give."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from generator.seed_files.faults import Notes
from generator.seed_files.fields import Fields
from generator.types import SeedTask


@dataclass(frozen=True, slots=True)
class Record:
    """One raw record and the line it begins at (from 1); `element` as in `Notes`, for records that share a line.

    A `header` is no task: it only tells the field names of all records that follow (the values are empty), so that a
    missing column is one fault and not one a row. `shape` is there where it has been told already.
    """

    line: int
    values: Mapping[str, object]
    header: bool = False
    element: int = 0
    shape: Shape | None = None


@dataclass(frozen=True, slots=True)
class Container:
    """A kind of file. `read_records` streams; what it cannot read it notes as a fault and leaves out."""

    name: str
    read_records: Callable[[BinaryIO, Notes], Iterator[Record]]


@dataclass(frozen=True, slots=True)
class Shape:
    """A form of record, recognised by its field names.

    `needs` are the fields without which a record of this shape is a fault. `read_tasks` notes what is wrong through
    the fields it reads; what it returns is thrown away where a fault was noted. Most records hold one task.
    """

    name: str
    needs: tuple[str, ...]
    matches: Callable[[Mapping[str, object]], bool]
    read_tasks: Callable[[Fields], Sequence[SeedTask]]

"""One file → what it holds, record by record, as a stream; what cannot be used is noted and left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from generator.seed_files.annotated import is_task, read_task
from generator.seed_files.faults import Notes, name_path, quote_names
from generator.seed_files.fields import Fields
from generator.seed_files.find import check_path
from generator.seed_files.folder import NO_FOLDER, Folder
from generator.seed_files.formats import find_shape, list_endings
from generator.seed_files.labels import apply_label
from generator.seed_files.records import Record, Shape
from generator.seed_files.sniff import recognise_container
from generator.seed_files.spread import is_ours, spread_record
from generator.seed_files.trees import gather_trees, is_message
from generator.seed_files.unpack import DAMAGED, HEAD_BYTES, open_unpacked
from generator.table_row import is_row, restore_row
from generator.types import Example, SeedTask

WHOLE = "record"  # the name of the shape of a whole record of ours


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be read.

    With `exact`, texts are kept to the character, and a record of a data set of ours is read whole. With `all_paths`, a
    tree of messages is every way through it. `folder` renames fields and fills in what a record leaves open.
    """

    exact: bool = False
    all_paths: bool = False
    folder: Folder = NO_FOLDER


@dataclass(frozen=True, slots=True)
class Found:
    """A sound record: where it was, its shape, and the task in it; `example` where it is a whole record of ours.

    `extras` are fields of a whole record that the task has no place for.
    """

    record: Record
    shape: str
    task: SeedTask
    example: Example | None = None
    extras: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class FileKind:
    """What a file turned out to be: its container's name, once it is open."""

    container: str = ""
    shapes: dict[str, None] = field(default_factory=dict)


def scan_file(path: Path, notes: Notes, reading: Reading = Reading(), kind: FileKind | None = None) -> Iterator[Found]:
    """Yield what is sound in a file, repeats included; note everything else. `kind` is told what the file is."""
    kind = kind if kind is not None else FileKind()
    empty = True
    records = gather_trees(_rename(scan_records(path, notes, kind), reading.folder), notes)
    for found in _read_tasks(records, name_path(path), notes, reading):
        empty = False
        kind.shapes[found.shape] = None
        yield found
    if empty and not notes.fault_count:
        notes.fault(None, "the file holds no seed task. Add one, or leave the file out.")


def scan_records(path: Path, notes: Notes, kind: FileKind | None = None) -> Iterator[Record]:
    """Yield the raw records of a file, packed or not, whatever they are; note what is wrong with it. `kind` as above."""
    if problem := check_path(path):
        notes.fault(None, problem)
        return
    try:
        with open_unpacked(path) as stream:
            container = recognise_container(path, stream.peek(HEAD_BYTES)[:HEAD_BYTES])
            if container is None:
                notes.fault(None, f"it is not told what this file is. Give it one of the endings {list_endings()}.")
                return
            if kind is not None:
                kind.container = container.name
            yield from container.read_records(stream, notes)
    except DAMAGED:
        notes.fault(None, "the packed file is damaged or cut off. Pack it anew; what comes after was not read.")
    except OSError as error:
        notes.fault(None, f"the file cannot be read ({error.strerror or error}). Check its rights.")


def _rename(records: Iterator[Record], folder: Folder) -> Iterator[Record]:
    if not folder.settings.map:
        return records
    return (Record(record.line, folder.rename(record.values), record.header, record.element) for record in records)


def _read_tasks(records: Iterator[Record], name: str, notes: Notes, reading: Reading) -> Iterator[Found]:
    """Yield the records that are sound tasks; below a header that will not do there are none."""
    for outer in records:
        for record in spread_record(outer):
            if is_task(record.values) or (reading.exact and is_ours(record.values) and not record.header):
                yield from _read_whole(record, notes)
                continue
            shape = _recognise(record, notes)
            if record.header and shape is None and not is_message(record.values):
                return
            if record.header or shape is None:
                continue
            fields = Fields(
                restore(record.values),
                notes,
                record.line,
                record.element,
                exact=reading.exact,
                all_paths=_wants_all(reading),
            )
            tasks = [apply_label(record.values, task) for task in shape.read_tasks(fields)]
            if not fields.faulty and not fields.is_refused:
                source = f"{name}:{record.line}"
                for task in tasks:
                    filled = reading.folder.fill(task).model_copy(update={"source": source})
                    yield Found(record, shape.name, filled, extras=fields.extras)


def _wants_all(reading: Reading) -> bool:
    trees = reading.folder.settings.trees
    return reading.all_paths if trees is None else trees == "all"


def _read_whole(record: Record, notes: Notes) -> Iterator[Found]:
    """Yield a record of ours as it was written (as it was annotated, from Label Studio), or nothing and a fault."""
    try:
        made_of = read_task(record.values) if is_task(record.values) else restore(record.values)
        example = Example.model_validate(made_of)
    except ValidationError as error:
        first = error.errors()[0]
        name, said = ".".join(map(str, first["loc"])), first["msg"].removeprefix("Input should").strip()
        message = f"{quote_names([name])} of a record of ours is not sound ({said})."
        notes.fault(record.line, message, record.element)
        return
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        notes.fault(record.line, f"the record is damaged ({type(error).__name__}). Export it anew.", record.element)
        return
    task = SeedTask(
        instruction=example.instruction, input=example.input, response=example.response, system=example.system,
        history=example.history, rejected=example.rejected, language=example.language, tags=example.tags,
    )  # fmt: skip
    if not example.instruction.strip():
        notes.fault(record.line, "`instruction` is empty. Write what is asked, or remove the record.", record.element)
        return
    yield Found(record, WHOLE, task, example)


def restore(values: Mapping[str, object]) -> Mapping[str, object]:
    """Return a row of a table of ours as the record it was made from; anything else as it is."""
    return restore_row(values) if is_row(values) else values


def _recognise(record: Record, notes: Notes) -> Shape | None:
    """Return the shape of a record (or of all records below a header), or None with a fault."""
    shape = record.shape or find_shape(record.values)
    if record.header and (is_message(record.values) or is_ours(record.values)):
        return shape
    names = quote_names(list(record.values))
    what = "the header row" if record.header else "the record"
    if shape is None:
        advice = "Name the columns in the first line, `instruction` among them." if record.header else (
            "Call the field that says what is asked `instruction`, or rename it with a map (docs/seeds.md)."
        )  # fmt: skip
        notes.fault(record.line, f"{what} is of no known shape: it has {names}. {advice}", record.element)
        return None
    missing = [need for need in shape.needs if need not in record.values]
    if missing:
        word = "column" if record.header else "field"
        notes.fault(record.line, f"{what} has no {word} `{missing[0]}`: it has {names}. Add it.", record.element)
        return None
    return shape

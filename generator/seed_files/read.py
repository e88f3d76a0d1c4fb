"""Reads seed files into seed tasks, and reports on them. Nothing is spent before every seed file is known to be sound.

All faults of all files come in one error, by file and line. A task that is there twice (same id) is kept once, where
it came first, with a warning that names both places.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from generator.errors import SeedError
from generator.seed_files.faults import MAX_SHOWN, Fault, Notes, format_fault, name_path, quote_names
from generator.seed_files.fields import Fields
from generator.seed_files.find import check_path, list_seed_files
from generator.seed_files.formats import SHAPES, find_container, find_shape
from generator.seed_files.records import Record, Shape
from generator.types import SeedTask


@dataclass(frozen=True, slots=True)
class FileReport:
    """What a seed file holds: kinds, tasks (each once), tasks by language, and what is wrong.

    `shape` joins several by " + "; `container` and `shape` are "" where they are not known. `faults` and `warnings`
    hold the first `MAX_SHOWN`; the counts tell of all.
    """

    path: Path
    container: str
    shape: str
    count: int
    languages: Mapping[str, int]
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    fault_count: int = 0
    warning_count: int = 0


@dataclass(frozen=True, slots=True)
class _Found:
    record: Record
    shape: str
    task: SeedTask


def find_seed_files(paths: Iterable[Path | str]) -> list[Path]:
    """Return the seed files behind files and folders, in reading order. Raises `SeedError`."""
    files, problems = list_seed_files(paths)
    if problems:
        raise SeedError("\n".join(problems))
    return files


def read_seed_file(path: Path | str) -> Iterator[SeedTask]:
    """Yield the tasks of one file as it is read.

    Raises `SeedError` with all faults once the file is read to its end; no task comes after the first fault.
    """
    path, notes = Path(path), Notes()
    for found in _drop_repeats(_scan(path, notes), {}, notes):
        if not notes.fault_count:
            yield found.task
    if notes.fault_count:
        raise _make_error([format_fault(path, fault) for fault in notes.faults], notes.fault_count)


def read_seeds(paths: Iterable[Path | str], warn: Callable[[str], None] | None = None) -> list[SeedTask]:
    """Return the tasks of files and folders; `warn` is told each warning as `FILE:LINE: …`.

    Raises `SeedError`, once, with the faults of all files.
    """
    files, problems = list_seed_files(paths)
    fault_count = len(problems)
    tasks: list[SeedTask] = []
    seen: dict[str, str] = {}
    for path in files:
        notes = Notes()
        tasks += [found.task for found in _drop_repeats(_scan(path, notes), seen, notes)]
        problems += [format_fault(path, fault) for fault in notes.faults]
        fault_count += notes.fault_count
        if warn is not None:
            _tell_warnings(path, notes, warn)
    if fault_count:
        raise _make_error(problems, fault_count)
    return tasks


def check_seed_file(path: Path | str, identify: Callable[[str], str] | None = None) -> FileReport:
    """Report on one file; never raises for what is wrong with it.

    `identify` names the language of an instruction where none is declared; without it such tasks count as "".
    """
    path, notes = Path(path), Notes()
    shapes: dict[str, None] = {}
    languages: Counter[str] = Counter()
    for found in _drop_repeats(_scan(path, notes), {}, notes):
        shapes[found.shape] = None
        languages[found.task.language or (identify(found.task.instruction) if identify else "")] += 1
    container = find_container(path)
    return FileReport(
        path=path, container=container.name if container else "", shape=" + ".join(shapes), count=languages.total(),
        languages=languages, faults=tuple(notes.faults), warnings=tuple(notes.warnings),
        fault_count=notes.fault_count, warning_count=notes.warning_count,
    )  # fmt: skip


def _tell_warnings(path: Path, notes: Notes, warn: Callable[[str], None]) -> None:
    for warning in notes.warnings:
        warn(format_fault(path, warning))
    if notes.unshown_warning_count:
        warn(f"{name_path(path)}: … and {notes.unshown_warning_count} more warnings.")


def _make_error(messages: list[str], count: int) -> SeedError:
    shown = messages[:MAX_SHOWN]
    if count > len(shown):
        shown.append(f"… and {count - len(shown)} more. `seeds check` reports file by file.")
    return SeedError("\n".join(shown))


def _scan(path: Path, notes: Notes) -> Iterator[_Found]:
    """Yield the sound tasks of a file, repeats included; note everything else."""
    problem, container = check_path(path), find_container(path)
    if problem or container is None:
        notes.fault(None, problem or "the ending is not known.")
        return
    empty = True
    try:
        with open(path, "rb") as stream:
            for found in _read_tasks(container.read_records(stream, notes), name_path(path), notes):
                empty = False
                yield found
    except OSError as error:
        notes.fault(None, f"the file cannot be read ({error.strerror}). Check its rights.")
    if empty and not notes.fault_count:
        notes.fault(None, "the file holds no seed task. Add one, or leave the file out.")


def _read_tasks(records: Iterator[Record], name: str, notes: Notes) -> Iterator[_Found]:
    """Yield the records that are sound tasks; below a header that will not do there are none."""
    for record in records:
        shape = _recognise(record, notes)
        if record.header and shape is None:
            return
        if record.header or shape is None:
            continue
        fields = Fields(record.values, notes, record.line, record.element)
        task = shape.read_task(fields)
        if not fields.faulty:
            source = f"{name}:{record.line}"
            yield _Found(record, shape.name, task.model_copy(update={"source": source}))


def _recognise(record: Record, notes: Notes) -> Shape | None:
    """Return the shape of a record (or of all records below a header), or None with a fault."""
    shape = find_shape(record.values)
    names = quote_names(list(record.values))
    what = "the header row" if record.header else "the record"
    if shape is None:
        known = ", ".join(shape.name for shape in SHAPES)
        advice = "Name the columns in the first line, `instruction` among them." if record.header else (
            "Call the field that says what is asked `instruction`."
        )  # fmt: skip
        notes.fault(record.line, f"{what} is of no known shape ({known}): it has {names}. {advice}", record.element)
        return None
    missing = [need for need in shape.needs if need not in record.values]
    if missing:
        word = "column" if record.header else "field"
        notes.fault(record.line, f"{what} has no {word} `{missing[0]}`: it has {names}. Add it.", record.element)
        return None
    return shape


def _drop_repeats(found: Iterator[_Found], seen: dict[str, str], notes: Notes) -> Iterator[_Found]:
    """Yield what was not seen before; `seen` maps ids to where they were first read."""
    for item in found:
        key, record = item.task.id, item.record
        if key in seen:
            message = f"this is the same task as {seen[key]}. The first is kept; remove one of them."
            notes.warn(record.line, message, record.element)
            continue
        seen[key] = item.task.source + (f" (element {record.element})" if record.element else "")
        yield item

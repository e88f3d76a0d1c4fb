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
from generator.seed_files.faults import MAX_REPORTED, MAX_SHOWN, Fault, Notes, format_fault, name_path
from generator.seed_files.find import list_seed_files
from generator.seed_files.folder import Folder, Folders
from generator.seed_files.scan import FileKind, Found, Reading, scan_file
from generator.seed_files.shares import Share, choose_share
from generator.types import SeedTask


@dataclass(frozen=True, slots=True)
class FileReport:
    """What a seed file holds: kinds, tasks (each once), tasks by language, and what is wrong.

    `shape` joins several by " + "; `container` and `shape` are "" where they are not known. `faults` and `warnings`
    hold the first `MAX_REPORTED`; the counts tell of all.
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
class Seeds:
    """The tasks of several files in order, each with its folder's settings, and what was said on the way.

    `shares` tell how many of each folder's tasks are there and how many its quota lets through.
    """

    tasks: tuple[tuple[SeedTask, Folder], ...]
    shares: tuple[Share, ...]


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
    reading = Reading(folder=Folders([]).find(path))
    for found in drop_repeats(scan_file(path, notes, reading), {}, notes):
        if not notes.fault_count:
            yield found.task
    if notes.fault_count:
        raise _make_error([format_fault(path, fault) for fault in notes.faults], notes.fault_count)


def read_seeds(paths: Iterable[Path | str], warn: Callable[[str], None] | None = None) -> list[SeedTask]:
    """Return the tasks of files and folders, within their quotas; `warn` is told each warning as `FILE:LINE: …`.

    Raises `SeedError`, once, with the faults of all files.
    """
    return [task for task, _ in read_folders(paths, warn).tasks]


def read_folders(
    paths: Iterable[Path | str], warn: Callable[[str], None] | None = None, *, all_paths: bool = False,
    names: Mapping[str, str] | None = None,
) -> Seeds:  # fmt: skip
    """Return the tasks with the folders that they are of; else as `read_seeds`. `names` maps fields, over every map."""
    paths = list(paths)
    files, problems = list_seed_files(paths)
    fault_count = len(problems)
    folders = Folders(paths, names)
    tasks: list[tuple[SeedTask, Folder]] = []
    seen: dict[str, str] = {}
    for path in files:
        notes, folder = Notes(), folders.find(path)
        reading = Reading(all_paths=all_paths, folder=folder)
        tasks += [(found.task, folder) for found in drop_repeats(scan_file(path, notes, reading), seen, notes)]
        problems += [format_fault(path, fault) for fault in notes.faults]
        fault_count += notes.fault_count
        if warn is not None:
            _tell_warnings(path, notes, warn)
    if fault_count:
        raise _make_error(problems, fault_count)
    chosen, shares = choose_share(tasks)
    return Seeds(tuple(chosen), tuple(shares))


def check_seed_file(
    path: Path | str, identify: Callable[[str], str] | None = None, *, reading: Reading | None = None,
    seen: Callable[[Found], None] | None = None,
) -> FileReport:  # fmt: skip
    """Report on one file; never raises for what is wrong with it.

    `identify` names the language of an instruction where none is declared; without it such tasks count as "". `seen` is
    told each sound task that is no repeat.
    """
    path, notes, kind = Path(path), Notes(kept=MAX_REPORTED), FileKind()
    languages: Counter[str] = Counter()
    for found in drop_repeats(scan_file(path, notes, reading or Reading(), kind), {}, notes):
        languages[found.task.language or (identify(found.task.instruction) if identify else "")] += 1
        if seen is not None:
            seen(found)
    return FileReport(
        path=path, container=kind.container, shape=" + ".join(kind.shapes), count=languages.total(),
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
        shown.append(f"… and {count - len(shown)} more. `seeds check` lists them all.")
    return SeedError("\n".join(shown))


def drop_repeats(found: Iterator[Found], seen: dict[str, str], notes: Notes) -> Iterator[Found]:
    """Yield what was not seen before; `seen` maps ids to where they were first read."""
    for item in found:
        key, record = item.task.id, item.record
        if key in seen:
            message = f"this is the same task as {seen[key]}. The first is kept; remove one of them."
            notes.warn(record.line, message, record.element)
            continue
        seen[key] = name_place(item)
        yield item


def name_place(item: Found) -> str:
    """Return where a task was read: `FILE:LINE`, with its place among those of the same line."""
    element = item.record.element
    return (item.task.source or f"line {item.record.line}") + (f" (element {element})" if element else "")

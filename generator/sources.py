"""What a command works over: a run's data set, a file, or a folder of files, read as records one at a time.

Promise: a record that Seedbed wrote comes back exactly as it was; any other becomes one, its texts kept to the
character. Nothing is held but the record at hand, so a source may be larger than memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from generator.errors import ConfigError, SeedError
from generator.run_folder import RunFolder, is_run_name
from generator.seed_files.faults import Fault, Notes, format_fault, name_path
from generator.seed_files.find import list_seed_files
from generator.seed_files.folder import Folders
from generator.seed_files.scan import Found, Reading, scan_file
from generator.types import Example

_LANGUAGE_SAMPLE = 2000  # characters of a task that tell its language

OnFault = Callable[[Path, Fault], None]


@dataclass(frozen=True, slots=True)
class Source:
    """Where records come from: the name it was given by, its files in reading order, and the run's folder for a run."""

    name: str
    files: tuple[Path, ...]
    run: Path | None = None


@dataclass(frozen=True, slots=True)
class Located:
    """A record and where it was read: its file, the line (from 1), its place in an array on one line (else 0).

    `values` are the fields of what it was read from, which may hold several records.
    """

    path: Path
    line: int
    element: int
    shape: str
    example: Example
    values: Mapping[str, object]

    @property
    def where(self) -> str:
        """The place as a person looks it up: `FILE:LINE`."""
        place = f"{name_path(self.path)}:{self.line}"
        return f"{place} (element {self.element})" if self.element else place


def find_source(text: str, runs_dir: str, given_as: str = "SOURCE") -> Source:
    """Return the source that `text` names: a run (its name in `runs_dir`, or its folder), a file, a folder of files.

    Raises `ConfigError` where there is none, naming what was looked for, and how it was given.
    """
    path = Path(text)
    run = _find_run(text, runs_dir)
    if run is not None:
        if not run.dataset.is_file():
            raise ConfigError(f"the run `{run.name}` ({run.path}) has no {run.dataset.name} yet: nothing was accepted.")
        return Source(text, (run.dataset,), run.path)
    if not path.exists():
        known = f"a run of that name in {runs_dir}, a file, a folder"
        raise ConfigError(f"{given_as} {text}: there is none of these: {known}. `seedbed runs` lists the runs.")
    files, problems = list_seed_files([path])
    if problems:
        raise ConfigError("\n".join(problems))
    return Source(text, tuple(files))


def _find_run(text: str, runs_dir: str) -> RunFolder | None:
    """Return the run; a path with a folder in it is never a bare name."""
    path = Path(text).absolute()
    places = [(str(path.parent), path.name)]
    if is_run_name(text) and not Path(text).is_file():
        places.insert(0, (runs_dir, text))
    for folder in (RunFolder(where, name) for where, name in places if is_run_name(name)):
        if folder.config.is_file():
            return folder
    return None


def read_examples(
    source: Source, *, on_fault: OnFault | None = None, identify: Callable[[str], str] | None = None
) -> Iterator[Example]:
    """Yield the records of a source, streaming, in the order of its files.

    `identify` names the language of a record that declares none (else it stays ""). A record with a fault is skipped
    and `on_fault` told; without `on_fault` the first one ends it: raises `SeedError` that begins with `FILE:LINE:`.
    A record that is sound but holds no task (a conversation in which nobody asks) is skipped, and `on_fault` told.
    """
    for located in read_records(source, on_fault=on_fault, identify=identify):
        yield located.example


def read_records(
    source: Source, *, on_fault: OnFault | None = None, identify: Callable[[str], str] | None = None,
    names: Mapping[str, str] | None = None, all_paths: bool = False,
) -> Iterator[Located]:  # fmt: skip
    """Yield the records of a source with their places; else as `read_examples`.

    `names` renames fields (theirs → ours) before a record's shape is told; a `seeds.toml` beside the files counts too.
    With `all_paths`, a tree of messages is every way through it.
    """
    folders = Folders([source.name], names)
    for path in source.files:
        notes = Notes(
            on_fault=_make_listener(path, on_fault), on_left_out=partial(on_fault, path) if on_fault else None
        )
        reading = Reading(exact=True, all_paths=all_paths, folder=folders.find(path))
        for found in scan_file(path, notes, reading):
            example = found.example or _make_example(found, identify)
            record = found.record
            yield Located(path, record.line, record.element, found.shape, example, record.values)


class FaultCounter:
    """Takes faults as `on_fault`: counts the records that have some, and tells the first `shown` faults."""

    def __init__(self, tell: OnFault, shown: int) -> None:
        self.count = 0
        self._tell, self._shown = tell, shown
        self._taken = 0
        self._last: tuple[Path, int | None, int] | None = None

    @property
    def untold(self) -> int:
        """How many faults were not told."""
        return max(0, self._taken - self._shown)

    def __call__(self, path: Path, fault: Fault) -> None:
        """Take one fault; those of one record come one after another."""
        place = (path, fault.line, fault.element)
        self.count += place != self._last
        self._last = place
        self._taken += 1
        if self._taken <= self._shown:
            self._tell(path, fault)


def _make_listener(path: Path, on_fault: OnFault | None) -> Callable[[Fault], None]:
    def listen(fault: Fault) -> None:
        if on_fault is None:
            raise SeedError(format_fault(path, fault))
        on_fault(path, fault)

    return listen


def _make_example(found: Found, identify: Callable[[str], str] | None) -> Example:
    task = found.task
    if not task.language and identify is not None:
        language = identify(f"{task.instruction}\n{task.input}"[:_LANGUAGE_SAMPLE])
        task = task.model_copy(update={"language": language})
    example = task.to_example()
    return Example.model_validate({**example.model_dump(), **found.extras}) if found.extras else example

"""One export from source to finished files: splits, shards, the files beside the data, the manifest.

Promise: records are read and written one at a time; the files of an export take their names only when all of them are
whole. The same source and options give the same bytes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from generator.errors import ConfigError, SeedbedError
from generator.export.card import Census, write_card
from generator.export.files import TEMPORARY
from generator.export.form import FileEntry, Form, Written
from generator.export.sink import Sink
from generator.export.splits import Assignment, Families, assign
from generator.export.tally import Tally
from generator.manifest import MANIFEST, describe_parent, read_manifest, write_manifest
from generator.run_folder import RunFolder
from generator.sources import OnFault, Source, read_examples
from generator.types import Example

WHOLE = "train"  # the split of an export that is not split, as loaders of a folder expect it
CARD = "README.md"
SCRATCH = "scratch.sqlite" + TEMPORARY
ENDINGS = (".json", ".jsonl", ".csv", ".tsv", ".parquet")
Sift = Callable[[Iterator[Example]], Iterator[Example]]
UNREADABLE = "that could not be read"


@dataclass(frozen=True)
class Options:
    """How an export is to be made."""

    shares: Mapping[str, float] = field(default_factory=dict)
    shards: int = 1
    seed: int = 0
    disarm: bool = False
    licence: str | None = None
    skip_faulty: bool = False


@dataclass(frozen=True)
class Place:
    """Where an export goes: a folder, and the name of the one file where one was asked for."""

    folder: Path
    file: str | None = None

    @property
    def manifest(self) -> Path:
        """Where the manifest lies."""
        return self.folder / (f"{self.file}.{MANIFEST}" if self.file else MANIFEST)


class Export:
    """One export of one source to one form."""

    def __init__(
        self, source: Source, form: Form, place: Place, options: Options,
        observe: Callable[[], None] = lambda: None, on_fault: OnFault | None = None, sift: Sift | None = None,
        made_by: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """`observe` is told of every record that was read; `on_fault` of those that are skipped as faulty.

        `sift` lets through the records to export; `made_by` goes into the manifest.
        """
        self._source, self._form, self._place, self._options = source, form, place, options
        self._observe, self._on_fault, self._sift, self._made_by = observe, on_fault, sift, made_by or {}
        self.tally = Tally()
        self._census = Census()

    def carry_out(self) -> dict[str, Any]:
        """Write the export and return what it came to, JSON-able. Raises `SeedbedError` where not one row came of it."""
        self._check_place()
        self._place.folder.mkdir(parents=True, exist_ok=True)
        try:
            parents = [describe_parent(self._source.name, self._source.files, self._source.run)]
            entries = self._write_data()
            beside = self._write_beside(entries)
            self._rename(entries, beside, parents)
        finally:
            self._clear()
        return {
            "form": self._form.name, "folder": str(self._place.folder), "manifest": str(self._place.manifest),
            "files": [asdict(entry) | {"path": str(self._place.folder / entry.name)} for entry in entries],
            "beside": [str(self._place.folder / name) for name in beside],
            "splits": _count_rows(entries), **self.tally.describe(),
        }  # fmt: skip

    def _check_place(self) -> None:
        if (self._place.folder / "config.toml").is_file():
            raise ConfigError(f"-o {self._place.folder}: this is a run's folder. Choose another.")
        targets = {(self._place.folder / name).resolve() for split in self._splits for name in self._name_files(split)}
        for path in self._source.files:
            if path.resolve() in targets:
                raise ConfigError(f"-o: {path} is what is read; it is not written over. Choose another place.")

    @property
    def _splits(self) -> list[str]:
        return list(self._options.shares) or [WHOLE]

    def _name_files(self, split: str) -> list[str]:
        """Return the names of a split's files, in order."""
        shards = self._options.shards
        if self._place.file:
            return [self._place.file]
        many = shards > 1 or self._form.within
        names = [f"{split}-{at:05d}-of-{shards:05d}" if many else split for at in range(shards)]
        return ["/".join(filter(None, (self._form.within, name + self._form.ending))) for name in names]

    def _read(self, skipped: Tally | None = None) -> Iterator[Example]:
        def pass_over(path: Path, fault: Any) -> None:
            if skipped is not None:
                skipped.skip(UNREADABLE)
                if self._on_fault is not None:
                    self._on_fault(path, fault)

        examples = read_examples(self._source, on_fault=pass_over if self._options.skip_faulty else None)
        for example in self._sift(examples) if self._sift else examples:
            self._observe()
            yield example

    def _make_rows(self, tally: Tally, examples: Iterator[Example]) -> Iterator[tuple[Example, Any]]:
        return self._form.make_all(examples, tally, self._place.folder / SCRATCH)

    def _write_data(self) -> list[FileEntry]:
        assignment = self._assign()
        totals = self._count_rows(assignment) if self._options.shards > 1 else Counter[str]()
        names = {split: self._name_files(split) for split in self._splits}
        sink = Sink(
            self._place.folder, names, totals, self._form, self.tally, disarm=self._options.disarm
        )  # fmt: skip
        try:
            for example, row in self._make_rows(self.tally, self._count(self._read(self.tally))):
                sink.write(assignment.find(example) if assignment else WHOLE, row)
            self._check_rows()
            return sink.close()
        finally:
            sink.abandon()

    def _count(self, examples: Iterator[Example]) -> Iterator[Example]:
        if not self._form.needs_folder:
            yield from examples
            return
        for example in examples:
            self._census.count(example)
            yield example

    def _check_rows(self) -> None:
        if self.tally.rows == 0:
            said = "; ".join(self.tally.say()) or "the source holds no record"
            came = f"not one row came of {self.tally.records} records ({said})"
            raise SeedbedError(f"{self._form.name}: {came}. Nothing was written.")

    def _assign(self) -> Assignment | None:
        if not self._options.shares:
            return None
        families = Families()
        for example in self._read():
            families.add(example)
        return assign(families, self._options.shares, self._options.seed)

    def _count_rows(self, assignment: Assignment | None) -> Counter[str]:
        totals: Counter[str] = Counter()
        for example, _ in self._make_rows(Tally(), self._read()):
            totals[assignment.find(example) if assignment else WHOLE] += 1
        return totals

    def _write_beside(self, entries: list[FileEntry]) -> dict[str, str]:
        title = re.sub(r"[^\w-]+", "_", Path(self._source.name).stem or Path(self._source.name).name) or "set"
        written = Written(title, self._place.folder, entries, {"columns": self._form.columns})
        beside = dict(self._form.describe(written)) if self._form.describe else {}
        if self._form.needs_folder:
            run = self._source.run
            funnel = RunFolder(str(run.parent), run.name).read_funnel() if run else {}
            beside[CARD] = write_card(written, self._census, self._options.licence, funnel)
        for name, text in beside.items():
            (self._place.folder / (name + TEMPORARY)).write_text(text, encoding="utf-8")
        return beside

    def _rename(self, entries: list[FileEntry], beside: Mapping[str, str], parents: list[dict[str, Any]]) -> None:
        folder, earlier = self._place.folder, read_manifest(self._place.manifest)
        names = [*(entry.name for entry in entries), *beside]
        for name in names:
            (folder / (name + TEMPORARY)).replace(folder / name)
        self._drop_stale(earlier, set(names))
        files = [
            {"path": one.name, "split": one.split, "rows": one.rows, "bytes": one.size, "sha256": one.sha256}
            for one in entries
        ]
        settings = {key: value for key, value in asdict(self._options).items() if key != "licence"}
        write_manifest(
            self._place.manifest, "export", files, parents, form=self._form.name, settings=settings,
            **self._made_by, **self.tally.describe(),
        )  # fmt: skip

    def _drop_stale(self, earlier: Mapping[str, Any] | None, names: set[str]) -> None:
        """Remove the data of an earlier export that this one did not replace: of other splits, or more shards."""
        if earlier is None or earlier.get("kind") != "export":
            return
        folder = self._place.folder.resolve()
        for file in earlier["files"]:
            path = (folder / str(file.get("path"))).resolve()
            is_data = path.suffix in ENDINGS and path.is_relative_to(folder) and path.is_file()
            if is_data and str(file.get("path")) not in names:
                path.unlink()

    def _clear(self) -> None:
        """Remove what is not done, of an earlier call that was killed too."""
        for path in [*self._place.folder.glob(f"*{TEMPORARY}"), *self._place.folder.glob(f"*/*{TEMPORARY}")]:
            path.unlink(missing_ok=True)


def _count_rows(entries: list[FileEntry]) -> dict[str, int]:
    rows: Counter[str] = Counter()
    for entry in entries:
        rows[entry.split] += entry.rows
    return dict(rows)

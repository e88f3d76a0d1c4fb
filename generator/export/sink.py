"""Where the rows of an export go: a file a split, or as many as there are shards, filled one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from generator.export.files import OpenFile
from generator.export.form import FileEntry, Form, Row
from generator.export.tally import Tally


class Sink:
    """Writes rows to the files of their splits; rows of a split keep their order over its shards.

    `names` are the files by split, in order; `totals` the rows that a split will have, which only shards need to know.
    """

    def __init__(
        self, folder: Path, names: Mapping[str, Sequence[str]], totals: Mapping[str, int], form: Form, tally: Tally, *,
        disarm: bool,
    ) -> None:  # fmt: skip
        self._folder, self._names, self._totals = folder, names, totals
        self._form, self._tally, self._disarm = form, tally, disarm
        self._open: dict[str, OpenFile] = {}
        self._done: dict[str, list[FileEntry]] = {split: [] for split in names}
        self._rows: Counter[str] = Counter()

    def write(self, split: str, row: Row) -> None:
        """Write a row to the shard that it falls into."""
        shards = len(self._names[split])
        self._reach(split, self._rows[split] * shards // self._totals[split] if shards > 1 else 0)
        self._open[split].write(row)
        self._rows[split] += 1
        self._tally.rows += 1

    def _reach(self, split: str, shard: int) -> None:
        while (at := len(self._done[split]) + (split in self._open)) <= shard:
            self._end(split)
            self._open[split] = OpenFile(
                self._folder, self._names[split][at], split, self._form, self._tally, disarm=self._disarm
            )

    def _end(self, split: str) -> None:
        if split in self._open:
            self._done[split].append(self._open.pop(split).close())

    def close(self) -> list[FileEntry]:
        """End all files, those without a row too; return them by split, in order."""
        for split, names in self._names.items():
            self._reach(split, len(names) - 1)
            self._end(split)
        return [entry for entries in self._done.values() for entry in entries]

    def abandon(self) -> None:
        """Close what is open as it is: it will be thrown away."""
        for file in self._open.values():
            file.abandon()

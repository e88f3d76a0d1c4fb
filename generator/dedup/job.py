"""Takes the duplicates out of files: reads, decides, reports, and writes what is kept.

Promise: what is written is there whole or not at all, and a command that was killed is given again without harm. Every
record is kept, removed with a neighbour that is kept and the similarity to it, or skipped with its line and fault; the
counts add up. Of what is kept, no two are too like.
"""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal

from generator.dedup.gate import Decision, Gate
from generator.dedup.reading import Item, Places, read_items, read_longest_first
from generator.dedup.texts import TextChoice
from generator.dedup.writing import open_whole, write_kept
from generator.errors import SeedbedError, SeedError
from generator.seed_files.faults import MAX_SHOWN, Fault, format_fault, name_path
from generator.sources import FaultCounter, Source

BATCH = 256  # records decided together: it changes no decision, only how many texts a model sees at a time
BIGGEST = 5  # clusters told of
_EXCERPT = 120  # characters of a cluster's text that are kept for the summary


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do: the sources, which text is compared, which of several is kept, and where things go."""

    sources: Sequence[Source]
    text: TextChoice = "instruction"
    keep: Literal["first", "longest"] = "first"
    skips_faults: bool = False
    output: Path | None = None
    report: Path | None = None


@dataclass(slots=True)
class Summary:
    """What came of it. `clusters` counts, by the number of a kept record, those that were removed for it.

    `faults` counts the records that could not be read.
    """

    places: Places
    faults: FaultCounter
    kept: int = 0
    removed: Counter[str] = field(default_factory=Counter)
    unmeasured: Counter[str] = field(default_factory=Counter)
    clusters: Counter[int] = field(default_factory=Counter)
    excerpts: dict[int, str] = field(default_factory=dict)

    @property
    def read(self) -> int:
        """How many records were read."""
        return len(self.places)

    @property
    def skipped(self) -> int:
        """How many records were not, since something is wrong with them."""
        return self.faults.count

    def list_biggest(self) -> list[dict[str, Any]]:
        """Return the biggest clusters: how many were removed, for which record, and the beginning of its text."""
        ranked = sorted(self.clusters.items(), key=lambda item: (-item[1], item[0]))[:BIGGEST]
        return [
            {"removed": count, "kept": self.places.describe(number), "text": self.excerpts[number]}
            for number, count in ranked
        ]


def remove_duplicates(plan: Plan, gate: Gate, faults: FaultCounter, tell_progress: Callable[[], None]) -> Summary:
    """Carry out the plan. Raises `SeedError` where a line is broken and faults end it, or nothing can be read."""
    files = [path for source in plan.sources for path in source.files]
    stamps = _stamp(files)
    with ExitStack() as stack:
        report = stack.enter_context(open_whole(plan.report)) if plan.report else None
        job = _Job(plan, gate, Summary(Places(files), faults), report)
        job.decide_all(tell_progress)
        if _stamp(files) != stamps:
            raise SeedbedError("a source has changed while it was read; nothing is written. Give the command again.")
        if plan.output:
            write_kept(plan.sources, job.summary.places, job.is_kept, stack.enter_context(open_whole(plan.output)))
    return job.summary


def _stamp(files: Sequence[Path]) -> list[tuple[int, int]]:
    return [(found.st_size, found.st_mtime_ns) for found in map(Path.stat, files)]


class _Job:
    def __init__(self, plan: Plan, gate: Gate, summary: Summary, report: IO[bytes] | None) -> None:
        self.summary = summary
        self.is_kept = array("B")  # by number
        self._plan = plan
        self._gate = gate
        self._report = report
        self._faults: list[str] = []

    def decide_all(self, tell_progress: Callable[[], None]) -> None:
        """Decide on every record."""
        read = read_items if self._plan.keep == "first" else read_longest_first
        items = self._watch(read(self._plan.sources, self.summary.places, self._plan.text, self._note), tell_progress)
        while batch := list(islice(items, BATCH)):
            decisions = self._gate.decide([str(item.number) for item in batch], [item.text for item in batch])
            for item, decision in zip(batch, decisions, strict=True):
                self._settle(item, decision)
        if self._faults:
            raise SeedError("\n".join(self._faults))
        if not self.summary.read:
            raise SeedError("no record could be read; there is nothing to compare.")

    def _watch(self, items: Iterator[Item], tell_progress: Callable[[], None]) -> Iterator[Item]:
        """Yield the items; once a fault is to end it, none: then only further faults are looked for."""
        for item in items:
            tell_progress()
            if not self._faults:
                yield item

    def _note(self, path: Path, fault: Fault) -> None:
        if self._plan.skips_faults:
            self.summary.faults(path, fault)
            self._write({"file": name_path(path), "line": fault.line, "decision": "skipped", "reason": fault.message})
            return
        self._faults.append(format_fault(path, fault))
        if len(self._faults) == MAX_SHOWN:
            self._faults.append("… and perhaps more. `seeds check` reports file by file.")
            raise SeedError("\n".join(self._faults))

    def _settle(self, item: Item, decision: Decision) -> None:
        summary = self.summary
        self.is_kept.extend(bytes(len(summary.places) - len(self.is_kept)))
        record = {**summary.places.describe(item.number), "id": item.id}
        if decision.neighbour is None:
            self.is_kept[item.number] = 1
            summary.kept += 1
            for name in decision.unmeasured_by:
                summary.unmeasured[name] += 1
                self._write({**record, "decision": "kept", "reason": "unmeasurable", "filter": name, "text": item.text})
            return
        one = decision.neighbour
        number = int(one.id)
        summary.removed[decision.reason] += 1
        summary.clusters[number] += 1
        summary.excerpts.setdefault(number, one.text[:_EXCERPT])
        self._write({
            **record, "decision": "removed", "reason": decision.reason, "similarity": one.similarity,
            **({"embedder": one.by} if one.by else {}), "duplicate_of": summary.places.describe(number),
            "text": item.text, "text_of_kept": one.text,
        })  # fmt: skip

    def _write(self, row: dict[str, Any]) -> None:
        if self._report is not None:
            text = json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace")
            self._report.write(text + b"\n")

"""Benchmarks against a data set that is there already: which records share an n-gram, counted by benchmark.

Promise: every record of the source is either clean, or told with benchmark, record and n-gram, or unreadable and told by
its line. Memory holds the benchmarks and some numbers a record, never the source.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from evaluators.novelty.contamination import describe_overlaps, join_record
from evaluators.novelty.ngrams import NgramIndex
from generator.against.benchmarks import index_benchmarks
from generator.against.digests import find_sources
from generator.dedup.reading import Places
from generator.dedup.writing import open_whole, write_kept
from generator.settings.against import AgainstConfig
from generator.sources import OnFault, Source, read_records


@dataclass(slots=True)
class Findings:
    """What was found: for each record whether it is clean, where it stands, and counts by benchmark."""

    places: Places
    is_clean: bytearray = field(default_factory=bytearray)
    hits: dict[str, dict[str, int]] = field(default_factory=dict)  # records that share, by benchmark and length
    touched: set[int] = field(default_factory=set)  # records of the benchmarks that are shared in

    def describe(self, index: NgramIndex) -> dict[str, Any]:
        """Return the counts, JSON-able."""
        touched: dict[str, int] = {}
        for number in self.touched:
            name = index.name_record(number)[0]
            touched[name] = touched.get(name, 0) + 1
        benchmarks = {
            one.name: {
                "records": one.records, "too_short": one.too_short, "records_found": touched.get(one.name, 0),
                "contaminated": self.hits[one.name],
            }
            for one in index.describe()
        }  # fmt: skip
        clean = sum(self.is_clean)
        return {
            "records": len(self.is_clean), "clean": clean, "contaminated": len(self.is_clean) - clean,
            "benchmarks": benchmarks,
        }  # fmt: skip


def decontaminate(
    source: Source, index: NgramIndex, on_fault: OnFault | None, report: IO[bytes] | None, tick: Callable[[], None]
) -> Findings:
    """Look for n-grams of benchmarks in every record; write a line to `report` for each that has some."""
    lengths = {str(words): words for words in index.lengths}
    findings = Findings(Places(source.files))
    findings.hits = {one.name: dict.fromkeys(lengths, 0) for one in index.describe()}
    for located in read_records(source, on_fault=on_fault):
        example = located.example
        findings.places.add(located)
        text = join_record(example)
        overlaps = index.find(text)
        findings.is_clean.append(not overlaps)
        for one in overlaps:
            for name, words in lengths.items():
                findings.hits[one.benchmark][name] += one.words >= words
        if overlaps:
            findings.touched.update(index.find_records(text).tolist())
        if overlaps and report is not None:
            place = findings.places.describe(len(findings.is_clean) - 1)
            row = {**place, "id": example.id, **describe_overlaps(overlaps)}
            report.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")
        tick()
    return findings


def carry_out(
    source: Source, benchmarks: Sequence[str], lengths: Sequence[int], runs_dir: str, output: Path | None,
    report: Path | None, on_fault: OnFault | None, tick: Callable[[], None],
) -> dict[str, Any]:  # fmt: skip
    """Decontaminate a source; write the clean rest and a line for each record that goes. Returns what was found.

    Raises `ConfigError`, `SeedError`; without `on_fault`, a record that cannot be read ends it.
    """
    config = AgainstConfig(benchmarks=tuple(benchmarks), ngrams=tuple(lengths))
    index = index_benchmarks(find_sources(config, runs_dir)[1], config.ngrams)
    with open_whole(report) if report else nullcontext() as lines:
        findings = decontaminate(source, index, on_fault, lines, tick)
    if output is not None:
        with open_whole(output) as rest:
            write_kept([source], findings.places, findings.is_clean, rest)
    return findings.describe(index)

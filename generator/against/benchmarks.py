"""Benchmarks as texts: every string of a record counts, whatever its field is called.

Benchmarks come in hundreds of forms (question and choices, premise and hypothesis, code and tests). What must not leak is
their words, so the fields need not be understood; a record of ours gives its instruction, input and response.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from evaluators.novelty.contamination import join_texts
from evaluators.novelty.ngrams import NgramIndex
from generator.against.digests import NamedSource
from generator.errors import ConfigError, SeedError
from generator.seed_files.faults import Fault, Notes, format_fault
from generator.seed_files.scan import scan_records

OWN_MARKS = {"id", "instruction", "lineage"}
OWN_TEXTS = ("instruction", "input", "response")  # of a record of ours; its other fields are not of the task


def index_benchmarks(benchmarks: Sequence[NamedSource], lengths: Sequence[int]) -> NgramIndex:
    """Return the index of benchmarks' n-grams.

    Raises `SeedError` for a record that cannot be read, `ConfigError` for a benchmark in which nothing could be found.
    """
    index = NgramIndex(((one.name, read_benchmark(one)) for one in benchmarks), lengths)
    for one in index.describe():
        if one.records == one.too_short:
            short = (
                f"none of its {one.records:,} records has {min(lengths)} words" if one.records else "it has no record"
            )
            raise ConfigError(
                f"the benchmark {one.name}: {short}, so that everything would pass for clean. Leave it out"
                + (", or look for shorter n-grams." if one.records else ".")
            )
    return index


def read_benchmark(benchmark: NamedSource) -> Iterator[tuple[str, str]]:
    """Yield each record's place (`FILE:LINE`) and its text. Raises `SeedError`."""
    for path in benchmark.source.files:
        for record in scan_records(path, Notes(on_fault=_make_listener(path))):
            if not record.header:
                element = f" (element {record.element})" if record.element else ""
                yield f"{path.name}:{record.line}{element}", join_texts(*list_strings(_find_texts(record.values)))


def _find_texts(values: Mapping[str, object]) -> object:
    return [values.get(name) for name in OWN_TEXTS] if values.keys() >= OWN_MARKS else values


def list_strings(value: object) -> Iterator[str]:
    """Yield every text in a value, in order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from list_strings(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from list_strings(one)


def _make_listener(path: Path) -> Callable[[Fault], None]:
    def listen(fault: Fault) -> None:
        raise SeedError(format_fault(path, fault))

    return listen

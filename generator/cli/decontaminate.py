"""`decontaminate`: what a data set shares with benchmarks, by benchmark, and the clean rest of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from generator import catalog
from generator.cli.console import say, show, show_json
from generator.cli.count import Count
from generator.cli.options import Json
from generator.config import DEFAULT_RUNS_DIR
from generator.dedup.writing import check_place
from generator.errors import ConfigError
from generator.seed_files.faults import MAX_SHOWN, format_fault
from generator.settings.against import AgainstConfig
from generator.sources import FaultCounter, Source, find_source

LENGTHS = ",".join(map(str, AgainstConfig().ngrams))


def decontaminate(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A run, a file, or a folder of files.")],
    benchmark: Annotated[
        list[str], typer.Option("--benchmark", metavar="FILE", help="A benchmark: a file or folder. Repeatable.")
    ],
    output: Annotated[
        str | None, typer.Option("-o", "--output", metavar="FILE", help="Where the clean records go (JSONL).")
    ] = None,
    report: Annotated[
        str | None, typer.Option(metavar="FILE", help="Where each other record goes: place, benchmark, n-gram (JSONL).")
    ] = None,
    ngrams: Annotated[str, typer.Option(help="Lengths of the n-grams looked for, in words.")] = LENGTHS,
    skip_faulty: Annotated[
        bool, typer.Option("--skip-faulty", help="Leave out records that cannot be read, and say which.")
    ] = False,
    runs_dir: Annotated[str | None, typer.Option(help="Where runs lie. Default: runs.", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """Find the records that share an n-gram with a benchmark: 13 words, or 8, or as many characters as stand for them.

    Reports by benchmark; with -o, writes the clean rest: lines of a JSONL file as they are, other records as JSON lines.
    """
    found = find_source(source, runs_dir or DEFAULT_RUNS_DIR)
    read = [found, *(find_source(one, runs_dir or DEFAULT_RUNS_DIR, "--benchmark") for one in benchmark)]
    places = [_find_place("-o", output, read), _find_place("--report", report, read)]
    if output is not None and report is not None and Path(output).resolve() == Path(report).resolve():
        raise ConfigError(f"--report {report}: the clean records go there already. Choose another name.")
    faults = FaultCounter(lambda path, fault: say(f"warning: {format_fault(path, fault)}"), MAX_SHOWN)
    with Count("decontaminate") as count:
        carry_out = catalog.load(catalog.DECONTAMINATION)
        row = carry_out(
            found, benchmark, read_lengths(ngrams), runs_dir or DEFAULT_RUNS_DIR, *places,
            faults if skip_faulty else None, count,
        )  # fmt: skip
    if faults.untold:
        say(f"… and {faults.untold} more like these.")
    row |= {"unreadable": faults.count, "output": output, "report": report}
    if as_json:
        show_json({"source": source, **row, "exit_status": 0})
    else:
        show("\n".join(format_findings(row)))


def read_lengths(text: str) -> list[int]:
    """Return lengths from `13,8`. Raises `ConfigError`."""
    try:
        lengths = [int(part) for part in text.split(",")]
    except ValueError:
        lengths = []
    if not lengths or min(lengths) < 1:
        raise ConfigError(f"--ngrams {text}: name lengths in words, like {LENGTHS}.")
    return lengths


def _find_place(flag: str, text: str | None, read: Sequence[Source]) -> Path | None:
    """Return where a file is to be written. Raises `ConfigError` where it cannot be, or would replace what is read."""
    if text is None:
        return None
    check_place(flag, Path(text), read)
    return Path(text)


def format_findings(row: Mapping[str, Any]) -> list[str]:
    """Return what was found as lines for a person."""
    rest = f" → {row['output']}" if row["output"] else ""
    lines = [f"{row['records']:,} records: {row['contaminated']:,} contaminated, {row['clean']:,} clean{rest}"]
    if row["unreadable"]:
        lines[0] += f"; {row['unreadable']:,} could not be read and were left out"
    for name, one in row["benchmarks"].items():
        shared = ", ".join(f"{count:,} share {words} words" for words, count in one["contaminated"].items())
        short = f"; {one['too_short']:,} are too short to tell" if one["too_short"] else ""
        lines.append(f"  {name}: {shared}; {one['records_found']:,} of its {one['records']:,} records are met{short}")
    if row["report"]:
        lines.append(f"  each of them, with the n-gram: {row['report']}")
    return lines

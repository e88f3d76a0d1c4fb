"""`clean`: mends and drops records by a named profile; every change is counted, and listed on request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from generator import catalog
from generator.cleaning.clean import Change, Cleaner
from generator.cleaning.profiles import PROFILES, find_profile
from generator.cli.console import FAULTY, say, show, show_json
from generator.cli.count import Count
from generator.cli.options import Json
from generator.cli.records_file import write_records
from generator.config import DEFAULT_RUNS_DIR
from generator.seed_files.faults import MAX_SHOWN, format_fault, quote_text
from generator.seed_files.folder import read_map
from generator.sources import FaultCounter, find_source, read_records
from generator.types import Example

AROUND = 30  # characters shown around the first difference


def clean(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="A run's name or folder, a file, or a folder of files.")
    ],
    profile: Annotated[
        str, typer.Option("--profile", help=f"Profiles to clean by, one or several: {', '.join(PROFILES)}.")
    ],
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="The JSONL file to write (.gz and .zst pack it).")
    ],
    list_changes: Annotated[
        bool, typer.Option("--list-changes", help="Say each change on stderr: place, rule, before → after.")
    ] = False,
    names: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="THEIRS=OURS", help="Rename a field of the source, like question=instruction."),
    ] = None,
    all_paths: Annotated[bool, typer.Option("--all-paths", help="Of a tree of messages, read every path.")] = False,
    runs_dir: Annotated[str, typer.Option(help="The folder that runs lie in.")] = DEFAULT_RUNS_DIR,
    as_json: Json = False,
) -> None:
    """Clean a data set by a profile and write what is left of it.

    A record that cannot be read is passed over and counted. Where no record is left, nothing is written, and the exit status
    is 1; it is 2 where not one could be read.
    """
    chosen = find_profile(profile)
    where = find_source(source, runs_dir)
    cleaner = Cleaner(chosen, (lambda change: say(format_change(change))) if list_changes else None)
    faults = FaultCounter(lambda path, fault: say(f"fault: {format_fault(path, fault)}"), MAX_SHOWN)
    records = read_records(
        where, on_fault=faults, identify=catalog.load_language_identifier(), names=read_map(names or []),
        all_paths=all_paths,
    )  # fmt: skip

    def make() -> Iterator[Example]:
        with Count("cleaned") as count:
            for located in records:
                count()
                cleaned = cleaner.clean(located.example, located.where)
                if cleaned is not None:
                    yield cleaned

    write_records(output, make())
    if as_json:
        show_json({"output": output, "faults": faults.count, **cleaner.describe()})
    else:
        skipped = f"; {faults.count} passed over with a fault" if faults.count else ""
        where_to = (
            f"→ {output} ({cleaner.kept} records)" if cleaner.kept else "; nothing is left, and nothing was written"
        )
        show(f"{cleaner.summarise()}{skipped} {where_to}")
    if not cleaner.kept:
        raise typer.Exit(1 if cleaner.records else FAULTY)


def format_change(change: Change) -> str:
    """Return a change as one line: where, rule, field, before → after around the first difference."""
    if change.after is None:
        return f"{change.where}: {change.rule}: dropped {quote_text(change.before)}"
    pairs = enumerate(zip(change.before, change.after, strict=False))
    first = next((at for at, (one, other) in pairs if one != other), min(len(change.before), len(change.after)))
    start = max(0, first - AROUND // 2)
    before, after = (quote_text(text[start : start + AROUND]) for text in (change.before, change.after))
    return f"{change.where}: {change.rule}: `{change.field}`: {before} → {after}"

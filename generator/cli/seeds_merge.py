"""`seeds merge`: several sets into one file of records, each with where it comes from; duplicates out, conflicts told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from generator import catalog
from generator.cli.console import FAULTY, say, show, show_json
from generator.cli.count import Count
from generator.cli.options import Json
from generator.cli.records_file import write_records
from generator.config import DEFAULT_RUNS_DIR
from generator.seed_files.faults import MAX_SHOWN, format_fault
from generator.seed_files.folder import read_map
from generator.seed_lint.findings import Conflicts, Finding
from generator.sources import FaultCounter, Located, find_source, read_records
from generator.types import Example, SeedTask


def merge(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="SOURCE…", help="Runs, files, or folders of files, in the order that decides."),
    ],
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="The JSONL file to write (.gz and .zst pack it).")
    ],
    names: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="THEIRS=OURS",
            help="Rename a field, like question=instruction; seeds.toml can say so for one folder.",
        ),
    ] = None,
    all_paths: Annotated[bool, typer.Option("--all-paths", help="Of a tree of messages, read every path.")] = False,
    runs_dir: Annotated[str, typer.Option(help="The folder that runs lie in.")] = DEFAULT_RUNS_DIR,
    as_json: Json = False,
) -> None:
    """Merge sets into one file of records.

    What is there twice (same id) is kept once, where it came first. The same instruction with another response is kept
    and told, with both places. A record that names no source gets its file's name as the tag `source`. A record that
    cannot be read is passed over and counted.
    """
    found = [find_source(source, runs_dir) for source in sources]
    merging = Merging()
    faults = FaultCounter(lambda path, fault: say(f"fault: {format_fault(path, fault)}"), MAX_SHOWN)
    identify, mapped = catalog.load_language_identifier(), read_map(names or [])

    def make() -> Iterator[Example]:
        with Count("merged") as count:
            for source in found:
                for located in read_records(
                    source, on_fault=faults, identify=identify, names=mapped, all_paths=all_paths
                ):
                    count()
                    yield from merging.take(located)

    written = write_records(output, make())
    if as_json:
        show_json({"output": output, "records": written, "faults": faults.count, **merging.describe()})
    else:
        for conflict in merging.conflicts:
            say(conflict.format())
        if merging.conflict_count > len(merging.conflicts):
            say(f"… and {merging.conflict_count - len(merging.conflicts)} more conflicts")
        said = f"{merging.duplicates} duplicates left out, {merging.conflict_count} conflicts, {faults.count} faults"
        show(
            f"{written} records → {output}; {said}"
            if written
            else f"nothing could be read, nothing was written; {said}"
        )
    if not written:
        raise typer.Exit(FAULTY)


class Merging:
    """What a merge has seen: 8 bytes a record for its id, 16 for its answer; and the conflicts, the first of them kept."""

    def __init__(self) -> None:
        self.duplicates = self.conflict_count = 0
        self.conflicts: list[Finding] = []
        self.by_file: Counter[str] = Counter()
        self._ids: set[int] = set()
        self._answers = Conflicts()

    def take(self, located: Located) -> Iterator[Example]:
        """Yield the record, unless it was there before."""
        example = located.example
        task = SeedTask(
            instruction=example.instruction, input=example.input, response=example.response, system=example.system,
            history=example.history, rejected=example.rejected,
        )  # fmt: skip
        key = int(task.id, 16)
        if key in self._ids:
            self.duplicates += 1
            return
        self._ids.add(key)
        conflict = self._answers.check(task, located.where)
        if conflict is not None:
            self.conflict_count += 1
            if len(self.conflicts) < MAX_SHOWN:
                self.conflicts.append(conflict)
        name = Path(located.path).name
        self.by_file[str(located.path)] += 1
        tags = example.tags if "source" in example.tags else {**example.tags, "source": name}
        yield example if tags is example.tags else example.model_copy(update={"tags": tags})

    def describe(self) -> dict[str, object]:
        """Return what was found, JSON-able."""
        listed = [{"place": one.place, "message": one.message} for one in self.conflicts]
        return {
            "duplicates": self.duplicates, "conflict_count": self.conflict_count, "conflicts": listed,
            "by_file": dict(self.by_file),
        }  # fmt: skip

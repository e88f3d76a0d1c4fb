"""`balance`: a set against a target distribution: what is short, and the records to keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import tomli_w
import typer

from generator import catalog
from generator.balance.choose import Balance, Choice
from generator.balance.target import DIMENSIONS, Classifier, Target, read_target
from generator.cli.console import show, show_json
from generator.cli.count import Count
from generator.cli.options import Json
from generator.config import DEFAULT_RUNS_DIR
from generator.errors import ConfigError, SeedbedError
from generator.export.form import Form
from generator.export.job import Export, Options, Place
from generator.run_folder import write_whole
from generator.sources import Source, find_source, read_examples
from generator.types import Example


def balance(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="A run's name or folder, a file, or a folder of files.")
    ],
    target: Annotated[str, typer.Option("--target", help="A TOML file of wanted shares (docs/balance.md).")],
    by: Annotated[
        str | None,
        typer.Option(help=f"The dimensions that count, of {', '.join(DIMENSIONS)}. Default: all that the file has."),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", help="Where the records that are kept go (JSONL). Default: only report."),
    ] = None,
    size: Annotated[
        int | None, typer.Option(min=1, help="Records at most. Default: the file's `size`, else all.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the draw.")] = 0,
    short: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write what is short to a TOML file, for `evolve --toward`.")
    ] = None,
    runs_dir: Annotated[str | None, typer.Option(help="Where runs lie. Default: runs.", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """Keep as many records of each class as the target has room for; say what is there, wanted and short.

    Which ones is drawn under the seed by their ids alone, so the order of the source does not matter.
    """
    wanted = read_target(Path(target), read_dimensions(by))
    if short is not None and not Path(short).parent.is_dir():
        raise ConfigError(f"--short {short}: there is no folder {Path(short).parent}.")
    found = find_source(source, runs_dir or DEFAULT_RUNS_DIR)
    job = Balance(wanted, Classifier(wanted.shares, find_identifier(wanted)), seed)
    with Count("balance") as count:
        job.count(_watch(read_examples(found), count))
        choice = job.choose(size)
        report = {"source": source, "target": target, "by": list(wanted.dimensions), "seed": seed, **job.describe()}
        if not report["records"]["chosen"]:
            raise SeedbedError(
                f"none of the {job.records} records is of a class that the target wants. Nothing was written."
            )
        if output is not None:
            report |= _write_kept(found, Path(output), job, choice, report, count)
    report["short"] = job.list_short()
    if short is not None:
        write_whole(Path(short), tomli_w.dumps(report["short"]))
    if as_json:
        show_json({**report, "exit_status": 0})
    else:
        show("\n".join(format_balance(report)))


def read_dimensions(text: str | None) -> list[str]:
    """Return the dimensions of `--by`; none for all of the target's. Raises `ConfigError`."""
    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    unknown = [name for name in names if name not in DIMENSIONS]
    if unknown or (text is not None and not names):
        raise ConfigError(
            f"--by {unknown[0] if unknown else ''}: no such dimension. There are {', '.join(DIMENSIONS)}."
        )
    return names


def find_identifier(target: Target) -> Callable[[str], str] | None:
    """Return what names the language of a record that has none; only a target by language needs it."""
    return catalog.load_language_identifier() if "language" in target.shares else None


def _watch(examples: Iterable[Example], count: Callable[[], None]) -> Iterator[Example]:
    for example in examples:
        count()
        yield example


def _write_kept(
    source: Source, path: Path, job: Balance, choice: Choice, report: Mapping[str, Any], count: Callable[[], None]
) -> dict[str, Any]:  # fmt: skip
    form: Form = catalog.load(catalog.EXPORTERS["jsonl"])
    if path.suffix.lower() != form.ending:
        raise ConfigError(f"-o {path}: the records that are kept go to a file that ends in {form.ending}.")
    made_by = {"made_by": {"command": "balance", "seed": report["seed"], "target": job.target.shares}}
    place = Place(path.parent, path.name)
    sift = partial(job.pick, choice=choice)
    export = Export(source, form, place, Options(), count, sift=sift, made_by=made_by).carry_out()
    return {"file": export["files"][0], "manifest": export["manifest"]}


def format_balance(report: Mapping[str, Any]) -> list[str]:
    """Return a report as lines for a person."""
    records = report["records"]
    lines = [
        f"{records['chosen']:,} of {records['there']:,} records{' kept' if 'file' in report else ' would be kept'}"
    ]
    width = max(len(row["class"]) for row in report["cells"])
    for name in report["by"]:
        divergence = report["divergence"][name]
        lines.append(f"{name}: divergence from the target {divergence['before']:.3f} → {divergence['after']:.3f}")
        for row in (row for row in report["cells"] if row["by"] == name):
            short = f", short {row['short']:,}" if row["short"] else ""
            lines.append(
                f"  {row['class']:<{width}}  wanted {row['wanted']:,}, there {row['there']:,}, kept {row['chosen']:,}{short}"
            )
    if "file" in report:
        lines.append(f"→ {report['file']['path']}; manifest: {report['manifest']}")
    return lines

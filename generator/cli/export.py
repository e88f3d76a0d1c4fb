"""`export`: a run or a file in the forms of the neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from generator import catalog
from generator.cli.console import say, say_error, show, show_json
from generator.cli.count import Count
from generator.cli.options import Json
from generator.config import DEFAULT_RUNS_DIR
from generator.errors import ConfigError, SeedbedError
from generator.export.form import Form
from generator.export.job import ENDINGS, Export, Options, Place
from generator.export.splits import read_splits
from generator.seed_files.faults import Fault, format_fault
from generator.sources import Source, find_source

DEFAULT_FOLDER = "exports"
FAILED = 1  # the exit status where a form got no row


def export(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="A run's name or folder, a file, or a folder of files.")
    ],
    to: Annotated[
        str, typer.Option(help=f"One form or several, like alpaca,sharegpt. There are {', '.join(catalog.EXPORTERS)}.")
    ],
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", help="A file (one form), or a folder. Default: exports/SOURCE/FORM."),
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="Splits and their shares, like train=0.9,test=0.1; families are never cut.")
    ] = None,
    shards: Annotated[int, typer.Option(min=1, max=9999, help="Files a split.")] = 1,
    seed: Annotated[int, typer.Option(help="Seed of the draw of splits.")] = 0,
    spreadsheet_safe: Annotated[
        bool,
        typer.Option(
            "--spreadsheet-safe", help="Disarm cells of CSV and TSV that a spreadsheet would take for formulas."
        ),
    ] = False,
    licence: Annotated[
        str | None,
        typer.Option("--license", "--licence", help="The licence on the data set card. Default: the records' own."),
    ] = None,
    skip_faulty: Annotated[
        bool, typer.Option("--skip-faulty", help="Leave out records that cannot be read, and say which.")
    ] = False,
    runs_dir: Annotated[str | None, typer.Option(help="Where runs lie. Default: runs.", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """Write records in the forms that other tools read, with a manifest of digests.

    What a form cannot carry is said. Files take their names only when all are whole; the same command writes the same
    bytes.
    """
    forms = find_forms(to)
    if spreadsheet_safe and not any(form.ending in (".csv", ".tsv") for form in forms):
        raise ConfigError("--spreadsheet-safe is for csv and tsv, and none of these is asked for.")
    options = Options(
        shares=read_splits(split) if split is not None else {}, shards=shards, seed=seed, disarm=spreadsheet_safe,
        licence=licence, skip_faulty=skip_faulty,
    )  # fmt: skip
    found = find_source(source, runs_dir or DEFAULT_RUNS_DIR)
    reports, barren = carry_out(find_places(found, forms, output, options), found, options, tells=not as_json)
    exit_status = FAILED if barren else 0
    if as_json:
        faults = {"error": " ".join(barren)} if barren else {}
        show_json({"source": source, "exports": reports, **faults, "exit_status": exit_status})
    raise typer.Exit(exit_status)


def carry_out(
    places: Iterable[tuple[Form, Place]], found: Source, options: Options, *, tells: bool
) -> tuple[list[dict[str, Any]], list[str]]:
    """Write one form after the other; return what each came to, and what is said of those that got no row."""
    reports, barren = [], []
    for form, place in places:
        with Count(f"export to {form.name}") as count:
            job = Export(found, form, place, options, count, _say_fault)
            try:
                report = job.carry_out()
            except SeedbedError as error:
                if error.exit_status != FAILED:
                    raise
                barren.append(str(error))  # the other forms are none the worse
                say_error(str(error))
                continue
        for line in job.tally.say():
            say(f"{form.name}: {line}")
        reports.append(report)
        if tells:
            show(format_report(report))
    return reports, barren


def find_forms(text: str) -> list[Form]:
    """Return the forms that are named. Raises `ConfigError` for one that is not known."""
    names = list(dict.fromkeys(name.strip().replace("-", "_") for name in text.split(",") if name.strip()))
    unknown = [name for name in names if name not in catalog.EXPORTERS]
    if unknown or not names:
        said = f"--to {unknown[0]}: no such form" if unknown else "--to names no form"
        raise ConfigError(f"{said}. Those there are: {', '.join(catalog.EXPORTERS)}.")
    return [catalog.load(catalog.EXPORTERS[name]) for name in names]


def find_places(
    source: Source, forms: Sequence[Form], output: str | None, options: Options
) -> list[tuple[Form, Place]]:  # fmt: skip
    """Return where each form goes: the file or folder that was named, below it where there are several forms."""
    if output is None:
        name = Path(source.name).resolve()
        return [
            (form, Place(Path(DEFAULT_FOLDER) / (name.stem if name.is_file() else name.name) / form.name))
            for form in forms
        ]
    path = Path(output)
    if path.suffix.lower() in ENDINGS and not path.is_dir():
        return [(form, _find_file(path, form, forms, options)) for form in forms]
    if path.is_file():
        raise ConfigError(f"-o {output}: this is a file. Name a folder, or a file that ends in {', '.join(ENDINGS)}.")
    return [(form, Place(path / form.name if len(forms) > 1 else path)) for form in forms]


def _find_file(path: Path, form: Form, forms: Sequence[Form], options: Options) -> Place:
    if len(forms) > 1 or options.shares or options.shards > 1 or form.needs_folder:
        raise ConfigError(f"-o {path}: this makes more than one file. Name a folder.")
    endings = (form.ending, *form.also)
    if path.suffix.lower() not in endings:
        raise ConfigError(f"-o {path}: the form {form.name} is written to files that end in {' or '.join(endings)}.")
    return Place(path.parent, path.name)


def _say_fault(path: Path, fault: Fault) -> None:
    say(f"warning: {format_fault(path, fault)}")


def format_report(report: Mapping[str, Any]) -> str:
    """Return a report as lines for a person."""
    files = report["files"]
    where = files[0]["path"] if len(files) == 1 else f"{len(files)} files in {report['folder']}"
    splits = (
        ", ".join(f"{name} {rows:,}" for name, rows in report["splits"].items()) if len(report["splits"]) > 1 else ""
    )
    beside = f", beside them {', '.join(Path(name).name for name in report['beside'])}" if report["beside"] else ""
    rows = f"{report['rows']:,} row{'' if report['rows'] == 1 else 's'}"
    return f"{report['form']}: {rows}{splits and f' ({splits})'} → {where}{beside}; manifest: {report['manifest']}"

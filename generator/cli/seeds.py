"""`seeds check`: reads seed files and reports, per file, what they hold and every fault by line."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from generator import catalog
from generator.cli.console import show, show_json
from generator.cli.options import Json
from generator.preparation import find_seed_paths
from generator.seed_files.faults import format_fault
from generator.seed_files.read import FileReport, check_seed_file, find_seed_files

FAULTY = 2  # the exit status for bad input

app = typer.Typer(no_args_is_help=True, help="Look after seed files.", rich_markup_mode=None)


@app.callback()
def group() -> None:
    """Look after seed files."""


@app.command("check")
def check(
    paths: Annotated[
        list[str] | None, typer.Argument(help="Seed files or folders. Default: ./seeds, else those that ship.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Report per file: format, count, languages, and every fault by line. Exit status 2 where there is a fault."""
    identify = catalog.load_language_identifier()
    given = paths or find_seed_paths([])
    reports = [check_seed_file(path, identify) for path in find_seed_files(given)]
    if as_json:
        show_json({"files": [describe_report(report) for report in reports]})
    else:
        for report in reports:
            show("\n".join(format_report(report)))
    if any(report.fault_count for report in reports):
        raise typer.Exit(FAULTY)


def describe_report(report: FileReport) -> dict[str, Any]:
    """Return a report, JSON-able."""
    return {
        "path": str(report.path), "container": report.container, "shape": report.shape, "count": report.count,
        "languages": dict(report.languages), "fault_count": report.fault_count, "warning_count": report.warning_count,
        "faults": [{"line": fault.line, "message": fault.message} for fault in report.faults],
        "warnings": [{"line": fault.line, "message": fault.message} for fault in report.warnings],
    }  # fmt: skip


def format_report(report: FileReport) -> list[str]:
    """Return a report as lines for a person."""
    languages = ", ".join(f"{name or '?'} {count}" for name, count in sorted(report.languages.items()))
    kind = " ".join(filter(None, (report.shape, report.container))) or "not readable"
    lines = [f"{report.path}: {report.count} tasks ({kind}; {languages or 'no language'})"]
    for label, faults, count in (
        ("fault", report.faults, report.fault_count), ("warning", report.warnings, report.warning_count),
    ):  # fmt: skip
        lines += [f"  {label}: {format_fault(report.path, fault)}" for fault in faults]
        if count > len(faults) and label == "fault":
            lines.append(f"  … and {count - len(faults)} more faults")
    return lines

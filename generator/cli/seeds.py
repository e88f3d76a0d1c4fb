"""`seeds check`: reads seed files and reports, per file, what they hold and every fault by line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from generator import catalog
from generator.cli.console import show, show_json
from generator.cli.options import Json
from generator.preparation import find_seed_paths, shorten_path
from generator.seed_files.faults import format_fault
from generator.seed_files.read import FileReport, check_seed_file, find_seed_files

FAULTY = 2  # the exit status for bad input

app = typer.Typer(no_args_is_help=True, help="Look after seed files.", rich_markup_mode=None)


@app.callback()
def group() -> None:
    """Look after seed files."""


@app.command("check", short_help="Report what seed files hold, and every fault by line.")
def check(
    paths: Annotated[
        list[str] | None,
        typer.Argument(help="Seed files or folders. Default: ./seeds, else those that ship.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Report of each file: number of tasks, format, shape, languages, and every fault by line.

    The exit status is 2 where there is a fault.
    """
    identify = catalog.load_language_identifier()
    given = paths or [str(shorten_path(path)) for path in find_seed_paths([])]
    reports = [check_seed_file(path, identify) for path in find_seed_files(given)]
    if as_json:
        show_json({"files": [describe_report(report) for report in reports]})
    else:
        lines = [line for report in reports for line in format_report(report)]
        show("\n".join([*lines, format_total(reports)]))
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
    languages = " ".join(f"{name or '?'} {count}" for name, count in sorted(report.languages.items()))
    kind = ", ".join(filter(None, (report.container, report.shape and f"shape {report.shape}", languages)))
    lines = [f"{report.path}: {count_of(report.count, 'task')}{kind and f' ({kind})'}"]
    lines += [f"  fault: {format_fault(report.path, fault)}" for fault in report.faults]
    if report.fault_count > len(report.faults):
        lines.append(f"  … and {count_of(report.fault_count - len(report.faults), 'more fault')}")
    lines += [f"  warning: {format_fault(report.path, warning)}" for warning in report.warnings]
    return lines


def format_total(reports: Sequence[FileReport]) -> str:
    """Return the sum of all reports in one line."""
    tasks, faults = sum(report.count for report in reports), sum(report.fault_count for report in reports)
    return f"{count_of(len(reports), 'file')}, {count_of(tasks, 'task')}, {count_of(faults, 'fault')}"


def count_of(count: int, what: str) -> str:
    """Return `1 task`, `2 tasks`."""
    return f"{count} {what}{'' if count == 1 else 's'}"

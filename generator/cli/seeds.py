"""`seeds check`: reads seed files and reports, per file, what they hold and every fault by line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from generator import catalog
from generator.cli import seeds_merge
from generator.cli.commands import say_when_interrupted
from generator.cli.console import FAULTY, show, show_json
from generator.cli.count import Count
from generator.cli.options import Json
from generator.places import shorten_path
from generator.seed_files.faults import MAX_SHOWN, format_fault, name_path
from generator.seed_files.folder import Folder, Folders, read_map
from generator.seed_files.read import FileReport, check_seed_file, find_seed_files, name_place
from generator.seed_files.scan import Found, Reading
from generator.seed_files.shares import Share, ShareCounter
from generator.seed_lint.findings import MAX_COMPARED, NO_LANGUAGE, Lint
from generator.seed_lint.repair import Repair, repair_file
from generator.seeding import find_seed_paths

app = typer.Typer(no_args_is_help=True, help="Look after seed files.", rich_markup_mode=None)


@app.callback()
def group() -> None:
    """Look after seed files."""


@app.command("check", short_help="Report what seed files hold, and every fault by line.")
@say_when_interrupted
def check(
    paths: Annotated[
        list[str] | None,
        typer.Argument(help="Seed files or folders. Default: ./seeds, else those that ship.", show_default=False),
    ] = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Mend what is safe to mend; the old file stays as FILE.orig.")
    ] = False,
    names: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="THEIRS=OURS", help="Rename a field, like question=instruction."),
    ] = None,
    all_paths: Annotated[bool, typer.Option("--all-paths", help="Of a tree of messages, read every path.")] = False,
    as_json: Json = False,
) -> None:
    """Report of each file: number of tasks, format, shape, languages, and every fault by line.

    Then what is odd about the tasks: near duplicates, conflicts, personal data, missing languages, and each folder's
    share. The exit status is 2 where there is a fault.
    """
    given = paths or [str(shorten_path(path)) for path in find_seed_paths([])]
    files = find_seed_files(given)
    repairs = [repair_file(path) for path in files] if fix else []
    lint = Lint(catalog.make_twin_filter, catalog.load_pii_finder())
    reports, shares = _look_at(files, Folders(given, read_map(names or [])), lint, all_paths=all_paths)
    if as_json:
        show_json(describe(reports, lint, shares, repairs))
    else:
        lines = [line for repair in repairs for line in format_repair(repair)]
        lines += [line for report in reports for line in format_report(report)]
        show("\n".join([*lines, *format_lint(lint), *format_shares(shares), format_total(reports)]))
    if any(report.fault_count for report in reports):
        raise typer.Exit(FAULTY)


app.command("merge", short_help="Merge sets into one file, with duplicates out and conflicts told.")(
    say_when_interrupted(seeds_merge.merge)
)


def _look_at(
    files: Sequence[Path], folders: Folders, lint: Lint, *, all_paths: bool
) -> tuple[list[FileReport], list[Share]]:
    """Return the reports of the files and the shares of their folders; `lint` has then seen every task."""
    identify = catalog.load_language_identifier()
    shares = ShareCounter()
    reports = []
    with Count("checked") as count:
        for path in files:
            folder = folders.find(path)

            def see(found: Found, folder: Folder = folder) -> None:
                count()
                lint.look(found.task, name_place(found), declared=bool(found.task.language))
                shares.count(folder)

            reading = Reading(all_paths=all_paths, folder=folder)
            reports.append(check_seed_file(path, identify, reading=reading, seen=see))
    return reports, shares.list_shares()


def describe(
    reports: Sequence[FileReport], lint: Lint, shares: Sequence[Share], repairs: Sequence[Repair]
) -> dict[str, Any]:
    """Return everything that was found, JSON-able."""
    return {
        "files": [describe_report(report) for report in reports],
        "findings": [
            {"place": one.place, "kind": one.kind, "field": one.field, "message": one.message, "advice": one.advice}
            for one in lint.findings
        ],
        "finding_counts": dict(lint.counts),
        "shares": [describe_share(share, shares) for share in shares],
        "repairs": [
            {"path": str(one.path), "mended": one.rules, "original": str(one.original) if one.original else None,
             "reason": one.reason}
            for one in repairs
        ],
    }  # fmt: skip


def describe_report(report: FileReport) -> dict[str, Any]:
    """Return a report, JSON-able."""
    return {
        "path": str(report.path), "container": report.container, "shape": report.shape, "count": report.count,
        "languages": dict(report.languages), "fault_count": report.fault_count, "warning_count": report.warning_count,
        "faults": [{"line": fault.line, "message": fault.message} for fault in report.faults],
        "warnings": [{"line": fault.line, "message": fault.message} for fault in report.warnings],
    }  # fmt: skip


def describe_share(share: Share, shares: Sequence[Share]) -> dict[str, Any]:
    """Return a folder's share, JSON-able: its part of all tasks used, and what an equal part would be."""
    used = sum(other.used for other in shares)
    return {
        "folder": share.name or ".", "count": share.count, "quota": share.quota, "used": share.used,
        "share": round(share.used / used, 4) if used else 0.0, "fair_share": round(1 / len(shares), 4),
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


def format_lint(lint: Lint) -> list[str]:
    """Return the findings as lines for a person, kind by kind, and how many there were of each."""
    lines: list[str] = []
    for kind, count in lint.counts.items():
        shown = [finding for finding in lint.findings if finding.kind == kind]
        shown = shown[: 1 if kind == NO_LANGUAGE else MAX_SHOWN]  # --json has all the places
        lines += [f"note: {finding.format()}" for finding in shown]
        if count > len(shown):
            lines.append(f"note: … and {count - len(shown)} more of the kind {kind}")
    if lint.tasks > lint.compared:
        lines.append(f"note: near duplicates were looked for among the first {MAX_COMPARED:,} tasks only")
    return lines


def format_shares(shares: Sequence[Share]) -> list[str]:
    """Return the shares of folders as lines for a person; nothing where no folder says anything of itself."""
    if not any(share.name for share in shares):
        return []
    lines = []
    for share in shares:
        row = describe_share(share, shares)
        name = str(shorten_path(share.name)) if share.name else "files without seeds.toml"
        quota = f", quota {share.quota}" if share.quota is not None else ""
        part = f"{100 * row['share']:.0f}% of all, fair would be {100 * row['fair_share']:.0f}%"
        lines.append(f"{name}: {count_of(share.count, 'task')}{quota}, {share.used} used ({part})")
    return lines


def format_repair(repair: Repair) -> list[str]:
    """Return what was mended in a file as a line for a person; nothing where there was nothing to mend."""
    name = name_path(repair.path)
    if repair.reason:
        return [f"{name}: not mended: {repair.reason}"]
    if repair.original is None:
        return []
    done = ", ".join(f"{rule} {count}" for rule, count in repair.rules.items()) or "line ends"
    return [f"{name}: mended: {done}; the old file is {name_path(repair.original)}"]


def format_total(reports: Sequence[FileReport]) -> str:
    """Return the sum of all reports in one line."""
    tasks, faults = sum(report.count for report in reports), sum(report.fault_count for report in reports)
    return f"{count_of(len(reports), 'file')}, {count_of(tasks, 'task')}, {count_of(faults, 'fault')}"


def count_of(count: int, what: str) -> str:
    """Return `1 task`, `2 tasks`."""
    return f"{count} {what}{'' if count == 1 else 's'}"

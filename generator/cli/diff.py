"""`diff`: two versions of a data set against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer

from generator.cli.console import show, show_json
from generator.cli.count import Count
from generator.cli.options import Json
from generator.compare import compare
from generator.config import DEFAULT_RUNS_DIR
from generator.sources import find_source, read_examples

SHOWN = 10  # ids of each kind shown to a person; --json has all


class Match(StrEnum):
    """What records are matched by."""

    id = "id"
    task = "task"


def diff(
    old: Annotated[
        str, typer.Argument(metavar="RUN_A", help="The earlier version: a run, a file, or a folder of files.")
    ],
    new: Annotated[str, typer.Argument(metavar="RUN_B", help="The later version.")],
    by: Annotated[
        Match, typer.Option(help="What records are matched by: their id, or the task (instruction and input).")
    ] = Match.id,
    runs_dir: Annotated[str | None, typer.Option(help="Where runs lie. Default: runs.", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """Show what was added, removed and changed between two versions, and how the scores moved."""
    sources = [find_source(text, runs_dir or DEFAULT_RUNS_DIR) for text in (old, new)]
    with Count("diff") as count:
        found = compare(read_examples(sources[0]), read_examples(sources[1]), by.value, count)
    if as_json:
        show_json({"old": old, "new": new, "by": by.value, **found, "exit_status": 0})
    else:
        show("\n".join(format_difference(found)))


def format_difference(found: Mapping[str, Any]) -> list[str]:
    """Return a difference as lines for a person."""
    records = found["records"]
    lines = [
        f"{records['old']:,} records → {records['new']:,}; {records['common']:,} in both, {found['unchanged']:,} unchanged"
    ]
    for kind, mark in (("added", "+"), ("removed", "-")):
        lines.append(f"{kind}: {len(found[kind]):,}")
        lines += _list(mark, found[kind])
    changed = [f"{key} ({', '.join(fields)})" for key, fields in found["changed"].items()]
    lines += [f"changed: {len(changed):,}", *_list("~", changed)]
    for side, count in found["repeated"].items():
        if count:
            lines.append(f"repeated in the {side} version: {count:,} (the first counts)")
    for name, score in found["scores"].items():
        lines.append(f"{name}: mean {_number(score['old']['mean'])} → {_number(score['new']['mean'])}, {_shift(score)}")
    return lines


def _list(mark: str, items: Sequence[str]) -> list[str]:
    more = [f"  … and {len(items) - SHOWN:,} more (--json lists all)"] if len(items) > SHOWN else []
    return [f"  {mark} {item}" for item in items[:SHOWN]] + more


def _shift(score: Mapping[str, Any]) -> str:
    shift = score["shift"]
    if not shift["count"]:
        return "no record scored in both"
    spread = ", ".join(f"{name} {_number(shift[name], '+')}" for name in ("p10", "p50", "p90"))
    return (
        f"of {shift['count']:,} scored in both {shift['up']:,} up, {shift['down']:,} down, "
        f"shift {_number(shift['mean'], '+')} ({spread})"
    )


def _number(value: float | None, sign: str = "") -> str:
    return "none" if value is None else f"{value:{sign}.3g}"

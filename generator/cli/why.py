"""`why`: the whole descent and every verdict of one record, accepted or not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from generator.cli.console import show, show_json
from generator.cli.options import Json
from generator.config import DEFAULT_RUNS_DIR
from generator.errors import ConfigError
from generator.journal import Journal
from generator.run_folder import RunFolder

SHOWN = 400  # characters of a text shown to a person; --json has all


def why(
    run: Annotated[str, typer.Argument(help="A run's name or folder.")],
    record: Annotated[str, typer.Argument(metavar="ID", help="A record's id, or its beginning.")],
    runs_dir: Annotated[str, typer.Option(help="Where runs lie.")] = DEFAULT_RUNS_DIR,
    as_json: Json = False,
) -> None:
    """Show how one record came to be and why it was accepted or not: its descent, its verdicts, its calls."""
    folder = find_run(run, runs_dir)
    rows = read_rows(folder)
    steps = trace(rows, find_row(rows, record, folder))
    journal = Journal(folder.journal) if folder.journal.is_file() else None
    for step in steps:
        calls = journal.read_about(step["id"]) if journal else []
        step["calls"] = [
            {"template": template, "draw": draw, "model": answer.model, "completion": answer.text}
            for template, draw, answer in calls
        ]
    if as_json:
        show_json({"run": folder.name, "descent": steps})
    else:
        show("\n".join(line for depth, step in enumerate(steps) for line in format_step(step, depth)))


def find_run(run: str, runs_dir: str) -> RunFolder:
    """Return the folder of a run given by name or path. Raises `ConfigError`."""
    path = Path(run)
    folder = RunFolder(str(path.parent), path.name) if path.is_dir() else RunFolder(runs_dir, run)
    if not folder.config.is_file():
        raise ConfigError(f"No run `{run}` in {runs_dir}. `seedbed runs` lists those there are.")
    return folder


def read_rows(folder: RunFolder) -> dict[str, dict[str, Any]]:
    """Return all rows of a run by id: seeds, accepted, not accepted."""
    rows: dict[str, dict[str, Any]] = {}
    for path, status in ((folder.seeds, "seed"), (folder.dataset, "accepted"), (folder.rejects, "")):
        if path.is_file():
            with path.open(encoding="utf-8") as lines:
                for line in lines:
                    row = json.loads(line) if line.endswith("\n") else {}
                    rows[row.get("id", "")] = {"status": status} | row
    rows.pop("", None)
    return rows


def find_row(rows: dict[str, dict[str, Any]], record: str, folder: RunFolder) -> dict[str, Any]:
    """Return the row with that id, or the only one whose id begins so. Raises `ConfigError`."""
    found = [record] if record in rows else [key for key in rows if key.startswith(record)]
    if len(found) != 1:
        how_many = "No record" if not found else f"{len(found)} records"
        raise ConfigError(f"{how_many} of the run `{folder.name}` with an id that begins with `{record}`.")
    return rows[found[0]]


def trace(rows: dict[str, dict[str, Any]], row: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the record and its ancestors, the nearest first, each once."""
    steps, waiting, seen = [], [row["id"]], set()
    while waiting:
        key = waiting.pop(0)
        if key in seen or key not in rows:
            continue
        seen.add(key)
        steps.append(dict(rows[key]))
        waiting += rows[key].get("lineage", {}).get("parents", [])
    return steps


def format_step(step: dict[str, Any], depth: int) -> list[str]:
    """Return one record of a descent as lines for a person."""
    lineage = step.get("lineage", {})
    made = f"by {lineage.get('operator')} in round {lineage.get('round')}" if lineage.get("operator") else "given"
    ended = step["status"] + (f" at {step['stage']}: {step['reason']}" if step.get("stage") else "")
    lines = [f"{'' if depth == 0 else 'from '}{step['id']}: {ended}; {made} ({lineage.get('model') or 'no model'})"]
    for name in ("instruction", "input", "response"):
        if step.get(name):
            lines.append(f"    {name}: {_shorten(step[name])}")
    details = {"scores": step.get("scores"), "evidence": step.get("evidence"), "prompts": lineage.get("prompts")}
    lines += [
        f"    {name}: {_shorten(json.dumps(value, ensure_ascii=False))}" for name, value in details.items() if value
    ]
    lines += [f"    check: {check['kind']} {check['params']} → {check['verdict']}" for check in step.get("checks", [])]
    lines += [
        f"    call: {call['template']} draw {call['draw']}: {_shorten(call['completion'])}" for call in step["calls"]
    ]
    return lines


def _shorten(text: str) -> str:
    folded = " ".join(text.split())
    return folded if len(folded) <= SHOWN else folded[:SHOWN] + " …"

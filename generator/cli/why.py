"""`why`: the whole descent and every verdict of one record, accepted or not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from generator.cli.console import show, show_json
from generator.cli.options import Json
from generator.config import DEFAULT_RUNS_DIR
from generator.errors import ConfigError
from generator.journal import Journal
from generator.run_folder import RunFolder, is_run_name

SHOWN = 400  # characters of a text shown to a person; --json has all
LISTED = 8  # ids listed where a beginning fits several
Row = dict[str, Any]


def why(
    run: Annotated[str, typer.Argument(help="A run's name or folder; `seedbed runs` lists them.")],
    record: Annotated[str, typer.Argument(metavar="ID", help="A record's id, or the beginning of one.")],
    runs_dir: Annotated[str, typer.Option(help="Where runs lie.")] = DEFAULT_RUNS_DIR,
    as_json: Json = False,
) -> None:
    """Show how one record came to be and why it was accepted or not: its descent, its verdicts, its calls."""
    folder = find_run(run, runs_dir)
    rows = read_rows(folder)
    steps = trace(rows, find_row(rows, record, folder))
    calls = read_calls(folder, [step["id"] for step in steps])
    steps = [step | {"calls": calls[step["id"]]} for step in steps]
    if as_json:
        show_json({"run": folder.name, "descent": steps})
    else:
        show("\n".join(line for depth, step in enumerate(steps) for line in format_step(step, depth)))


def find_run(run: str, runs_dir: str) -> RunFolder:
    """Return the folder of a run given by name or path. Raises `ConfigError`."""
    path = Path(run).absolute()
    places = [(runs_dir, run), (str(path.parent), path.name)]
    for folder in (RunFolder(where, name) for where, name in places if is_run_name(name)):
        if folder.config.is_file():
            return folder
    raise ConfigError(f"there is no run `{run}` in {runs_dir}. `seedbed runs` lists those there are.")


def read_rows(folder: RunFolder) -> dict[str, Row]:
    """Return all rows of a run by id: seeds, accepted, not accepted. Raises `ConfigError` for a damaged line."""
    rows: dict[str, Row] = {}
    for path, status in (
        (folder.seeds, "seed"),
        (folder.dataset, "accepted"),
        (folder.rejects, ""),
        (folder.review, ""),
    ):
        if not path.is_file():
            continue
        with path.open(encoding="utf-8", errors="surrogatepass") as lines:
            for number, line in enumerate(lines, 1):
                if line.endswith("\n"):
                    row = _read_row(line, f"{path}:{number}")
                    rows[row["id"]] = {"status": status} | row
    return rows


def _read_row(line: str, place: str) -> Row:
    try:
        row = json.loads(line)
    except ValueError:
        row = None
    if not isinstance(row, dict) or not isinstance(row.get("id"), str):
        raise ConfigError(f"{place}: damaged, not a record of Seedbed.")
    return row


def read_calls(folder: RunFolder, ids: list[str]) -> Mapping[str, list[Row]]:
    """Return what was asked and answered about each of the records."""
    if not folder.journal.is_file():
        return {key: [] for key in ids}
    journal = Journal(folder.journal)
    try:
        return {
            key: [
                {"template": template, "draw": draw, "model": answer.model, "completion": answer.text}
                for template, draw, answer in journal.read_about(key)
            ]
            for key in ids
        }
    finally:
        asyncio.run(journal.close())


def find_row(rows: Mapping[str, Row], record: str, folder: RunFolder) -> Row:
    """Return the row with that id, or the only one whose id begins so. Raises `ConfigError`."""
    found = [record] if record in rows else [key for key in rows if key.startswith(record)]
    if not found:
        raise ConfigError(
            f"the run `{folder.name}` has no record whose id begins with `{record}`. "
            f"The ids are in {folder.dataset.name} and {folder.rejects.name}."
        )
    if len(found) > 1:
        listed = ", ".join(found[:LISTED]) + (", …" if len(found) > LISTED else "")
        raise ConfigError(
            f"{len(found)} records of the run `{folder.name}` have an id that begins with `{record}`: {listed}."
        )
    return rows[found[0]]


def trace(rows: Mapping[str, Row], row: Row) -> list[Row]:
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


def format_step(step: Row, depth: int) -> list[str]:
    """Return one record of a descent as lines for a person."""
    lineage = step.get("lineage", {})
    made = f"by {lineage['operator']} in round {lineage.get('round')}" if lineage.get("operator") else "given"
    model = f" ({lineage['model']})" if lineage.get("model") else ""
    ended = step["status"] + (f" at {step['stage']}: {step['reason']}" if step.get("stage") else "")
    texts = [(name, step.get(name)) for name in ("instruction", "input", "response")]
    texts += [(name, _dump(step.get(name))) for name in ("scores", "evidence")]
    texts += [("prompts", _dump(lineage.get("prompts")))]
    texts += [("check", f"{check['kind']} {check['params']} → {check['verdict']}") for check in step.get("checks", [])]
    texts += [
        (f"call {call['template']}" + (f" (draw {call['draw']})" if call["draw"] else ""), call["completion"])
        for call in step["calls"]
    ]
    head = f"{'from ' if depth else ''}{step['id']}: {ended}; {made}{model}"
    return [head, *(f"    {name}: {_shorten(text)}" for name, text in texts if text)]


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if value else ""


def _shorten(text: str) -> str:
    folded = " ".join(text.split())
    return folded if len(folded) <= SHOWN else folded[:SHOWN] + " …"

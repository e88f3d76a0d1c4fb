"""`runs`: the runs here, with state and yield."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from generator.cli.console import count_columns, say, show, show_json
from generator.cli.options import Json
from generator.config import DEFAULT_RUNS_DIR
from generator.errors import ConfigError
from generator.run_folder import RunFolder, list_runs


def runs(
    runs_dir: Annotated[str | None, typer.Option(help="Where runs lie. Default: runs.", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """List the runs here: name, state, accepted of all candidates, calls of the last invocation."""
    if runs_dir is not None and not Path(runs_dir).is_dir():
        raise ConfigError(f"--runs-dir {runs_dir}: there is no such folder.")
    found = [describe_run(folder) for folder in list_runs(runs_dir or DEFAULT_RUNS_DIR)]
    if as_json:
        show_json({"runs": found})
        return
    if not found:
        say(f"No runs in {runs_dir or DEFAULT_RUNS_DIR}. `seedbed evolve` makes one.")
    width = max((count_columns(run["run"]) for run in found), default=0)
    for run in found:
        share = f"{run['accepted']} of {run['candidates']} accepted" if run["candidates"] else "nothing yet"
        name = run["run"] + " " * (width - count_columns(run["run"]))
        show(f"{name}  {run['state']:<11}  {share:<24}  {run['calls']} calls last time")


def describe_run(folder: RunFolder) -> dict[str, Any]:
    """Return a run's state and yield, JSON-able. A run that says `running` and that no process holds was killed."""
    funnel = folder.read_funnel()
    state = funnel.get("state", "unknown")
    if state == "running" and not folder.is_locked():
        state = "killed"
    counts, calls = funnel.get("candidates") or {}, funnel.get("calls") or {}
    return {
        "run": folder.name, "state": state, "accepted": counts.get("accepted", 0),
        "candidates": counts.get("total", 0), "calls": calls.get("answered", 0),
    }  # fmt: skip

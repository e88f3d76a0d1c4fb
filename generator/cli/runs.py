"""`runs`: the runs here, with state and yield."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from generator.cli.console import say, show, show_json
from generator.cli.options import Json
from generator.config import DEFAULT_RUNS_DIR
from generator.run_folder import RunFolder


def runs(
    runs_dir: Annotated[str, typer.Option(help="Where runs lie.")] = DEFAULT_RUNS_DIR, as_json: Json = False
) -> None:
    """List the runs here: state, accepted of all candidates, calls."""
    found = [describe_run(folder) for folder in list_runs(runs_dir)]
    if as_json:
        show_json({"runs": found})
    elif not found:
        say(f"No runs in {runs_dir}. `evolve` makes one.")
    for run in [] if as_json else found:
        share = f"{run['accepted']} of {run['candidates']}" if run["candidates"] else "nothing yet"
        show(f"{run['run']:<32} {run['state']:<12} {share:>18} accepted   {run['calls']} calls last time")


def list_runs(runs_dir: str) -> list[RunFolder]:
    """Return the runs in a folder, by name."""
    folder = Path(runs_dir)
    if not folder.is_dir():
        return []
    return [RunFolder(runs_dir, path.name) for path in sorted(folder.iterdir()) if (path / "config.toml").is_file()]


def describe_run(folder: RunFolder) -> dict[str, Any]:
    """Return a run's state and yield, JSON-able. A run that says `running` and that no process holds was killed."""
    funnel = folder.read_funnel()
    state = funnel.get("state", "unknown")
    if state == "running" and not folder.is_locked():
        state = "killed"
    counts = funnel.get("candidates", {})
    return {
        "run": folder.name, "state": state, "accepted": counts.get("accepted", 0),
        "candidates": counts.get("total", 0), "calls": funnel.get("calls", {}).get("answered", 0),
    }  # fmt: skip

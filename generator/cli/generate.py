"""What `evolve` and `self-instruct` share: from settings to a finished run and its funnel on the screen."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import typer

from generator.cli.console import say, say_error, show, show_json
from generator.cli.options import load_config
from generator.cli.progress import show_progress
from generator.preparation import choose_backends, choose_models, choose_places, prepare, shorten_path
from generator.run import Ending, Run
from generator.run_folder import RunFolder
from generator.types import Outcome


def generate(config_path: str | None, flags: Mapping[str, Any], *, as_json: bool, verbose: bool) -> None:
    """Carry out a generating command; ends the process with the run's exit status."""
    config, source = load_config(config_path, flags)
    config, reason = choose_backends(choose_places(config))
    say(reason)
    prepared = prepare(config, source, lambda warning: say(f"warning: {warning}"))
    config = asyncio.run(choose_models(config))
    folder = RunFolder(str(shorten_path(config.runs_dir)), config.run or config.derive_name())
    say(f"run: {folder.path} ({len(prepared.seeds)} seed tasks, model {config.backend.model})")
    prepared = replace(prepared, config=config.model_copy(update={"run": folder.name}))
    run = Run(prepared, folder, _say_outcome if verbose else lambda _: None)
    ending = asyncio.run(_carry_out(run))
    _report(run, folder, ending, as_json=as_json)
    raise typer.Exit(ending.exit_status)


async def _carry_out(run: Run) -> Ending:
    progress = asyncio.create_task(show_progress(run))
    try:
        return await run.carry_out()
    finally:
        progress.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await progress


def _say_outcome(outcome: Outcome) -> None:
    candidate = outcome.candidate
    how = outcome.status if outcome.status == "accepted" else f"{outcome.status} at {outcome.stage}: {outcome.reason}"
    say(f"{candidate.id} {candidate.lineage.operator} round {candidate.lineage.round}: {how}")


def _report(run: Run, folder: RunFolder, ending: Ending, *, as_json: bool) -> None:
    if ending.reason:
        (say_error if ending.exit_status in (1, 2) else say)(ending.reason)
    if as_json:
        show_json({"folder": str(folder.path), **folder.read_funnel(), "exit_status": ending.exit_status})
    elif ending.exit_status != 2:  # noqa: PLR2004 - bad input: there is no funnel
        show("\n".join(describe_funnel(run, folder, ending)))


def describe_funnel(run: Run, folder: RunFolder, ending: Ending) -> list[str]:
    """Return the funnel as lines for a person."""
    counts, meter = run.funnel.describe(), run.meter
    lines = [f"{ending.state}: {counts['accepted']} accepted of {counts['total']} candidates → {folder.dataset}"]
    for stage, row in counts["by_stage"].items():
        lost = [f"{reason} {count}" for kind in ("rejected", "failed") for reason, count in row[kind].items()]
        if lost:
            lines.append(f"  {stage:<10} {row['entered']:>7} → {row['passed']:<7} {', '.join(lost)}")
    for name, row in counts["by_operator"].items():
        lines.append(f"  {name:<20} {row['accepted']:>6} of {row['candidates']}")
    lines.append(
        f"  calls: {meter.answered} answered, {meter.failed} failed, {meter.cached} from the journal, "
        f"{meter.in_vain} in vain; cost unknown"
    )
    if counts["total"] > counts["accepted"]:
        lines.append(f"  what was not accepted, and why: {folder.rejects}; one record: seedbed why {folder.name} ID")
    return lines

"""From flags to a finished run: what every command does that makes one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer

from generator import catalog
from generator.cli.batch import export
from generator.cli.console import say, show, show_json
from generator.cli.ending import report_ending, say_outcome
from generator.cli.flags import load_config
from generator.cli.indexing import index_sources
from generator.cli.options import Given
from generator.cli.progress import show_progress
from generator.client.prices import load_prices
from generator.forecast import describe_forecast, forecast, learn
from generator.places import shorten_path
from generator.preparation.backends import choose_backends, choose_models
from generator.preparation.prepared import Prepared
from generator.preparation.recipes import choose_places, describe, prepare
from generator.run import Ending, Run
from generator.run_folder import RunFolder, list_runs
from generator.seats import find_self_judges


def launch(flags: Mapping[str, Any], given: Given) -> None:
    """Carry out a command that makes a run, or forecast it; ends the process with the run's exit status."""
    as_json = given["as_json"]
    prepared = get_ready(flags, given)
    if given.get("dry_run"):
        _forecast(prepared, as_json=as_json)
        return
    prepared, folder = settle(prepared)
    if given.get("batch") is not None:
        raise typer.Exit(export(prepared, folder, given["batch"], as_json=as_json).exit_status)
    run = Run(prepared, folder, say_outcome if given.get("verbose") else lambda _: None, announce=say)
    ending = carry_out(run)
    report_ending(run, folder, ending, as_json=as_json)
    raise typer.Exit(ending.exit_status)


def get_ready(flags: Mapping[str, Any], given: Given) -> Prepared:
    """Return what the run starts from, everything checked that can be without asking anybody."""
    config, source = load_config(given["config"], flags)
    config, reason = choose_backends(choose_places(config))
    say(reason)
    files = {"policy": given["policy"]} if given.get("policy") else {}
    return prepare(config, replace(source, files=files), say)


def settle(prepared: Prepared) -> tuple[Prepared, RunFolder]:
    """Find the models and the run's folder, and say what is about to happen."""
    config = asyncio.run(choose_models(prepared.config))
    folder = RunFolder(str(shorten_path(config.runs_dir)), config.run or config.derive_name())
    prepared = replace(prepared, config=config.model_copy(update={"run": folder.name}))
    say(f"run: {folder.path} ({describe(prepared)})")
    _warn_self_preference(prepared)
    if prepared.seeds:
        say(f"novelty: {catalog.describe_recall(config.novelty)}")
    index_sources(config)
    return prepared, folder


def _warn_self_preference(prepared: Prepared) -> None:
    """Say once where a model judges what it wrote: models favour their own prose (arXiv:2404.13076)."""
    if models := find_self_judges(prepared.config, prepared.authors):
        named = ", ".join(models)
        say(f"warning: {named} judges what it wrote itself, and models favour their own prose. Choose --critic-model.")


def carry_out(run: Run) -> Ending:
    """Carry out a run to its end, its progress shown."""
    return asyncio.run(_carry_out(run))


async def _carry_out(run: Run) -> Ending:
    progress = asyncio.create_task(show_progress(run))
    try:
        return await run.carry_out()
    finally:
        progress.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await progress


def _forecast(prepared: Prepared, *, as_json: bool) -> None:
    """Say what the run would probably take. Asks no model, makes no folder."""
    config = prepared.config
    if config.backend.base_url is None:  # then the model is known without asking a server
        config = asyncio.run(choose_models(config))
    experience = learn(list_runs(config.runs_dir), config.recipe, config.backend.kind)
    prices = load_prices(Path(config.prices) if config.prices else None)
    row = forecast(replace(prepared, config=config), experience, prices)
    if as_json:
        show_json({"forecast": row})
    else:
        show("\n".join(describe_forecast(row)))

"""What `evolve` and `self-instruct` share: from settings to a finished run and its funnel on the screen."""

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
from generator.cli.console import say, say_error, show, show_json
from generator.cli.indexing import index_sources
from generator.cli.options import load_config
from generator.cli.progress import show_progress
from generator.client.prices import load_prices
from generator.errors import ConfigError
from generator.forecast import forecast, learn
from generator.judging.preparation import warn_self_preference
from generator.judging.seats import find_self_judges
from generator.preparation import choose_backends, choose_models, choose_places, prepare, shorten_path
from generator.run import Ending, Run
from generator.run_folder import RunFolder, list_runs
from generator.types import Outcome

FAILED, BAD_INPUT = 1, 2  # exit statuses, as `docs` and the error tree have them


def generate(
    config_path: str | None, flags: Mapping[str, Any], *, as_json: bool, verbose: bool, dry_run: bool,
    batch: str | None = None,
) -> None:  # fmt: skip
    """Carry out a generating command; ends the process with the run's exit status."""
    try:
        if dry_run:
            _forecast(config_path, flags, as_json=as_json)
            return
        ending = _generate(config_path, flags, as_json=as_json, verbose=verbose, batch=batch)
    except KeyboardInterrupt as error:  # before the run began, or a second one while it waits for calls in flight
        raise typer.Abort from error
    raise typer.Exit(ending.exit_status)


def _generate(
    config_path: str | None, flags: Mapping[str, Any], *, as_json: bool, verbose: bool, batch: str | None
) -> Ending:
    config, source = load_config(config_path, flags)
    config, reason = choose_backends(choose_places(config))
    say(reason)
    prepared = prepare(config, source, lambda warning: say(f"warning: {warning}"))
    config = asyncio.run(choose_models(config))
    folder = RunFolder(str(shorten_path(config.runs_dir)), config.run or config.derive_name())
    say(f"run: {folder.path} ({len(prepared.seeds)} seed tasks, model {config.backend.model})")
    prepared = replace(prepared, config=config.model_copy(update={"run": folder.name}))
    warn_self_preference(set(find_self_judges(config)), say)
    say(f"novelty: {catalog.describe_recall(config.novelty)}")
    index_sources(prepared.config)
    if batch is not None:
        return export(prepared, folder, batch, as_json=as_json)
    run = Run(prepared, folder, say_outcome if verbose else lambda _: None, announce=say)
    ending = asyncio.run(carry_out(run))
    report_ending(run, folder, ending, as_json=as_json)
    return ending


def _forecast(config_path: str | None, flags: Mapping[str, Any], *, as_json: bool) -> None:
    """Say what the run would probably take. Asks no model, makes no folder."""
    config, source = load_config(config_path, flags)
    config, reason = choose_backends(choose_places(config))
    say(reason)
    prepared = prepare(config, source, lambda warning: say(f"warning: {warning}"))
    if config.backend.base_url is None:  # then the model is known without asking a server
        config = asyncio.run(choose_models(config))
    prepared = replace(prepared, config=config)
    experience = learn(list_runs(config.runs_dir), config.recipe, config.backend.kind)
    row = forecast(prepared, experience, load_prices(Path(config.prices) if config.prices else None))
    if as_json:
        show_json({"forecast": row})
    else:
        show("\n".join(describe_forecast(row)))


def describe_forecast(row: Mapping[str, Any]) -> list[str]:
    """Return a forecast as lines for a person."""
    basis = f"the yields of {row['earlier_runs']} earlier runs" if row["earlier_runs"] else "assumed yields"
    cost = "cost unknown (no price for the model)" if row["cost_usd"] is None else f"{row['cost_usd']:.2f} USD"
    kinds = ", ".join(f"{family} {count}" for family, count in row["calls_by_kind"].items())
    return [
        f"forecast, from {basis}: about {row['accepted']} records accepted",
        f"  calls: {row['calls']} ({kinds})",
        f"  tokens: {row['prompt_tokens']} prompt + {row['completion_tokens']} completion; {cost}",
        "  nothing was spent. --max-calls, --max-tokens-total and --max-cost-usd set hard limits.",
    ]


async def carry_out(run: Run) -> Ending:
    """Carry out a run to its end, its progress shown."""
    progress = asyncio.create_task(show_progress(run))
    try:
        return await run.carry_out()
    finally:
        progress.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await progress


def say_outcome(outcome: Outcome) -> None:
    """Say how one candidate ended."""
    candidate = outcome.candidate
    how = outcome.status if outcome.status == "accepted" else f"{outcome.status} at {outcome.stage}: {outcome.reason}"
    say(f"{candidate.id} {candidate.lineage.operator} round {candidate.lineage.round}: {how}")


def report_ending(run: Run, folder: RunFolder, ending: Ending, *, as_json: bool) -> None:
    """Show what a run came to. Raises `ConfigError` where the input was wrong."""
    if ending.exit_status == BAD_INPUT:  # nothing was spent, and no folder is left to tell of
        raise ConfigError(ending.reason or "the run could not begin.")
    if ending.reason:
        (say_error if ending.exit_status == FAILED else say)(ending.reason)
    if as_json:
        show_json({"folder": str(folder.path), **folder.read_funnel(), "exit_status": ending.exit_status})
    else:
        show("\n".join(describe_funnel(run, folder, ending)))


def describe_funnel(run: Run, folder: RunFolder, ending: Ending) -> list[str]:
    """Return the funnel as lines for a person: at each stage, passed = came - what is listed behind it."""
    counts = run.funnel.describe()
    lines = [f"{ending.state}: {counts['accepted']} accepted of {counts['total']} candidates → {folder.dataset}"]
    for stage, row in counts["by_stage"].items():
        kinds = ("rejected", "failed", "review")
        lost = [f"{reason} {count}" for kind in kinds for reason, count in row.get(kind, {}).items()]
        if lost:
            lines.append(f"  {stage:<20} {row['entered']:>6} came, {row['passed']:>6} passed; not: {', '.join(lost)}")
    for name, lengths in run.funnel.contaminated.items():
        shared = ", ".join(f"{count} share {length} words" for length, count in lengths.items())
        lines.append(f"  benchmark {name}: {shared}")
    spent = run.meter.describe()
    for name, row in counts["by_operator"].items():
        took = describe_yield(spent["by_operator_spent"].get(name, {}))
        lines.append(f"  {name:<20} {row['candidates']:>6} made, {row['accepted']:>6} accepted{took}")
    lines.append(f"  {describe_spending(spent)}")
    if critic := spent["by_kind"].get("critic"):
        lines.append(f"  of that the critic: {describe_critic(critic)}")
    if counts.get("review"):
        lines.append(f"  {counts['review']} wait for a person: {folder.review}")
    if counts["total"] > counts["accepted"]:
        lines.append(f"  what was not accepted: {folder.rejects}; one record's story: seedbed why {folder.path} ID")
    return lines


def describe_yield(took: Mapping[str, Any]) -> str:
    """Return what an operator's records took, the run's earlier calls included; nothing where it asked nobody."""
    if not took or not took["calls"]:
        return ""
    parts = [f"{took['calls']} calls"]
    if took["cost_usd"]:
        parts.append(f"{took['cost_usd']:.4f} USD, {took['critic_cost_usd']:.4f} of it the critic's")
    if took["cost_usd_per_accepted"]:
        parts.append(f"{took['cost_usd_per_accepted']:.5f} USD an accepted record")
    return f"; {', '.join(parts)}"


def describe_critic(spent: Mapping[str, Any]) -> str:
    """Return what judging took in one line."""
    known = spent["prompt_tokens"] is not None
    told = (
        f"{spent['prompt_tokens']} prompt + {spent['completion_tokens']} completion tokens"
        if known
        else "tokens unknown"
    )
    cost = "cost unknown" if spent["cost_usd"] is None else f"{spent['cost_usd']:.4f} USD"
    return f"{spent['calls']} calls; {told}; {cost}"


def describe_spending(spent: Mapping[str, Any]) -> str:
    """Return calls, tokens and cost in one line; what is not known is said to be unknown."""
    calls, tokens, cost = spent["calls"], spent["tokens"], spent["cost_usd"]
    parts = [f"calls: {calls['answered']} answered"]
    parts += [
        f"{calls[name]} {said}"
        for name, said in (("failed", "failed"), ("cached", "from the journal"), ("in_vain", "in vain"))
        if calls[name]
    ]
    known = tokens["prompt"] is not None and tokens["completion"] is not None
    told = f"{tokens['prompt']} prompt + {tokens['completion']} completion tokens" if known else "tokens unknown"
    return f"{', '.join(parts)}; {told}; {'cost unknown' if cost is None else f'{cost:.4f} USD'}"

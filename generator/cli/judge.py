"""`judge`: the critic over a run or a dataset file, as a run of its own; or an old run decided again by another policy."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from generator import catalog
from generator.cli import options
from generator.cli.console import say, show, show_json
from generator.cli.flags import collect_flags
from generator.cli.generate import carry_out, report_ending, say_outcome
from generator.cli.why import find_run
from generator.config import make_config
from generator.config_faults import Source
from generator.config_file import read_config
from generator.errors import ConfigError
from generator.judging.policy_file import read_policy
from generator.judging.preparation import choose_source, prepare_judging, warn_self_preference
from generator.judging.replay import Replay, list_known_columns, replay_policy
from generator.judging.seats import list_critics
from generator.places import find_shipped
from generator.policy import check_columns
from generator.preparation import choose_backends, choose_models, shorten_path
from generator.run import Ending, Run
from generator.run_folder import RunFolder
from generator.templates import Templates

CHANGES_SHOWN = 20


def judge(
    source: Annotated[
        str | None, typer.Argument(metavar="SOURCE", help="A run, a file of records, or a folder.", show_default=False)
    ] = None,
    replay: Annotated[
        str | None, typer.Option(metavar="RUN", help="Decide an old run again by --policy, without a call or a change.")
    ] = None,
    policy: options.Policy = None,
    rubrics: options.Rubrics = None,
    run: options.RunName = None,
    backend: options.Backend = None,
    model: options.Model = None,
    base_url: options.BaseUrl = None,
    critic_backend: options.CriticBackend = None,
    critic_model: options.CriticModel = None,
    critic_base_url: options.CriticBaseUrl = None,
    concurrency: options.Concurrency = None,
    max_calls: options.MaxCalls = None,
    max_tokens_total: options.MaxTokens = None,
    max_cost_usd: options.MaxCost = None,
    prices: options.Prices = None,
    retry_refused: options.RetryRefused = None,
    config: options.Config = None,
    runs_dir: options.RunsDir = None,
    prompts: options.Prompts = None,
    as_json: options.Json = False,
    verbose: options.Verbose = False,
) -> None:
    """Let a critic judge records that are there already: accepted, rejected or for review, each with its scores.

    It is a run of its own in runs/NAME, and the same command again resumes it. The source is left as it is.
    """
    flags = collect_flags("judge", locals())
    if replay is not None:
        if source is not None:
            raise ConfigError(
                "--replay decides a run again from what is on disk; SOURCE is judged anew: give one of them."
            )
        _replay(replay, runs_dir, policy, as_json=as_json)
        return
    try:
        ending = _judge(source, config, flags, policy, as_json=as_json, verbose=verbose)
    except KeyboardInterrupt as error:
        raise typer.Abort from error
    raise typer.Exit(ending.exit_status)


def _judge(
    text: str | None,
    config_path: str | None,
    flags: Mapping[str, Any],
    rules: str | None,
    *,
    as_json: bool,
    verbose: bool,
) -> Ending:
    config, given = options.load_config(config_path, flags)
    config, reason = choose_backends(choose_source(config, text))
    say(reason)
    prepared, found = prepare_judging(config, given, say, rules)
    config = asyncio.run(choose_models(config))
    folder = RunFolder(str(shorten_path(config.runs_dir)), config.run or config.derive_name())
    judges = dict.fromkeys(str(one.model) for one in list_critics(config))
    say(f"run: {folder.path} ({prepared.count} records, judged by {', '.join(judges)})")
    warn_self_preference(
        {one.model or "" for one in list_critics(config) if one.kind != "embedded"} & found.models, say
    )
    prepared = replace(prepared, config=config.model_copy(update={"run": folder.name}))
    run = Run(prepared, folder, say_outcome if verbose else lambda _: None, announce=say)
    ending = asyncio.run(carry_out(run))
    report_ending(run, folder, ending, as_json=as_json)
    return ending


def _replay(name: str, runs_dir: str | None, policy: str | None, *, as_json: bool) -> None:
    folder = find_run(name, runs_dir or "runs")
    settings, text = read_config(folder.config)
    if policy is not None:
        settings = {**settings, "policy": read_policy(policy)}
    config = make_config(settings, Source(file=str(folder.config), text=text))
    templates = Templates(find_shipped("prompts"), Path(config.prompts) if config.prompts else None)
    decider = catalog.make_policy(config, templates)
    known = {*list_known_columns(folder), *catalog.list_critic_columns(config, templates)}
    check_columns(decider, sorted(known), policy or str(folder.config))
    found = replay_policy(folder, decider, config.policy.on_unparsed)
    if as_json:
        show_json({"run": folder.name, "policy": policy, **found.describe()})
    else:
        show("\n".join(describe_replay(found, folder)))


def describe_replay(found: Replay, folder: RunFolder) -> list[str]:
    """Return what would change as lines for a person."""
    kinds = ("accepted", "review", "rejected", "failed")
    counts = ", ".join(f"{kind} {found.before[kind]} → {found.after[kind]}" for kind in kinds)
    lines = [f"{folder.name}: {counts}; {len(found.changes)} of {found.before.total()} records would end otherwise"]
    lines += [f"  {move:<24} {count:>6}" for move, count in sorted(found.moves.items())]
    for change in found.changes[:CHANGES_SHOWN]:
        why = " ← ".join(part for part in (change["reason"], change["reason_before"]) if part)
        lines.append(f"    {change['id']}: {change['before']} → {change['after']}" + (f" ({why})" if why else ""))
    if len(found.changes) > CHANGES_SHOWN:
        lines.append(f"    … and {len(found.changes) - CHANGES_SHOWN} more: --json lists them all")
    return [*lines, "  nothing was asked, and nothing was changed."]

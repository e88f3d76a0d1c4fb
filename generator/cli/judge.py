"""`judge`: the critic over a run or a dataset file, as a run of its own; or an old run decided again by another policy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from generator import catalog
from generator.cli import options
from generator.cli.console import show, show_json
from generator.cli.flags import collect_flags
from generator.cli.launch import launch
from generator.cli.why import find_run
from generator.config import make_config
from generator.config_faults import Source
from generator.config_file import read_config
from generator.errors import ConfigError
from generator.judging.policy_file import read_policy
from generator.judging.replay import Replay, list_known_columns, replay_policy
from generator.places import find_shipped
from generator.policy import check_rules
from generator.run_folder import RunFolder
from generator.templates import Templates

CHANGES_SHOWN = 20


@options.takes(
    options.CRITIC, options.RUN, options.MODELS, options.DRAWS, options.SPENDING, options.NOT_NOW, options.PLACES,
    options.OUTPUT,
)  # fmt: skip
def judge(
    given: options.Given,
    source: options.RecordSource = None,
    replay: Annotated[
        str | None, typer.Option(metavar="RUN", help="Decide an old run again by --policy, without a call or a change.")
    ] = None,
) -> None:
    """Let a critic judge records that are there already: accepted, rejected or for review, each with its scores.

    It is a run of its own in runs/NAME, and the same command again resumes it. The source is left as it is.
    """
    if replay is None:
        launch(collect_flags("judge", given), given)
        return
    if source is not None:
        raise ConfigError("--replay decides a run again from what is on disk; SOURCE is judged anew: give one of them.")
    _replay(replay, given["runs_dir"], given["policy"], as_json=given["as_json"])


def _replay(name: str, runs_dir: str | None, policy: str | None, *, as_json: bool) -> None:
    folder = find_run(name, runs_dir or "runs")
    settings, text = read_config(folder.config)
    if policy is not None:
        settings = {**settings, "policy": read_policy(policy)}
    config = make_config(settings, Source(file=str(folder.config), text=text))
    templates = Templates(find_shipped("prompts"), Path(config.prompts) if config.prompts else None)
    decider = catalog.make_policy(config, templates)
    known = {*list_known_columns(folder), *catalog.list_critic_columns(config, templates)}
    check_rules(decider, sorted(known), policy or str(folder.config))
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

"""`calibrate`: how good the critic is, held against labels of people."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from generator import catalog
from generator.cli import options
from generator.cli.console import say, say_error, show, show_json
from generator.cli.flags import collect_flags
from generator.cli.launch import carry_out, get_ready, settle
from generator.errors import ConfigError
from generator.places import find_shipped
from generator.run import Run
from generator.run_folder import write_json
from generator.templates import Templates

FAILED = 1


Labels = Annotated[
    str | None,
    typer.Argument(
        metavar="LABELS",
        help="Labelled pairs or scored records, JSON or JSONL: our forms, LLMBar's or PandaLM's (docs/calibration.md).",
        show_default=False,
    ),
]
Replay = Annotated[bool, typer.Option("--replay", help="Ask nobody: take the replies that are recorded in LABELS.")]
Verdicts = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Ask nobody: take the verdicts that are recorded in FILE, by the items' `idx`."),
]
ReplyForm = Annotated[
    str | None,
    typer.Option(
        metavar="FORM",
        help="How the critic is asked about pairs: rubric (default), reasoned or direct. With --replay, how it was asked:"
        " reasoned, direct or ratings. Default: what the replies fit.",
    ),
]
AtLeast = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=VALUE", help="What must be reached, like kappa=0.6; else exit status 1. Repeatable."),
]
Output = Annotated[str | None, typer.Option("-o", "--output", metavar="FILE", help="Where the report goes (JSON).")]


@options.takes(
    {"rubrics": options.Rubrics}, options.RUN, options.MODELS, options.DRAWS, options.SPENDING, options.PLACES,
    {"as_json": options.Json},
)  # fmt: skip
def calibrate(
    given: options.Given,
    labels: Labels = None,
    replay: Replay = False,
    verdicts: Verdicts = None,
    reply: ReplyForm = None,
    at_least: AtLeast = None,
    output: Output = None,
) -> None:
    """Hold the critic against people: accuracy, kappa, swapped orders, habits, what does not parse; by dimension for scores.

    A critic that is asked makes a run of its own in runs/NAME (its journal, calibration.json); the same again resumes it.
    """
    gates = catalog.load_calibration("report:read_gates")(at_least or ())
    if replay or verdicts:
        report = _replay(labels, verdicts, reply, given["prompts"], given["seed"] or 0, gates)
    else:
        own = {"labels": labels, "at_least": gates or None, "reply": reply}
        report, gates = _ask(collect_flags("calibrate", given, calibration=own), given)
    _show(report, gates, output, as_json=given["as_json"])


def _replay(
    labels: str | None, verdicts: str | None, reply: str | None, prompts: str | None, seed: int,
    gates: Mapping[str, float],
) -> dict[str, Any]:  # fmt: skip
    if labels is None:
        raise ConfigError("say what to hold the critic against: a file of labels (LABELS).")
    templates = Templates(find_shipped("prompts"), Path(prompts) if prompts else None)
    read = catalog.load_calibration("labels:read_labels")(Path(labels))
    catalog.load_calibration("report:check_measures")(gates, read)
    replay = catalog.load_calibration("calibrate:replay_critic")
    report: dict[str, Any] = asyncio.run(
        replay(read, templates, Path(verdicts) if verdicts else None, reply, seed=seed)
    )
    return report


def _ask(flags: Mapping[str, Any], given: options.Given) -> tuple[dict[str, Any], Mapping[str, float]]:
    """Return the report, and what must be reached: the flags', else the configuration's."""
    prepared, folder = settle(get_ready(flags, given))
    run = Run(prepared, folder, announce=say)
    ending = carry_out(run)
    if run.calibration is None:
        say_error(ending.reason or "it broke off")
        raise typer.Exit(ending.exit_status)
    return {"folder": str(folder.path), **run.calibration}, prepared.config.calibration.at_least


def _show(report: dict[str, Any], gates: Mapping[str, float], output: str | None, *, as_json: bool) -> None:
    missed = catalog.load_calibration("report:check_gates")(report["critic"], gates)
    report = {**report, "at_least": dict(gates), "missed": missed}
    if output is not None:
        write_json(Path(output), report)
    if as_json:
        show_json(report | {"exit_status": FAILED if missed else 0})
    else:
        show("\n".join(catalog.load_calibration("report:describe_report")(report)))
    for one in missed:
        say_error(one)
    raise typer.Exit(FAILED if missed else 0)

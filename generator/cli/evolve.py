"""`evolve`: Evol-Instruct rounds over the seeds."""

from __future__ import annotations

from typing import Annotated

import typer

from generator.cli import options
from generator.cli.flags import collect_flags, read_operators, read_toward
from generator.cli.launch import launch


@options.takes(
    options.SEEDS, options.RUN, options.GOAL, options.MODELS, options.DRAWS, options.SPENDING, options.CRITIC,
    options.AGAINST, options.NOT_NOW, options.PLACES, options.OUTPUT,
)  # fmt: skip
def evolve(
    given: options.Given,
    seeds: options.Seeds = None,
    rounds: Annotated[
        int | None, typer.Option(help="Rounds of evolution. Default: 4, or with --target as many as it takes.")
    ] = None,
    bootstrap: Annotated[
        int | None, typer.Option(help="First let Self-Instruct grow the pool to this many tasks.")
    ] = None,
    operators: Annotated[
        str | None,
        typer.Option(help="Operators to draw from, like deepen,broaden or deepen=2,broaden=1. Default: all."),
    ] = None,
    toward: options.Toward = None,
) -> None:
    """Evol-Instruct: rewrite the seed tasks in depth and breadth, round by round, and answer what came of them.

    The run lies in runs/NAME: dataset.jsonl, rejects.jsonl, funnel.json. The same command again resumes it.
    """
    drawn, short = {"operators": read_operators(operators)}, {"toward": read_toward(toward)}
    launch(collect_flags("evolve", given, evolve=drawn, balance=short), given)

"""`self-instruct`: new tasks from demonstrations, until there are enough."""

from __future__ import annotations

from typing import Annotated

import typer

from generator.cli import options
from generator.cli.flags import collect_flags
from generator.cli.launch import launch


@options.takes(
    options.GOAL, options.SEEDS, options.RUN, options.MODELS, options.DRAWS, options.SPENDING, options.CRITIC,
    options.AGAINST, options.NOT_NOW, options.PLACES, options.OUTPUT,
)  # fmt: skip
def self_instruct(
    given: options.Given,
    seeds: options.Seeds = None,
    form: Annotated[
        str | None,
        typer.Option(
            help="list (instructions first, then their instances) or blocks (whole tasks, as Alpaca). Default: list."
        ),
    ] = None,
) -> None:
    """Self-Instruct: draw new tasks in the manner of the seeds until `--target` of them are accepted.

    The run lies in runs/NAME: dataset.jsonl, rejects.jsonl, funnel.json. The same command again resumes it.
    """
    launch(collect_flags("self-instruct", given), given)

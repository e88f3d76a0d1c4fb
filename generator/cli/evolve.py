"""`evolve`: Evol-Instruct rounds over the seeds."""

from __future__ import annotations

from typing import Annotated

import typer

from generator.cli import options
from generator.cli.flags import collect_flags
from generator.cli.generate import generate


def evolve(
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
    clean: options.Clean = None,
    run: options.RunName = None,
    target: options.Target = None,
    backend: options.Backend = None,
    model: options.Model = None,
    base_url: options.BaseUrl = None,
    critic_backend: options.CriticBackend = None,
    critic_model: options.CriticModel = None,
    critic_base_url: options.CriticBaseUrl = None,
    concurrency: options.Concurrency = None,
    seed: options.Seed = None,
    max_candidates: options.MaxCandidates = None,
    max_calls: options.MaxCalls = None,
    max_tokens_total: options.MaxTokens = None,
    max_cost_usd: options.MaxCost = None,
    prices: options.Prices = None,
    retry_refused: options.RetryRefused = None,
    policy: options.Policy = None,
    rubrics: options.Rubrics = None,
    novel_against: options.NovelAgainst = None,
    benchmark: options.Benchmarks = None,
    dry_run: options.DryRun = False,
    batch: options.Batch = None,
    config: options.Config = None,
    runs_dir: options.RunsDir = None,
    prompts: options.Prompts = None,
    as_json: options.Json = False,
    verbose: options.Verbose = False,
) -> None:
    """Evol-Instruct: rewrite the seed tasks in depth and breadth, round by round, and answer what came of them.

    The run lies in runs/NAME: dataset.jsonl, rejects.jsonl, funnel.json. The same command again resumes it.
    """
    flags = collect_flags(
        "evolve",
        locals(),
        evolve={"operators": options.read_operators(operators)},
        balance={"toward": options.read_toward(toward)},
    )
    generate(config, flags, as_json=as_json, verbose=verbose, dry_run=dry_run, batch=batch)

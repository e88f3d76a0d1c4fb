"""`self-instruct`: new tasks from demonstrations, until there are enough."""

from __future__ import annotations

from typing import Annotated

import typer

from generator.cli import options
from generator.cli.flags import collect_flags
from generator.cli.generate import generate


def self_instruct(
    seeds: options.Seeds = None,
    target: options.Target = None,
    form: Annotated[
        str | None,
        typer.Option(
            help="list (instructions first, then their instances) or blocks (whole tasks, as Alpaca). Default: list."
        ),
    ] = None,
    clean: options.Clean = None,
    run: options.RunName = None,
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
    """Self-Instruct: draw new tasks in the manner of the seeds until `--target` of them are accepted.

    The run lies in runs/NAME: dataset.jsonl, rejects.jsonl, funnel.json. The same command again resumes it.
    """
    flags = collect_flags("self-instruct", locals())
    generate(config, flags, as_json=as_json, verbose=verbose, dry_run=dry_run, batch=batch)

"""`evolve`: Evol-Instruct rounds over the seeds."""

from __future__ import annotations

from typing import Annotated

import typer

from generator.cli import options
from generator.cli.generate import generate


def evolve(
    seeds: options.Seeds = None,
    rounds: Annotated[int | None, typer.Option(help="Rounds of evolution. [4]")] = None,
    bootstrap: Annotated[
        int | None, typer.Option(help="Let Self-Instruct first grow the pool to this many tasks.")
    ] = None,
    operators: Annotated[
        str | None, typer.Option(help="Operators to draw from: a,b or a=2,b=1. [all, as weighted in their heads]")
    ] = None,
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
    config: options.Config = None,
    runs_dir: options.RunsDir = None,
    prompts: options.Prompts = None,
    as_json: options.Json = False,
    verbose: options.Verbose = False,
) -> None:
    """Evolve the seed tasks in depth and breadth, round by round; run the same command again to resume."""
    flags = {
        "recipe": "evolve", "seeds": seeds or None, "run": run, "target": target, "concurrency": concurrency,
        "seed": seed, "max_candidates": max_candidates, "runs_dir": runs_dir, "prompts": prompts,
        "backend": {"kind": backend, "model": model, "base_url": base_url},
        "critic": {"kind": critic_backend, "model": critic_model, "base_url": critic_base_url},
        "evolve": {"rounds": rounds, "bootstrap": bootstrap, "operators": options.read_operators(operators)},
    }  # fmt: skip
    generate(config, flags, as_json=as_json, verbose=verbose)

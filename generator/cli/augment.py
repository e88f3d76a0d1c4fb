"""`augment`: back-translation, paraphrase and the others, over a run or any file of records, as a run of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

import typer

from generator.augment.preparation import prepare_augmenting
from generator.cli import options
from generator.cli.console import say
from generator.cli.flags import collect_flags
from generator.cli.generate import carry_out, report_ending, say_outcome
from generator.errors import ConfigError
from generator.judging.preparation import choose_source
from generator.preparation import choose_backends, choose_models, shorten_path
from generator.run import Ending, Run
from generator.run_folder import RunFolder


def augment(
    source: Annotated[
        str | None, typer.Argument(metavar="SOURCE", help="A run, a file of records, or a folder.", show_default=False)
    ] = None,
    methods: Annotated[
        str | None,
        typer.Option(
            "--with", metavar="NAME,…", help="What to make of each record (docs/augment.md lists what there is)."
        ),
    ] = None,
    pivots: Annotated[
        str | None, typer.Option(metavar="LANGUAGE,…", help="Languages to back-translate over; fr>ja is a chain.")
    ] = None,
    into: Annotated[str | None, typer.Option(metavar="LANGUAGE,…", help="Languages to translate into.")] = None,
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
    """Widen a set without losing its meaning: every new text is checked against the one that it was made from.

    It is a run of its own in runs/NAME, and the same command again resumes it. The source is left as it is.
    """
    variants = {"back_translation": options.read_names(pivots), "translation": options.read_names(into)}
    flags = collect_flags(
        "augment",
        locals(),
        augment={"methods": options.read_names(methods), "variants": {k: v for k, v in variants.items() if v}},
    )
    try:
        ending = _augment(source, config, flags, as_json=as_json, verbose=verbose)
    except KeyboardInterrupt as error:
        raise typer.Abort from error
    raise typer.Exit(ending.exit_status)


def _augment(
    text: str | None, config_path: str | None, flags: Mapping[str, Any], *, as_json: bool, verbose: bool
) -> Ending:
    config, given = options.load_config(config_path, flags)
    if text is None and len(config.seeds) != 1:
        raise ConfigError("say what to augment: a run, a file of records or a folder of such (SOURCE).")
    config, reason = choose_backends(choose_source(config, text))
    say(reason)
    prepared = prepare_augmenting(config, given, say)
    config = asyncio.run(choose_models(config))
    folder = RunFolder(str(shorten_path(config.runs_dir)), config.run or config.derive_name())
    say(
        f"run: {folder.path} ({prepared.count} records, {', '.join(config.augment.methods)}, model {config.backend.model})"
    )
    prepared = replace(prepared, config=config.model_copy(update={"run": folder.name}))
    run = Run(prepared, folder, say_outcome if verbose else lambda _: None, announce=say)
    ending = asyncio.run(carry_out(run))
    report_ending(run, folder, ending, as_json=as_json)
    return ending

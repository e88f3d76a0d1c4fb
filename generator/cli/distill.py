"""`distill`: a small scorer out of a run's verdicts, to look at records before the critic does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from generator import catalog
from generator.cli import options
from generator.cli.console import show, show_json
from generator.cli.why import find_run
from generator.errors import ConfigError
from generator.run_folder import write_whole


def distill(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run whose critic gave scores.")],
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="Where the scorer goes.")
    ] = "scorer.json",
    column: Annotated[str, typer.Option(help="The column to learn.")] = "critic.overall",
    embedder: Annotated[
        str,
        typer.Option(help="What the scorer sees a text by: minilm (English), or tfidf (any language; auto is that)."),
    ] = "auto",
    runs_dir: options.RunsDir = None,
    as_json: options.Json = False,
) -> None:
    """Fit a small scorer to what a run's critic found, and say how well it agrees with verdicts that it has not seen.

    With `prescreen = "FILE"` under `[critic]` it looks at records first; docs/critic.md says what it may decide.
    """
    folder = find_run(run, runs_dir or "runs")
    kind = _choose(embedder)
    part = catalog.load_distillation
    verdicts = list(part("read_verdicts")(folder, column))
    scorer = part("distill")(verdicts, column, kind, lambda texts: catalog.make_embedder(kind, fit_texts=texts))
    write_whole(Path(output), catalog.load("evaluators.critic.cheap:dump_scorer")(scorer))
    found = {"scorer": output, "column": column, "embedder": kind, "agreement": dict(scorer.agreement)}
    if as_json:
        show_json(found)
    else:
        show("\n".join(describe(found)))


def _choose(wanted: str) -> str:
    if wanted in ("minilm", "tfidf"):
        return wanted
    if wanted != "auto":
        raise ConfigError(f"--embedder {wanted}: choose minilm, tfidf or auto.")
    return "tfidf"  # at home in any language, and of the two the one that needs no model


def describe(found: Mapping[str, Any]) -> list[str]:
    """Return what came of it as lines for a person."""
    row = found["agreement"]
    spearman = "not defined" if row["spearman"] is None else f"{row['spearman']:.3f}"
    return [
        f"{found['scorer']}: learned {found['column']} from {row['items']} verdicts ({found['embedder']})",
        f"  on verdicts it had not seen (five folds): Spearman {spearman}, mean error {row['mean_error']:.2f}"
        f" (always the mean: {row['mean_error_of_the_mean']:.2f}), within one point {row['within_one']:.0%}",
    ]

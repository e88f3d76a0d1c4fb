"""`dedup`: takes the duplicates out of files that others made, and says of each what it is a duplicate of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from generator.cli.console import say, show, show_json
from generator.cli.count import Count
from generator.cli.options import Json
from generator.config import DEFAULT_RUNS_DIR
from generator.dedup.filters import DEFAULT, make_gate, read_names
from generator.dedup.job import Plan, Summary, remove_duplicates
from generator.dedup.writing import check_place
from generator.errors import ConfigError
from generator.seed_files.faults import MAX_SHOWN, format_fault
from generator.settings.novelty import NoveltyConfig
from generator.sources import FaultCounter, Source, find_source


def dedup(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE...", help="Runs, files or folders, in this order.")],
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write what is kept to FILE. Default: only count."),
    ] = None,
    by: Annotated[str, typer.Option(help="What finds duplicates: exact, rouge_l, minhash, semantic.")] = ",".join(
        DEFAULT
    ),
    threshold_rouge_l: Annotated[float | None, typer.Option(help="Highest ROUGE-L that is kept. Default: 0.7.")] = None,
    threshold_minhash: Annotated[float | None, typer.Option(help="Highest Jaccard that is kept. Default: 0.7.")] = None,
    threshold_semantic: Annotated[
        float | None, typer.Option(help="Highest cosine that is kept. Default: 0.9, with tfidf 0.8.")
    ] = None,
    text: Annotated[
        Literal["instruction", "instruction+input", "all"],
        typer.Option(help="What is compared: instruction, instruction+input, or all with the response."),
    ] = "instruction",
    report: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write to FILE what went, why, and whose duplicate it is.")
    ] = None,
    on_error: Annotated[
        Literal["stop", "skip"], typer.Option(help="What to do at a broken line: stop, or skip it and go on.")
    ] = "stop",
    keep: Annotated[
        Literal["first", "longest"], typer.Option(help="Which of several to keep: the first, or the longest.")
    ] = "first",
    embedder: Annotated[
        Literal["auto", "minilm", "tfidf", "server"],
        typer.Option(help="What embeds for semantic: auto, minilm, tfidf or server."),
    ] = "auto",
    embedder_model: Annotated[str | None, typer.Option(help="The model of the embedder server.")] = None,
    embedder_base_url: Annotated[str | None, typer.Option(help="Address of a server of embeddings.")] = None,
    runs_dir: Annotated[str, typer.Option(help="Where runs lie.")] = DEFAULT_RUNS_DIR,
    as_json: Json = False,
) -> None:
    """Keep of every group of like records one, and report which went and what they are duplicates of.

    The sources are only read. Exit status: 0; 2 where a line is broken and --on-error is stop, with nothing written.
    """
    novelty = {
        "rouge_l": threshold_rouge_l, "minhash": threshold_minhash, "semantic": threshold_semantic,
        "embedder": embedder, "embedder_model": embedder_model, "embedder_base_url": embedder_base_url,
    }  # fmt: skip
    plan = Plan(
        sources=find_sources(sources, runs_dir), text=text, keep=keep, skips_faults=on_error == "skip",
        output=Path(output) if output else None, report=Path(report) if report else None,
    )  # fmt: skip
    check_places(plan)
    carry_out(plan, read_names(by), read_thresholds(novelty), as_json=as_json)


def carry_out(plan: Plan, names: Sequence[str], novelty: NoveltyConfig, *, as_json: bool) -> None:
    """Read, decide, write; say what came of it. Raises `SeedError` at a broken line, where the plan stops there."""
    with Count("reading for the embedder") as count:
        gate, embedded_by = make_gate(names, novelty, plan, count)
    faults = FaultCounter(lambda path, fault: say(f"skipped: {format_fault(path, fault)}"), MAX_SHOWN)
    with Count("looking for duplicates") as count:
        summary = remove_duplicates(plan, gate, faults, count)
    if faults.untold:
        say(f"… and {faults.untold} more like these.")
    if as_json:
        show_json(describe(plan, summary, names, embedded_by))
    else:
        show("\n".join(format_summary(plan, summary, embedded_by)))


def find_sources(given: Sequence[str], runs_dir: str) -> list[Source]:
    """Return the sources; a file that is reached twice counts once. Raises `ConfigError`."""
    seen: set[Path] = set()
    found: list[Source] = []
    for text in given:
        source = find_source(text, runs_dir)
        files = tuple(path for path in source.files if path.resolve() not in seen)
        seen.update(path.resolve() for path in files)
        found.append(Source(source.name, files, source.run))
    return found


def read_thresholds(given: dict[str, Any]) -> NoveltyConfig:
    """Return the settings of the filters. Raises `ConfigError`, by the flag's name."""
    values = {name: value for name, value in given.items() if value is not None}
    for name in ("rouge_l", "minhash", "semantic"):
        flag, value = f"--threshold-{name.replace('_', '-')}", values.get(name, 1)
        if not 0 <= value <= 1 or (value == 0 and name != "rouge_l"):
            raise ConfigError(f"{flag} {value:g}: a similarity lies between 0 and 1.")
    return NoveltyConfig(**values)


def check_places(plan: Plan) -> None:
    """Check that what is written can be, and replaces nothing that is read. Raises `ConfigError`."""
    for flag, path in (("-o", plan.output), ("--report", plan.report)):
        if path is not None:
            check_place(flag, path, plan.sources)
    if plan.output and plan.report and plan.output.resolve() == plan.report.resolve():
        raise ConfigError(f"--report {plan.report}: this is where -o goes. Name another file.")


def describe(plan: Plan, summary: Summary, names: Sequence[str], embedded_by: str) -> dict[str, Any]:
    """Return what came of it, JSON-able."""
    return {
        "sources": [source.name for source in plan.sources], "text": plan.text, "by": list(names),
        "embedder": embedded_by or None, "read": summary.read, "kept": summary.kept,
        "removed": summary.removed.total(), "reasons": dict(summary.removed), "skipped": summary.skipped,
        "unmeasured": dict(summary.unmeasured), "clusters": len(summary.clusters), "biggest": summary.list_biggest(),
        "output": str(plan.output) if plan.output else None, "report": str(plan.report) if plan.report else None,
        "exit_status": 0,
    }  # fmt: skip


def format_summary(plan: Plan, summary: Summary, embedded_by: str) -> list[str]:
    """Return what came of it as lines for a person."""
    target = f" → {plan.output}" if plan.output else " (nothing is written: give -o FILE)"
    lines = [f"{summary.kept:,} of {summary.read:,} records kept{target}"]
    reasons = ", ".join(f"{name} {count:,}" for name, count in summary.removed.most_common())
    lines.append(f"  {summary.removed.total():,} duplicates" + (f": {reasons}" if reasons else ""))
    if embedded_by:
        lines.append(f"  embedded by {embedded_by}")
    if summary.skipped:
        lines.append(f"  {summary.skipped:,} broken lines skipped")
    lines += [f"  {count:,} kept that {name} could not measure" for name, count in sorted(summary.unmeasured.items())]
    if summary.clusters:
        lines.append(f"  {len(summary.clusters):,} kept records had duplicates; the most:")
    for one in summary.list_biggest():
        excerpt = " ".join(one["text"].split())
        lines.append(f"    {one['removed']:,} of {one['kept']['file']}:{one['kept']['line']}: {excerpt}")
    return [*lines, f"  each one, with what it is a duplicate of → {plan.report}"] if plan.report else lines

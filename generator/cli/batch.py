"""`export-batch` and `import-batch`: a run's requests out as files, the answers back in."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from generator.batch import Collector, Intake, run_until_idle
from generator.batch_files import check_target
from generator.cli.console import say, say_error, show, show_json
from generator.cli.options import Json
from generator.cli.why import find_run
from generator.config import DEFAULT_RUNS_DIR, RunConfig, make_config
from generator.config_faults import Source
from generator.config_file import read_config
from generator.errors import LimitReached
from generator.journal import Journal
from generator.preparation.prepared import Prepared
from generator.preparation.recipes import prepare
from generator.run import Ending, Run
from generator.run_folder import RunFolder, read_examples

FAULTS_SHOWN = 20  # lines that were not taken, told one by one

RunArgument = Annotated[str, typer.Argument(help="A run's name or folder; `seedbed runs` lists them.")]
RunsDir = Annotated[str, typer.Option(help="Where runs lie.")]


def export_batch(
    run: RunArgument,
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="The file of requests to write.")],
    runs_dir: RunsDir = DEFAULT_RUNS_DIR,
    as_json: Json = False,
) -> None:
    """Write every request that a run would ask now to FILE, in the form of OpenAI's Batch API, and ask nobody.

    Exit status: 3 where requests were written and wait for a batch, 0 where none is left and the run is complete.
    """
    folder = find_run(run, runs_dir)
    config = read_settings(folder)
    prepared = prepare(config, Source(file=str(folder.config)), lambda warning: say(f"warning: {warning}"))
    raise typer.Exit(export(prepared, folder, output, as_json=as_json).exit_status)


def read_settings(folder: RunFolder) -> RunConfig:
    """Return the settings that are saved with a run. Raises `ConfigError`."""
    settings, text = read_config(folder.config)
    config = make_config(settings, Source(file=str(folder.config), text=text))
    return config.model_copy(update={"run": folder.name, "runs_dir": str(folder.path.parent.absolute())})


def export(prepared: Prepared, folder: RunFolder, output: str, *, as_json: bool) -> Ending:
    """Replay a run up to where it waits, write what it waits for, and say so."""
    path = Path(output)
    check_target(path)
    collector = Collector(path)
    run = Run(prepared, folder, announce=say, collector=collector)
    ending = run_until_idle(run.carry_out(), collector)
    is_waiting = ending.state == "waiting"
    if ending.reason:
        (say if ending.exit_status == LimitReached.exit_status else say_error)(ending.reason)
    if as_json:
        files = [{"file": str(file.path), "model": file.model, "requests": file.requests} for file in collector.files]
        batch: dict[str, Any] = {"files": files, "given_out_before": collector.given_out_before}
        show_json({"folder": str(folder.path), **folder.read_funnel(), "exit_status": ending.exit_status, **batch})
        return ending
    counts = run.funnel.describe()
    so_far = " so far" if is_waiting else ""
    show(f"{ending.state}: {counts['accepted']} accepted of {counts['total']} candidates{so_far} → {folder.dataset}")
    for file in collector.files:
        show(f"  {file.requests} requests for {file.model} → {file.path}")
    if collector.given_out_before:
        show(f"  {collector.given_out_before} of them are in an earlier file, too: have one of the two answered")
    if is_waiting:
        show(f"  when they are answered: seedbed import-batch {folder.path} RESULTS")
    return ending


def import_batch(
    run: RunArgument,
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files of results, of errors too.")],
    runs_dir: RunsDir = DEFAULT_RUNS_DIR,
    as_json: Json = False,
) -> None:
    """Bring the results of a batch into a run. What failed waits on, for the next `export-batch`; what was refused, not.

    Exit status: 0; 1 where no line brought an answer; 2 where a line is no result of this run (the others are taken).
    """
    folder = find_run(run, runs_dir)
    faults: list[str] = []
    intake = asyncio.run(_import(folder, [Path(file) for file in files], faults))
    for fault in faults[:FAULTS_SHOWN]:
        say(fault)
    if len(faults) > FAULTS_SHOWN:
        say(f"… and {len(faults) - FAULTS_SHOWN} more lines like these.")
    for said, count in intake.failed.most_common(FAULTS_SHOWN):
        say(f"failed, {count} ×: {said}")
    counts = {
        "recorded": intake.recorded, "already_there": intake.already_there, "failed": intake.failed.total(),
        "unknown": intake.unknown, "damaged": intake.damaged,
    }  # fmt: skip
    if as_json:
        show_json({"run": folder.name, "folder": str(folder.path), **counts, "exit_status": intake.exit_status})
    else:
        show(", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items()))
    raise typer.Exit(intake.exit_status)


async def _import(folder: RunFolder, paths: list[Path], faults: list[str]) -> Intake:
    """Read the files into the journal, with the run's folder to ourselves."""
    seeds = list(read_examples(folder.seeds)) if folder.seeds.is_file() else []
    folder.claim(read_settings(folder), seeds)
    journal = Journal(folder.journal)
    try:
        intake = Intake(journal, faults.append)
        await intake.read(*paths)
        return intake
    finally:
        await journal.close()
        folder.release()

"""The commands there are: where each is defined, and its line in the help. One is loaded when it is given.

So `--help` pays for none of them, and each command for itself alone.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import typer

Commands = Mapping[str, tuple[str, str]]

COMMANDS: Commands = {
    "evolve": ("evolve:evolve", "Rewrite the seed tasks, round by round."),
    "self-instruct": ("self_instruct:self_instruct", "Draw new tasks in the manner of the seeds."),
    "augment": ("augment:augment", "Say records anew, translate them, go on from them."),
    "judge": ("judge:judge", "Let a critic judge records that are there."),
    "calibrate": ("calibrate:calibrate", "Hold a critic against labels of people."),
    "distill": ("distill:distill", "Fit a small scorer to a critic's verdicts."),
    "seeds": ("seeds:app", "Look after seed files."),
    "clean": ("clean:clean", "Mend and drop records by a named profile."),
    "dedup": ("dedup:dedup", "Take near-duplicates out of files."),
    "decontaminate": ("decontaminate:decontaminate", "Find what a data set shares with benchmarks."),
    "balance": ("balance:balance", "Keep a share of each class, by a target."),
    "export": ("export:export", "Write records in the forms of other tools."),
    "diff": ("diff:diff", "Compare two versions of a data set."),
    "export-batch": ("batch:export_batch", "Write what a run would ask now to a file."),
    "import-batch": ("batch:import_batch", "Bring the answers to such a file into the run."),
    "runs": ("runs:runs", "List the runs here."),
    "why": ("why:why", "Show how one record came to be, and how it ended."),
}


def register(app: typer.Typer, wanted: Callable[[str], bool]) -> None:
    """Register all commands; those that are not wanted only with their line in the help."""
    for name, (reference, line) in COMMANDS.items():
        command: Any = pkgutil.resolve_name(f"{__package__}.{reference}") if wanted(name) else _stand_in
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name, short_help=line)
        else:
            app.command(name, short_help=line)(say_when_interrupted(command))


def say_when_interrupted(command: Callable[..., None]) -> Callable[..., None]:
    """Return the command, aborted by Ctrl-C: typer by itself would end without a word, and without the JSON object."""

    @wraps(command)
    def carry_out(*given: Any, **named: Any) -> None:
        try:
            command(*given, **named)
        except KeyboardInterrupt as error:
            raise typer.Abort from error

    return carry_out


def _stand_in() -> None:
    """Stand in the help for a command that is not carried out."""

"""The command line: one file a command. The only part of the generator that prints and that sets the exit status."""

from __future__ import annotations

import sys

import typer

from generator.cli import evolve, runs, seeds, self_instruct, why
from generator.cli.console import say_error
from generator.errors import SeedbedError

INTERRUPTED = 130  # 128 + SIGINT, the shell's convention

app = typer.Typer(
    name="seedbed", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]},
    help="Grow a novel, judged, traceable set of instructions and responses from some dozens of seed tasks.",
)  # fmt: skip
app.command("evolve")(evolve.evolve)
app.command("self-instruct")(self_instruct.self_instruct)
app.add_typer(seeds.app, name="seeds")
app.command("runs")(runs.runs)
app.command("why")(why.why)


def main() -> None:
    """Run the command line; a user's mistake is a message, never a traceback."""
    try:
        app()
    except SeedbedError as error:
        say_error(str(error))
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        say_error("Interrupted.")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)

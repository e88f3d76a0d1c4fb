"""The command line: one file a command. The only part of the generator that prints and that sets the exit status.

With `--json`, stdout holds one JSON object however the command ends: what a command found, or `error` and `exit_status`.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from importlib.metadata import version
from typing import Annotated

import typer

from generator.cli.commands import COMMANDS, register
from generator.cli.console import say, say_error, show, show_json
from generator.errors import SeedbedError

FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130  # 130 = 128 + SIGINT, the shell's convention
_UsageError: type[Exception] = typer.BadParameter.__mro__[1]  # its home moved between versions of typer


def make_app(wanted: Callable[[str], bool] = lambda _: True) -> typer.Typer:
    """Return the command line; commands that are not wanted are there by name only."""
    app = typer.Typer(
        name="seedbed", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
        rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]},
        help="Grow a novel, judged, traceable set of instructions and responses from some dozens of seed tasks. "
        "To begin: `seedbed evolve --rounds 1`. Without a model's address or key, rules stand in for a model.",
    )  # fmt: skip
    app.callback()(_take_options)
    register(app, wanted)
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        show(f"seedbed {version('seedbed')}")
        raise typer.Exit


def _take_options(
    _: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version and exit.")
    ] = False,
) -> None:
    """Take the options that stand before a command."""


def main() -> None:
    """Run the command line; a user's mistake is a message, never a traceback."""
    sys.exit(carry_out())


def carry_out() -> int:
    """Carry out the command of `sys.argv`; return the exit status."""
    try:
        given = next((word for word in sys.argv[1:] if word in COMMANDS), None)
        return int(make_app(lambda name: name == given)(standalone_mode=False) or 0)
    except _UsageError as error:
        error.show()  # type: ignore[attr-defined]
        return _fail(error.format_message(), BAD_INPUT)  # type: ignore[attr-defined]
    except SeedbedError as error:
        say_error(str(error))
        return _fail(str(error), error.exit_status)
    except (KeyboardInterrupt, typer.Abort):
        say_error("interrupted.")
        return _fail("interrupted", INTERRUPTED)
    except OSError as error:
        said = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        say_error(f"{said}.")
        return _fail(said, FAILED)
    except Exception as error:  # noqa: BLE001 - the edge: a fault of Seedbed's own
        say(traceback.format_exc().rstrip())
        say_error("this is a fault of Seedbed, not of yours; please report the lines above.")
        return _fail(f"{type(error).__name__}: {error}", FAILED)


def _fail(message: str, exit_status: int) -> int:
    if "--json" in sys.argv[1:]:
        show_json({"error": message, "exit_status": exit_status})
    return exit_status

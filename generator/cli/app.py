"""The command line: one file a command. The only part of the generator that prints and that sets the exit status.

With `--json`, stdout holds one JSON object however the command ends: what a command found, or `error` and `exit_status`.
"""

from __future__ import annotations

import sys
import traceback

import typer

from generator.cli import (
    augment,
    balance,
    batch,
    calibrate,
    clean,
    decontaminate,
    dedup,
    diff,
    distill,
    evolve,
    export,
    judge,
    runs,
    seeds,
    self_instruct,
    why,
)
from generator.cli.console import say, say_error, show_json
from generator.errors import SeedbedError

FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130  # 130 = 128 + SIGINT, the shell's convention
_UsageError: type[Exception] = typer.BadParameter.__mro__[1]  # its home moved between versions of typer

app = typer.Typer(
    name="seedbed", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]},
    help="Grow a novel, judged, traceable set of instructions and responses from some dozens of seed tasks. "
    "To begin: `seedbed evolve --rounds 1`. Without a model's address or key, rules stand in for a model.",
)  # fmt: skip
app.command("evolve", short_help="Rewrite the seed tasks, round by round.")(evolve.evolve)
app.command("self-instruct", short_help="Draw new tasks in the manner of the seeds.")(self_instruct.self_instruct)
app.command("judge", short_help="Let a critic judge records that are there.")(judge.judge)
app.command("calibrate", short_help="Hold a critic against labels of people.")(calibrate.calibrate)
app.command("distill", short_help="Fit a small scorer to a critic's verdicts.")(distill.distill)
app.command("augment", short_help="Say records anew, translate them, go on from them.")(augment.augment)
app.command("export-batch", short_help="Write what a run would ask now to a file.")(batch.export_batch)
app.command("import-batch", short_help="Bring the answers to such a file into the run.")(batch.import_batch)
app.add_typer(seeds.app, name="seeds", short_help="Check seed files.")
app.command("clean", short_help="Mend and drop records by a named profile.")(clean.clean)
app.command("export", short_help="Write records in the forms of other tools.")(export.export)
app.command("balance", short_help="Keep a share of each class, by a target.")(balance.balance)
app.command("diff", short_help="Compare two versions of a data set.")(diff.diff)
app.command("decontaminate", short_help="Find what a data set shares with benchmarks.")(decontaminate.decontaminate)
app.command("dedup", short_help="Take near-duplicates out of files.")(dedup.dedup)
app.command("runs", short_help="List the runs here.")(runs.runs)
app.command("why", short_help="Show how one record came to be, and how it ended.")(why.why)


def main() -> None:
    """Run the command line; a user's mistake is a message, never a traceback."""
    sys.exit(carry_out())


def carry_out() -> int:
    """Carry out the command of `sys.argv`; return the exit status."""
    try:
        return int(app(standalone_mode=False) or 0)
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
        say_error(f"{said}. Is the disk full, or a right missing?")
        return _fail(said, FAILED)
    except Exception as error:  # noqa: BLE001 - the edge: a fault of Seedbed's own
        say(traceback.format_exc().rstrip())
        say_error("this is a fault of Seedbed, not of yours; please report the lines above.")
        return _fail(f"{type(error).__name__}: {error}", FAILED)


def _fail(message: str, exit_status: int) -> int:
    if "--json" in sys.argv[1:]:
        show_json({"error": message, "exit_status": exit_status})
    return exit_status

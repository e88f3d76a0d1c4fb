"""What a person sees while a run goes on: a live line on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable

from generator.run import Run

LIVE_EVERY_S = 0.25
PLAIN_EVERY_S = 5.0
REASONS_SHOWN = 4


def describe_progress(run: Run, elapsed_s: float) -> str:
    """Return one line: accepted, rejected by reason, calls in flight, rate, cost."""
    reasons = sorted(run.funnel.list_reasons(), key=lambda row: -row[2])[:REASONS_SHOWN]
    listed = ", ".join(f"{stage} {reason} {count}" for stage, reason, count in reasons)
    rejected = run.funnel.total - run.funnel.accepted
    rate = run.meter.answered / elapsed_s if elapsed_s > 0 else 0.0
    cached = f" ({run.meter.cached} from the journal)" if run.meter.cached else ""
    return (
        f"{run.funnel.accepted} accepted, {rejected} not" + (f" ({listed})" if listed else "")
        + f"; {run.in_flight} calls in flight, {run.meter.answered} answered{cached}, {rate:.0f}/s; cost unknown"
    )  # fmt: skip


async def show_progress(run: Run) -> None:
    """Show progress on stderr until cancelled."""
    if sys.stderr.isatty():
        await _show_live(run)
    else:
        await _show_plain(run)


async def _show_live(run: Run) -> None:
    from rich.console import Console
    from rich.status import Status

    began = time.monotonic()
    with Status("starting", console=Console(stderr=True)) as status:
        while True:
            await asyncio.sleep(LIVE_EVERY_S)
            status.update(describe_progress(run, time.monotonic() - began))


async def _show_plain(run: Run, write: Callable[[str], object] = sys.stderr.write) -> None:
    began = time.monotonic()
    while True:
        await asyncio.sleep(PLAIN_EVERY_S)
        write(describe_progress(run, time.monotonic() - began) + "\n")

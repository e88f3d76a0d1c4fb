"""What a person sees while a run goes on: a live line on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import asyncio
import sys
import time

from generator.cli.console import say
from generator.run import Run

LIVE_EVERY_S = 0.25
PLAIN_EVERY_S = 5.0
REASONS_SHOWN = 4
SILENT_S = 5.0  # without an answer before it is mentioned


def describe_progress(run: Run, elapsed_s: float) -> str:
    """Return one line: accepted, the rest by reason, calls in flight, answered, rate; what fails, where nothing else does."""
    funnel, meter = run.funnel, run.meter
    reasons = sorted(funnel.list_reasons(), key=lambda row: -row[2])[:REASONS_SHOWN]
    listed = ", ".join(f"{stage} {reason} {count}" for stage, reason, count in reasons)
    rate = meter.answered / elapsed_s if elapsed_s > 0 else 0.0
    cached = f" + {meter.cached} from the journal" if meter.cached else ""
    silence = run.describe_silence()
    return (
        f"{elapsed_s:.0f} s: {funnel.accepted} accepted, {funnel.total - funnel.accepted} not"
        + (f" ({listed})" if listed else "")
        + f"; calls: {run.in_flight} in flight, {meter.answered} answered{cached}, {rate:.1f}/s"
        + (f"; no answer for {silence[0]:.0f} s: {silence[1]}" if silence and silence[0] >= SILENT_S else "")
    )


async def show_progress(run: Run) -> None:
    """Show progress on stderr until cancelled."""
    if sys.stderr.isatty():
        await _show_live(run)
    else:
        await _show_plain(run)


async def _show_live(run: Run) -> None:
    from rich.console import Console
    from rich.status import Status
    from rich.text import Text

    began = time.monotonic()
    with Status("starting", console=Console(stderr=True)) as status:
        while True:
            await asyncio.sleep(LIVE_EVERY_S)
            status.update(Text(describe_progress(run, time.monotonic() - began)))


async def _show_plain(run: Run) -> None:
    began = time.monotonic()
    while True:
        await asyncio.sleep(PLAIN_EVERY_S)
        say(describe_progress(run, time.monotonic() - began))

"""A long run through the whole client: are memory and open files flat?

    python -m benchmarks.soak [--completions 100000] [--concurrency 256]

Prompt, journal, budget, retry, limiter and HTTP, against a loopback server in a process of its own that also fails now
and then. Prints the resident memory (MiB) and the open files of this process over time, and at the end how much both
grew between a tenth of the way and its end.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.backends.openai import OpenAIBackend
from generator.client.budget import Amount, Ledger, Limits
from generator.client.meter import Meter
from generator.client.stack import Client
from generator.journal import Journal
from generator.prompter import Prompter
from generator.templates import Templates
from generator.types import Candidate, Lineage, Outcome

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = "respond/answer"
TEXT = "the quick brown fox jumps over the lazy dog and writes it down twice, " * 8
TROUBLE = "--latency 0.05 --error 0.01 --turned-away 0.01 --dropped 0.005 --cut 0.005 --retry-after 0.1"
LOOKS = 20
MOST_GROWTH = 1.10  # of the memory after a tenth of the way
MIB = 1 << 20


@dataclass(frozen=True)
class Look:
    """What the process holds."""

    done: int
    seconds: float
    memory: float  # MiB, resident
    files: int


def look(done: int, began: float) -> Look:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        memory = pages * resource.getpagesize() / MIB
    except OSError:  # elsewhere than on Linux: the most it ever was
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB
    folder = "/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"
    return Look(done, time.perf_counter() - began, memory, len(os.listdir(folder)))


async def soak(url: str, folder: Path, completions: int, concurrency: int) -> list[Look]:
    journal, meter = Journal(folder / "journal.sqlite"), Meter()
    backend = OpenAIBackend(base_url=url, api_key_env="NO_SUCH_KEY", timeout_s=30, connections=concurrency)
    ledger = Ledger(Limits(calls=2 * completions), Amount())
    client = Client(backend, journal, meter, slots=concurrency, give_up_s=120, ledger=ledger)
    ask = Prompter(Templates(ROOT / "prompts"), client, "tiny")
    lineage = Lineage(recipe="evolve", operator="soak")
    numbers: Iterator[int] = iter(range(completions))
    began = time.perf_counter()
    looks: list[Look] = []

    async def work() -> None:
        for number in numbers:
            about = f"{number:016x}"
            variables: dict[str, Any] = {"instruction": f"Task {number}: {TEXT}", "input": "", "system": None}
            await ask(TEMPLATE, "en", variables, lambda got: got.text, about=about, order=number)
            meter.take(about)
            meter.yields.settle(Outcome("accepted", "critic", "", Candidate(about, "", "", None, "en", {}, lineage)))
            if meter.answered // (completions // LOOKS) > len(looks):
                looks.append(look(meter.answered, began))
                one = looks[-1]
                print(f"{one.done:>9} {one.seconds:>8.0f} {one.memory:>11.1f} {one.files:>6}", flush=True)

    await asyncio.gather(*(work() for _ in range(concurrency)))
    await client.close()
    await journal.close()
    return looks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--completions", type=int, default=100_000)
    parser.add_argument("--concurrency", type=int, default=256)
    given = parser.parse_args()
    command = [sys.executable, "-m", "tests.trouble", *TROUBLE.split()]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        print("completed        s  memory MiB  files")
        try:
            with tempfile.TemporaryDirectory() as folder:
                looks = asyncio.run(soak(url, Path(folder), given.completions, given.concurrency))
        finally:
            server.terminate()
    early, late = looks[LOOKS // 10], looks[-1]
    growth = late.memory / early.memory
    verdict = "flat" if growth <= MOST_GROWTH and late.files <= early.files + given.concurrency // 8 else "GROWS"
    print(f"memory × {growth:.3f}, files {early.files} → {late.files}: {verdict}")


if __name__ == "__main__":
    main()

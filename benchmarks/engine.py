"""What the engine itself costs: CPU a candidate of two calls (evolve, respond), and memory, without back end and HTTP.

    python -m benchmarks.engine [--candidates 10000 100000]

Everything else is in it: rendering, journal on disk, parsing, elimination, novelty (ROUGE-L and MinHash over the whole
pool), schedule, records. The scripted back end's own time is measured and taken off. Each size runs in a process of its
own. Limit: 2 ms a candidate; memory that grows with the accepted pool only.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMIT_MS = 2.0
VOCABULARY = 14_000  # about that of the 52,002 Alpaca instructions
ROUNDS = 4


class WordSalad:
    """Answers at once with words drawn by Zipf's law, and counts the CPU that this takes."""

    name = "scripted"

    def __init__(self) -> None:
        from generator.types import Completion

        rng = random.Random(0)
        weights = [1 / (rank + 2.7) for rank in range(VOCABULARY)]
        self._stream = rng.choices([f"w{number:x}" for number in range(VOCABULARY)], weights, k=1 << 20)
        self._rng = rng
        self._make = Completion
        self.cpu_s = 0.0
        self.calls = 0

    async def complete(self, request):
        began = time.thread_time()
        evolve = request.template.startswith("evolve")
        start = self._rng.randrange(len(self._stream) - 200)
        text = " ".join(self._stream[start : start + (16 if evolve else 80)])
        reply = self._make(f"<instruction>{text}</instruction>" if evolve else text)
        self.calls += 1
        self.cpu_s += time.thread_time() - began
        return reply

    async def close(self) -> None:
        pass


def measure(candidates: int) -> dict[str, float]:
    from generator.config import make_config
    from generator.preparation.recipes import prepare
    from generator.run import Run
    from generator.run_folder import RunFolder

    with tempfile.TemporaryDirectory() as room:
        backend = WordSalad()
        seeds = Path(room, "seeds.jsonl")
        with seeds.open("w") as lines:
            for number in range(candidates // ROUNDS):
                start = number * 16 % (1 << 19)
                task = {
                    "instruction": " ".join(backend._stream[start : start + 12]) + f" s{number}",
                    "response": "r",
                    "language": "en",
                }
                lines.write(json.dumps(task) + "\n")
        model = {"kind": "openai", "model": "scripted"}
        settings = {
            "seeds": [str(seeds)], "backend": model, "critic": model, "concurrency": 256,
            "evolve": {"rounds": ROUNDS, "judge_equal": False}, "policy": {"critic": False},
        }  # fmt: skip
        prepared = prepare(make_config(settings))
        run = Run(prepared, RunFolder(room, "run"), make_backend=lambda *_: backend)
        before_mib = read_rss_mib()
        began_cpu, began = time.process_time(), time.perf_counter()
        ending = asyncio.run(run.carry_out())
        cpu_s, wall_s = time.process_time() - began_cpu - backend.cpu_s, time.perf_counter() - began
        assert ending.exit_status == 0, ending
        return {
            "candidates": run.funnel.total, "accepted": run.funnel.accepted, "calls": backend.calls,
            "cpu_ms": 1000 * cpu_s / run.funnel.total, "wall_s": wall_s, "before_mib": before_mib,
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }  # fmt: skip


def read_rss_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--candidates", type=int, nargs="+", default=[10_000, 100_000])
    arguments.add_argument("--one", type=int, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.one:
        print(json.dumps(measure(given.one)))
        return
    print(
        f"{'candidates':>10} {'accepted':>9} {'calls':>8} {'CPU ms a candidate':>19} {'of limit':>9} {'MiB':>6} {'KiB an accepted':>16}"
    )
    for candidates in given.candidates:
        command = [sys.executable, "-m", "benchmarks.engine", "--one", str(candidates)]
        row = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
        grown = row["peak_mib"] - row["before_mib"]
        print(
            f"{row['candidates']:>10} {row['accepted']:>9} {row['calls']:>8} {row['cpu_ms']:>19.2f} {row['cpu_ms'] / LIMIT_MS:>9.2f} "
            f"{row['peak_mib']:>6.0f} {1024 * grown / row['accepted']:>16.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()

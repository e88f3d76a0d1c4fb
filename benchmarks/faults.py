"""Whole runs against loopback servers that fail, limit, queue and go down: what it costs, and that nothing is lost.

    python -m benchmarks.faults [--seeds 250] [--concurrency 256] [--only NAME ...]

Each line is one run (evolve, equal, respond, critic, two rounds) against a server of its own in a process of its own. The
data set must be byte-identical to that of the first line, but for damaged replies, which are completions like any other.
`attempts` are requests an answered call; `429` the share turned away in the second half; `latency` the mean of the second
half over the server's median; `early` the attempts before their Retry-After was over.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from generator.config import make_config
from generator.preparation.recipes import prepare
from generator.run import Run
from generator.run_folder import RunFolder
from tests.loopback import WORDS

MEDIAN_S = 0.5
FAULTS = "--error 0.05 --turned-away 0.1 --retry-after 2 --dropped 0.02 --cut 0.01 --hangs 0.01"
# name, what the server does, whether --concurrency is given, calls that it works on at a time
ORDERS: list[tuple[str, str, bool, int | None]] = [
    ("calm", "", True, None),
    ("calm, no --concurrency", "", False, None),
    ("faults", FAULTS, True, None),
    ("faults, no --concurrency", FAULTS, False, None),
    ("faults, down for 30 s", f"{FAULTS} --down 800 30", True, None),
    ("damaged replies", "--damage", True, None),
    ("limit of 64", "--most 64 --error 0.05", True, 64),
    ("limit of 64, no --concurrency", "--most 64 --error 0.05", False, 64),
    ("queue behind 32", "--works-on 32", True, 32),
    ("queue behind 32, no --concurrency", "--works-on 32", False, 32),
]


@contextlib.contextmanager
def serve(order: str) -> Iterator[str]:
    """Serve in a process of its own; yield the address."""
    command = [sys.executable, "-m", "tests.trouble", "--latency", str(MEDIAN_S), *order.split()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def write_seeds(room: Path, count: int) -> None:
    rng = random.Random(1)
    rows = [{"instruction": " ".join(rng.choices(WORDS, k=14)) + f" {n}", "language": "en"} for n in range(count)]
    (room / "seeds.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def carry_out(room: Path, name: str, url: str, concurrency: int | None) -> tuple[Run, int, float]:
    """Run; return it, its exit status and the seconds it took."""
    model = {"kind": "openai", "model": "m", "base_url": url, "timeout_s": 10 * MEDIAN_S}
    settings: dict[str, Any] = {
        "seeds": [str(room / "seeds.jsonl")], "backend": model, "critic": model, "evolve": {"rounds": 2},
    }  # fmt: skip
    if concurrency is not None:
        settings["concurrency"] = concurrency
    run = Run(prepare(make_config(settings)), RunFolder(str(room), name))
    began = time.perf_counter()
    status = asyncio.run(run.carry_out()).exit_status
    return run, status, time.perf_counter() - began


def measure(room: Path, order: tuple[str, str, bool, int | None], concurrency: int, whole: bytes | None) -> bytes:
    name, misdeeds, is_given, works_on = order
    folder = "".join(sign for sign in name if sign.isalnum())
    with serve(misdeeds) as url:
        run, status, wall_s = carry_out(room, folder, url, concurrency if is_given else None)
        with urllib.request.urlopen(url.removesuffix("/v1") + "/stats") as reply:
            stats = json.load(reply)
    data = (room / folder / "dataset.jsonl").read_bytes()
    answered = run.meter.answered
    best_s = answered * MEDIAN_S * 1.133 / (works_on or concurrency)  # the mean of a lognormal with sigma 0.5
    same = "-" if whole is None or "damage" in misdeeds else "yes" if data == whole else "NO"
    counts = run.funnel.describe()
    print(
        f"{name:<34} {status:>4} {wall_s:>7.1f} {wall_s / best_s:>6.2f} {answered:>9} {stats['asked'] / answered:>9.2f}"
        f" {100 * stats['late_share']:>6.2f}% {stats['late_latency_s'] / MEDIAN_S / 1.133:>8.2f} {stats['early']:>6}"
        f" {counts['failed']:>7} {run.meter.damaged.total():>8} {same:>5}",
        flush=True,
    )
    return data


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=250)
    parser.add_argument("--concurrency", type=int, default=256)
    parser.add_argument("--only", nargs="+", help="names of lines")
    given = parser.parse_args()
    print(
        f"{'server':<34} {'exit':>4} {'wall s':>7} {'/ best':>6} {'answered':>9} {'attempts':>9} {'429':>7} {'latency':>8}"
        f" {'early':>6} {'failed':>7} {'damaged':>8} {'same':>5}"
    )
    whole: bytes | None = None
    with tempfile.TemporaryDirectory() as folder:
        write_seeds(Path(folder), given.seeds)
        for order in ORDERS:
            if given.only is None or order[0] in given.only or order[0] == "calm":
                data = measure(Path(folder), order, given.concurrency, whole)
                whole = data if order[0] == "calm" else whole


if __name__ == "__main__":
    main()

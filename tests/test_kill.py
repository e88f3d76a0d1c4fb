"""A run against a real server that fails in every way, killed at random moments and run again.

It comes to the same bytes, and no call is made whose answer was in the journal.
"""

from __future__ import annotations

import contextlib
import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.rig import TASKS

KILLS = 10
CONCURRENCY = 256
TROUBLE = "--error 0.05 --turned-away 0.1 --dropped 0.02 --cut 0.01 --hangs 0.01 --retry-after 0.2"


@contextlib.contextmanager
def serve(*order: str) -> Iterator[str]:
    """Serve in a process of its own; yield the address."""
    command = [sys.executable, "-m", "tests.trouble", "--latency", "0.1", "--texts", *order]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.kill()


def read_stats(address: str) -> dict[str, Any]:
    with urllib.request.urlopen(address.removesuffix("/v1") + "/stats") as reply:
        stats: dict[str, Any] = json.load(reply)
    return stats


def start(address: str, room: Path, name: str) -> subprocess.Popen[bytes]:
    config = room / "config.toml"
    config.write_text("[backend]\ntimeout_s = 2.0\n")
    command = [
        sys.executable, "-m", "generator", "evolve", str(room / "seeds.jsonl"), "--rounds", "4", "--base-url", address,
        "--run", name, "--runs-dir", str(room / "runs"), "--concurrency", str(CONCURRENCY), "--config", str(config),
    ]  # fmt: skip
    with (room / f"{name}.err").open("wb") as said:
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=said)


def read_bytes(room: Path, name: str) -> list[bytes]:
    return [(room / "runs" / name / file).read_bytes() for file in ("dataset.jsonl", "rejects.jsonl")]


def read_journaled(room: Path, name: str) -> set[str]:
    """Return the texts that are in the journal."""
    path = room / "runs" / name / "journal.sqlite"
    if not path.exists():
        return set()
    with contextlib.closing(sqlite3.connect(path)) as journal:
        try:
            rows = journal.execute("SELECT json_extract(completion, '$.text') FROM completions").fetchall()
        except sqlite3.OperationalError:
            return set()  # killed before there was a table
    return {text for (text,) in rows}


def write_seeds(room: Path) -> None:
    lines = [
        json.dumps({**task, "instruction": f"{task['instruction']} Part {n}."}) for n in range(15) for task in TASKS
    ]
    (room / "seeds.jsonl").write_text("\n".join(lines) + "\n")


@pytest.mark.timeout(400)
def test_killed_and_run_again_it_comes_to_the_same_bytes(tmp_path: Path) -> None:
    rng = random.Random(7)
    write_seeds(tmp_path)
    with serve() as calm:
        assert start(calm, tmp_path, "whole").wait() == 0
        answers = Counter(read_stats(calm)["texts"])
    # A task that is tried again with the same operator is the same prompt to the server, and has the same answer.
    drawn_again = {text for text, count in answers.items() if count > 1}
    whole = read_bytes(tmp_path, "whole")
    with serve(*TROUBLE.split()) as rough:
        journaled: set[str] = set()
        kills = 0
        repeated: list[str] = []
        while kills < KILLS:
            seen = len(read_stats(rough)["texts"])
            run = start(rough, tmp_path, "killed")
            time.sleep(0.8 + rng.random() * 1.2)
            if run.poll() is not None:
                break  # it came to its end
            run.send_signal(signal.SIGKILL)
            run.wait()
            kills += 1
            repeated += [text for text in read_stats(rough)["texts"][seen:] if text in journaled]
            journaled = read_journaled(tmp_path, "killed")
            dataset = tmp_path / "runs" / "killed" / "dataset.jsonl"
            assert not dataset.exists() or whole[0].startswith(dataset.read_bytes())
        seen = len(read_stats(rough)["texts"])
        status = start(rough, tmp_path, "killed").wait()
        assert status == 0, (tmp_path / "killed.err").read_text()
        stats = read_stats(rough)
        repeated += [text for text in stats["texts"][seen:] if text in journaled]
    repeated = [text for text in repeated if text not in drawn_again]
    assert len(drawn_again) < len(answers) / 20
    assert kills >= 3, "it ended before it could be killed often"
    assert repeated == [], "an answer that was in the journal was asked for again"
    assert read_bytes(tmp_path, "killed") == whole
    assert set(stats["faults"]) == {"error", "turned_away", "dropped", "cut", "hangs"}
    assert stats["early"] == 0

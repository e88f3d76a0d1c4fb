"""A run against a real server, killed at random moments and run again: the same bytes, and nothing paid for twice."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.rig import TASKS

KILLS = 5


@pytest.fixture
def address() -> Iterator[str]:
    command = [sys.executable, str(ROOT / "tests" / "loopback.py"), "--latency", "0.02"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.kill()


def read_stats(address: str) -> dict[str, Any]:
    with urllib.request.urlopen(address.removesuffix("/v1") + "/stats") as reply:
        stats: dict[str, Any] = json.load(reply)
    return stats


def start(address: str, room: Path, name: str, concurrency: int = 16) -> subprocess.Popen[bytes]:
    command = [
        sys.executable, "-m", "generator", "evolve", str(room / "seeds.jsonl"), "--rounds", "4", "--base-url", address,
        "--run", name, "--runs-dir", str(room / "runs"), "--concurrency", str(concurrency),
    ]  # fmt: skip
    with (room / f"{name}.err").open("wb") as said:
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=said)


def read_bytes(room: Path, name: str) -> list[bytes]:
    return [(room / "runs" / name / file).read_bytes() for file in ("dataset.jsonl", "rejects.jsonl")]


def count_recorded(room: Path, name: str) -> int:
    with sqlite3.connect(room / "runs" / name / "journal.sqlite") as journal:
        return int(journal.execute("SELECT COUNT(*) FROM completions").fetchone()[0])


@pytest.mark.timeout(180)
def test_killed_and_run_again_it_comes_to_the_same_bytes(address: str, tmp_path: Path) -> None:
    rng = random.Random(7)
    lines = [
        json.dumps({**task, "instruction": f"{task['instruction']} Part {n}."}) for n in range(12) for task in TASKS
    ]
    (tmp_path / "seeds.jsonl").write_text("\n".join(lines) + "\n")
    assert start(address, tmp_path, "whole", concurrency=64).wait() == 0
    whole = read_bytes(tmp_path, "whole")
    asked_before = read_stats(address)["asked"]
    for _ in range(KILLS):
        run = start(address, tmp_path, "killed")
        time.sleep(0.9 + rng.random() * 0.8)
        run.send_signal(signal.SIGKILL)
        run.wait()
        dataset = tmp_path / "runs" / "killed" / "dataset.jsonl"
        if dataset.exists():
            assert whole[0].startswith(dataset.read_bytes())
    status = start(address, tmp_path, "killed").wait()
    assert status == 0, (tmp_path / "killed.err").read_text()
    assert read_bytes(tmp_path, "killed") == whole
    asked = read_stats(address)["asked"] - asked_before
    assert count_recorded(tmp_path, "killed") <= asked <= count_recorded(tmp_path, "killed") + KILLS * 16

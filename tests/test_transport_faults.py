"""A fault is not a completion: a run against a server that fails in every way comes to the same bytes, and loses nothing."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path

from generator.config import make_config
from generator.preparation import prepare
from generator.run import Run
from generator.run_folder import RunFolder
from tests.loopback import WORDS, Server

SEEDS = 60
JSON_TYPE = {"content-type": "application/json"}
FAULTS = [
    (0.05, (500, {}, b'{"error":{"message":"boom"}}')),
    (0.10, (429, {"retry-after": "0.2"}, b'{"error":{"message":"slow down"}}')),
    (0.02, (200, JSON_TYPE, b'{"choices": [{"mess')),
    (0.01, (200, {"content-type": "text/html"}, b"<html>busy</html>")),
]


class Faults:
    """Chooses, call by call, whether the server fails, and how."""

    def __init__(self) -> None:
        self._rng = random.Random(3)
        self.count = 0

    def __call__(self, number: int, digest: str) -> tuple[int, dict[str, str], bytes] | None:
        drawn = self._rng.random()
        for share, fault in FAULTS:
            drawn -= share
            if drawn < 0:
                self.count += 1
                return fault
        return None


def write_seeds(room: Path) -> None:
    room.mkdir()
    rng = random.Random(1)
    tasks = [{"instruction": " ".join(rng.choices(WORDS, k=14)) + f" {n}", "language": "en"} for n in range(SEEDS)]
    (room / "seeds.jsonl").write_text("".join(json.dumps(task) + "\n" for task in tasks))


def read_results(room: Path) -> list[bytes]:
    return [(room / "run" / name).read_bytes() for name in ("dataset.jsonl", "rejects.jsonl")]


async def run(room: Path, faults: Faults | None, concurrency: int) -> tuple[Run, Server]:
    async with Server(latency_s=0.03, fault=faults) as server:
        model = {"kind": "openai", "model": "m", "base_url": server.url}
        settings = {
            "seeds": [str(room / "seeds.jsonl")], "backend": model, "critic": model, "concurrency": concurrency,
            "evolve": {"rounds": 3},
        }  # fmt: skip
        one = Run(prepare(make_config(settings)), RunFolder(str(room), "run"))
        ending = await one.carry_out()
        assert ending.exit_status == 0, ending
        return one, server


def test_faults_change_nothing_in_the_data_set(tmp_path: Path) -> None:
    smooth, rough = tmp_path / "smooth", tmp_path / "rough"
    write_seeds(smooth)
    asyncio.run(run(smooth, None, 16))
    write_seeds(rough)
    faults = Faults()
    one, server = asyncio.run(run(rough, faults, 128))
    assert faults.count > 50
    assert read_results(rough) == read_results(smooth)
    assert one.meter.answered == server.answered.total()  # each answer was recorded, none was asked for twice
    assert server.asked.total() == server.answered.total() + faults.count

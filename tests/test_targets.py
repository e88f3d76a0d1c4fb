"""A target, met exactly, thriftily, and again without a call."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.rig import Rig
from tests.scripted import Scripted


def hurry(request: object) -> float:
    return random.Random(repr(request)[-200:]).random() / 100


@pytest.mark.parametrize("recipe", ["self-instruct", "evolve"])
@pytest.mark.parametrize("concurrency", [1, 16])
def test_the_same_command_again_asks_for_nothing_new(tmp_path: Path, recipe: str, concurrency: int) -> None:
    rig = Rig(tmp_path, recipe=recipe, target=11)
    first = Scripted(latency_s=hurry)
    rig.run(first, concurrency=concurrency)
    before = rig.bytes
    for _ in range(2):
        again = Scripted()
        ending, run = rig.run(again, concurrency=16)
        assert (ending.exit_status, again.requests, run.funnel.accepted) == (0, [], 11)
        assert rig.bytes == before


def test_what_was_asked_beyond_the_target_is_counted_as_in_vain(tmp_path: Path) -> None:
    rig = Rig(tmp_path, recipe="self-instruct", target=3)
    backend = Scripted()
    _, run = rig.run(backend, concurrency=16)
    needed = Scripted()
    (tmp_path / "again").mkdir()
    alone = Rig(tmp_path / "again", recipe="self-instruct", target=3)
    _, thrifty = alone.run(needed, concurrency=1)
    assert alone.bytes == rig.bytes
    assert run.meter.in_vain > 0
    assert len(backend.requests) - run.meter.in_vain >= len(needed.requests) - thrifty.meter.in_vain - 1


def test_a_higher_target_goes_on_from_there(tmp_path: Path) -> None:
    rig = Rig(tmp_path, recipe="self-instruct", target=5)
    rig.run(Scripted())
    before = rig.bytes[0]
    ending, run = rig.run(Scripted(), target=12)
    assert (ending.exit_status, run.funnel.accepted) == (0, 12)
    assert rig.bytes[0].startswith(before)

"""Writing what was decided while nothing more urgent is to be done: when never shows in what is written."""

from __future__ import annotations

import asyncio
import random

import pytest

from evaluators.novelty.rouge_l import RougeLFilter
from generator import recorder
from generator.errors import LimitReached
from generator.pool import Pool, Probe
from generator.recorder import Recorder
from generator.types import Candidate, Example, Lineage, Outcome

WORDS = "a list of the words that many texts share so that all are a little like each other".split()
COUNT = 40


def make_texts() -> list[str]:
    rng = random.Random(4)
    return [" ".join(rng.choices(WORDS, k=12)) + f" {number}" for number in range(COUNT)]


def make_pool() -> Pool:
    return Pool([RougeLFilter(threshold=1.0)], lambda: RougeLFilter(threshold=1.0))


def accept(text: str) -> Outcome:
    lineage = Lineage(recipe="evol-instruct")
    example = Example(id=text, instruction=text, lineage=lineage)
    return Outcome("accepted", "policy", "", Candidate(text, text, "", None, "en", {}, lineage), example)


async def commit_all(pool: Pool, recorder: Recorder, *, ahead: int, breathe: bool) -> None:
    """Decide each text in its turn, as the engine does; attempts are looked at `ahead` of their turn."""
    probes: list[Probe] = []
    for number, text in enumerate(make_texts()):
        for later in make_texts()[len(probes) : number + 1 + ahead]:
            probe = await pool.prepare(later)
            assert probe is not None
            pool.look(probe)
            recorder.expect(probe)
            probes.append(probe)
        if breathe:
            await asyncio.sleep(0.002)
        assert pool.decide(probes[number]) is None
        outcome = accept(text)
        recorder.take(outcome, probes[number])
        assert outcome.example is not None
        pool.add(outcome.example, probes[number])


def measure_plainly() -> list[float]:
    """The nearest of all before each, searched one by one in a pool that holds no more than these."""
    texts, index, best = make_texts(), RougeLFilter(), []
    for text in texts:
        prepared = index.prepare(text)
        assert prepared is not None
        nearest = index.nearest(prepared)
        best.append(round(nearest.similarity, 6) if nearest else -1.0)
        index.add(text, text, prepared)
    return best


@pytest.mark.parametrize("most", [0, 3, 1000])
@pytest.mark.parametrize("ahead", [0, 7, COUNT])
@pytest.mark.parametrize("breathe", [True, False])
def test_whenever_it_is_written_the_nearest_is_of_what_was_there(
    most: int, ahead: int, breathe: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "MOST_WAITING", most)
    monkeypatch.setattr(recorder, "PAUSE_S", 0.0)
    monkeypatch.setattr(recorder, "IDLE_S", 60.0)
    written: list[Outcome] = []

    async def go() -> None:
        pool = make_pool()
        async with Recorder(pool, written.append) as taking:
            await commit_all(pool, taking, ahead=ahead, breathe=breathe)

    asyncio.run(go())
    assert [one.candidate.id for one in written] == make_texts()
    assert [one.example and one.example.scores.get("novelty.rouge_l", -1.0) for one in written] == measure_plainly()


def test_a_busy_loop_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "IDLE_S", -1.0)  # no turn is short enough
    written: list[Outcome] = []

    async def go() -> int:
        pool = make_pool()
        async with Recorder(pool, written.append) as taking:
            await commit_all(pool, taking, ahead=0, breathe=True)
            return len(written)

    assert asyncio.run(go()) == 0
    assert len(written) == COUNT


@pytest.mark.parametrize("most", [0, 1000])
def test_where_writing_fails_the_run_does_and_nothing_is_written_after(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "MOST_WAITING", most)
    written: list[Outcome] = []

    def write(outcome: Outcome) -> None:
        if len(written) == 5:
            raise OSError("the disk is full")
        written.append(outcome)

    async def go() -> None:
        pool = make_pool()
        async with Recorder(pool, write) as taking:
            await commit_all(pool, taking, ahead=0, breathe=False)

    with pytest.raises(OSError, match="disk is full"):
        asyncio.run(go())
    assert len(written) == 5


def test_what_failed_in_writing_is_told_whatever_else_ends_the_phase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "IDLE_S", 60.0)

    def write(_: Outcome) -> None:
        raise OSError("the disk is full")

    async def go() -> None:
        pool = make_pool()
        async with Recorder(pool, write) as taking:
            await commit_all(pool, taking, ahead=0, breathe=False)
            await asyncio.sleep(0.1)  # the worker has tried
            raise LimitReached("no call is left")

    with pytest.raises(OSError, match="disk is full"):
        asyncio.run(go())


def test_interrupted_it_writes_the_rest_and_interrupted_again_it_does_not() -> None:
    written: list[Outcome] = []

    async def hold(pool: Pool) -> None:
        async with Recorder(pool, written.append) as taking:
            await commit_all(pool, taking, ahead=0, breathe=False)
            await asyncio.Event().wait()

    async def go(cancels: int) -> int:
        written.clear()
        task = asyncio.create_task(hold(make_pool()))
        await asyncio.sleep(0)
        for _ in range(cancels):
            task.cancel()
            for _ in range(4):
                await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await task
        return len(written)

    assert asyncio.run(go(1)) == COUNT
    assert 0 < asyncio.run(go(2)) < COUNT

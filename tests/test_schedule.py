"""The schedule by itself, in simulated time: order, speculation, bounds."""

from __future__ import annotations

import asyncio
import heapq
import random
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.schedule import Schedule
from tests.simulated_time import run_simulated


@dataclass
class Chain:
    """Work in lanes: an attempt takes `calls` waits for one of `slots`; some foreseen outcomes turn out otherwise."""

    width: int
    rounds: int
    latencies: dict[int, list[float]]
    slots: asyncio.Semaphore | None = None
    surprises: frozenset[int] = frozenset()
    failing: frozenset[int] = frozenset()
    stop_after: int | None = None
    speculative: bool = True
    ahead: int = 1 << 30
    committed: list[tuple[int, Any]] = field(default_factory=list)
    attempts: list[int] = field(default_factory=list)
    discarded: list[int] = field(default_factory=list)
    began: dict[int, float] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return self.width * self.rounds

    def start(self, index: int) -> str:
        return f"seed{index}"

    async def attempt(self, index: int, basis: str) -> str:
        self.attempts.append(index)
        self.began.setdefault(index, asyncio.get_running_loop().time())
        for seconds in self.latencies[index]:
            if self.slots is None:
                await asyncio.sleep(seconds)
            else:
                async with self.slots:
                    await asyncio.sleep(seconds)
        if index in self.failing:
            raise RuntimeError(f"job {index}")
        return f"{basis}>{index}"

    def foresee(self, index: int, basis: str, attempt: str) -> str:
        return attempt

    async def commit(self, index: int, basis: str, attempt: str) -> str:
        assert attempt == f"{basis}>{index}"
        self.committed.append((index, basis))
        return basis if index in self.surprises else attempt

    def discard(self, index: int) -> None:
        self.discarded.append(index)

    def is_finished(self) -> bool:
        return self.stop_after is not None and len(self.committed) >= self.stop_after

    def look_ahead(self) -> int:
        return self.ahead


def make_latencies(count: int, calls: int, sigma: float = 0.5, seed: int = 0) -> dict[int, list[float]]:
    rng = random.Random(seed)
    return {index: [rng.lognormvariate(0, sigma) for _ in range(calls)] for index in range(count)}


def run(work: Chain, workers: int = 8, window: int | None = None) -> tuple[Schedule, float]:
    schedule = Schedule(work, workers=workers, window=window)

    async def go() -> None:
        await schedule.run()

    _, seconds = run_simulated(go())
    return schedule, seconds


@settings(max_examples=150, deadline=None)
@given(
    width=st.integers(1, 7), rounds=st.integers(1, 5), workers=st.integers(1, 9), window=st.integers(1, 12),
    seed=st.integers(0, 10**6), data=st.data(),
)  # fmt: skip
def test_the_outcome_is_a_function_of_the_work_alone(
    width: int, rounds: int, workers: int, window: int, seed: int, data: st.DataObject
) -> None:
    total = width * rounds
    surprises = data.draw(st.frozensets(st.integers(0, total - 1)))
    one = Chain(width, rounds, make_latencies(total, 2, 1.5, seed), surprises=surprises)
    run(one, workers, window)
    other = Chain(width, rounds, make_latencies(total, 1, 0.1, seed + 1), surprises=surprises)
    run(other, 1)
    assert one.committed == other.committed
    assert [index for index, _ in one.committed] == list(range(total))


def test_a_wrong_foresight_is_thrown_away_with_all_that_was_built_on_it() -> None:
    latencies = {0: [10.0], 1: [1.0], 2: [1.0], 3: [1.0], 4: [1.0], 5: [1.0]}
    work = Chain(2, 3, latencies, surprises=frozenset({1}))
    run(work)
    assert work.discarded == [3, 5]
    assert (3, "seed1") in work.committed
    assert (5, "seed1>3") in work.committed


def test_a_straggler_holds_up_no_attempt_but_its_own_lane() -> None:
    latencies = make_latencies(40, 1, 0.0) | {3: [100.0]}
    work = Chain(10, 4, latencies)
    run(work, workers=10)
    assert max(began for index, began in work.began.items() if index % 10 != 3) < 5
    assert work.began[13] >= 100


def test_work_that_is_not_speculative_waits_for_the_commitment() -> None:
    work = Chain(2, 3, {0: [9.0], 1: [1.0], 2: [1.0], 3: [1.0], 4: [1.0], 5: [1.0]}, speculative=False)
    run(work)
    assert work.began[3] >= 9


def test_the_window_bounds_what_is_held() -> None:
    work = Chain(500, 1, make_latencies(500, 1) | {0: [1000.0]})
    schedule, _ = run(work, workers=8, window=32)
    assert schedule.most_held <= 32
    assert len(work.committed) == 500


def test_look_ahead_bounds_what_is_begun() -> None:
    work = Chain(100, 1, make_latencies(100, 1), stop_after=10, ahead=5)
    run(work, workers=50)
    assert len(work.committed) == 10
    assert max(work.attempts) < 10 + 5


def test_a_fault_comes_up_in_its_turn_and_what_is_before_it_is_committed() -> None:
    work = Chain(10, 2, make_latencies(20, 1) | {2: [50.0]}, failing=frozenset({7}))
    with pytest.raises(RuntimeError, match="job 7"):
        run(work)
    assert [index for index, _ in work.committed] == list(range(7))


def list_schedule(latencies: dict[int, list[float]], width: int, rounds: int, slots: int) -> float:
    """Return the wall time of list scheduling: the oldest ready call goes to the first free slot; nothing else waits."""
    free = [0.0] * slots
    ready = [(0.0, lane, 0) for lane in range(width)]
    heapq.heapify(ready)
    end = 0.0
    while ready:
        at, lane, step = heapq.heappop(ready)
        index, call = divmod(step, len(latencies[0]))
        done = max(at, heapq.heappop(free)) + latencies[index * width + lane][call]
        heapq.heappush(free, done)
        end = max(end, done)
        if step + 1 < rounds * len(latencies[0]):
            heapq.heappush(ready, (done, lane, step + 1))
    return end


def test_wall_time_is_close_to_the_bound() -> None:
    width, rounds, slots = 300, 4, 64
    latencies = make_latencies(width * rounds, 3, 1.0)

    async def go() -> None:
        work = Chain(width, rounds, latencies, slots=asyncio.Semaphore(slots))
        await Schedule(work, workers=2 * slots).run()

    _, seconds = run_simulated(go())
    total = sum(sum(calls) for calls in latencies.values())
    bound = max(total / slots, list_schedule(latencies, width, rounds, slots))
    assert seconds <= 1.10 * bound

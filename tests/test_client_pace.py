"""The pace: a server's own limit is found and kept to; a server that turns calls away by chance is not slowed for it."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.client.pace import FIRST_LIMIT, Call, End, Pace
from generator.errors import RetryableError
from generator.protocols import ServerLoad
from tests.unreliable import Unreliable, ask_all

NAMES = [str(number) for number in range(1000)]


GIVEN_OR_NOT = pytest.mark.parametrize(("slots", "first"), [(128, None), (256, FIRST_LIMIT)])


@GIVEN_OR_NOT
def test_calls_turned_away_by_chance_cost_no_throughput(slots: int, first: int | None) -> None:
    server = Unreliable(sigma=0.5, chance_429=0.1, retry_after_s=2.0, chance_500=0.09)
    result = ask_all(server, NAMES, slots=slots, workers=256, first=first)
    assert result.lost == {}
    assert server.early == 0
    assert result.wall_s <= 20
    assert server.attempts.total() <= 1.25 * len(NAMES)


@pytest.mark.parametrize(("chance", "most"), [(0.02, 1.25), (0.1, 1.5), (0.2, 2.2)])
def test_chance_is_told_from_a_limit_over_a_long_run(chance: float, most: float) -> None:
    names = [str(number) for number in range(6000)]
    server = Unreliable(sigma=0.5, chance_429=chance, retry_after_s=2.0)
    result = ask_all(server, names, slots=128, workers=256)
    assert result.lost == {}
    assert result.wall_s <= most * 6000 * 0.567 / 128  # the mean of the latencies is 0.567 s


@GIVEN_OR_NOT
@pytest.mark.parametrize("workers", [256, 1000])
@pytest.mark.parametrize("retry_after_s", [None, 2.0])
def test_a_real_limit_is_found(workers: int, retry_after_s: float | None, slots: int, first: int | None) -> None:
    server = Unreliable(sigma=0.5, most=64, chance_500=0.07, retry_after_s=retry_after_s)
    result = ask_all(server, NAMES, slots=slots, workers=workers, first=first)
    assert result.lost == {}
    assert server.early == 0
    assert result.wall_s <= 13.3
    assert server.attempts.total() <= 1.25 * len(NAMES)


def test_a_limit_far_below_the_slots_is_found() -> None:
    server = Unreliable(sigma=0.5, most=8)
    result = ask_all(server, NAMES, slots=256, workers=512)
    assert result.lost == {}
    assert result.wall_s <= 1.1 * 1000 * 0.57 / 8
    assert server.attempts.total() <= 1.7 * len(NAMES)  # 248 of the first 256 are turned away, whatever is done


@pytest.mark.parametrize("retry_after_s", [None, 1.0])
def test_a_limit_by_the_second_is_kept_to(retry_after_s: float | None) -> None:
    server = Unreliable(sigma=0.5, rate=20, retry_after_s=retry_after_s)
    result = ask_all(server, NAMES, slots=128, workers=256)
    assert result.lost == {}
    assert server.early == 0
    assert result.wall_s <= 1.25 * 1000 / 20
    assert server.attempts.total() <= 2 * len(NAMES)


def test_a_server_without_faults_is_asked_as_much_as_the_user_allows() -> None:
    server = Unreliable(most=64)
    result = ask_all(server, NAMES[:640], slots=64)
    assert server.most_in_flight == 64
    assert server.attempts.total() == 640
    assert result.wall_s == pytest.approx(5.0, abs=0.01)


def test_a_limit_that_is_lifted_is_noticed() -> None:
    pace = Pace(100)
    for _ in range(20):  # half of all calls are turned away while more than 10 are in flight
        period = [pace.begin(number + 1) for number in range(pace.limit)]
        for number, one in enumerate(period):
            pace.end(one, End.TURNED_AWAY if number >= 10 else End.ANSWERED, in_flight=10)
    assert pace.limit <= 12
    for _ in range(100):
        for one in [pace.begin(number + 1) for number in range(max(8, pace.limit))]:
            pace.end(one, End.ANSWERED, in_flight=0)
    assert pace.limit == 100


def test_what_began_in_another_period_says_nothing() -> None:
    pace = Pace(10)
    for _ in range(100):
        pace.end(Call(-1, 1), End.TURNED_AWAY, in_flight=0)
    assert pace.limit == 10


@GIVEN_OR_NOT
@pytest.mark.parametrize("most", [10, 64, 100])
def test_a_limit_that_was_learned_is_seldom_passed(slots: int, first: int | None, most: int) -> None:
    server = Unreliable(sigma=0.5, most=most)
    result = ask_all(server, [str(number) for number in range(4000)], slots=slots, workers=2 * slots, first=first)
    assert result.lost == {}
    assert result.wall_s <= 1.1 * 4000 * 0.567 / most + 3
    late = server.marks[len(server.marks) // 2 :]
    assert sum(late) / len(late) < 0.01


@GIVEN_OR_NOT
@pytest.mark.parametrize("works_on", [4, 32, 64])
@pytest.mark.parametrize("sigma", [0.0, 0.5])
def test_a_server_that_queues_is_kept_busy_but_not_buried(
    slots: int, first: int | None, works_on: int, sigma: float
) -> None:
    """It never says 429; its throughput ends at `works_on`, and what is asked beyond only waits."""
    server = Unreliable(latency_s=1.0, sigma=sigma, works_on=works_on)
    names = [str(number) for number in range(max(1000, 40 * works_on))]
    result = ask_all(server, names, slots=slots, workers=512, first=first)
    mean_s = math.exp(sigma**2 / 2)
    assert result.wall_s <= (1.1 * len(names) / works_on + 3) * mean_s, "the last ones leave the server idle in part"
    late = server.latencies[len(server.latencies) // 2 :]
    assert sum(late) / len(late) <= 2.2 * mean_s, "while it could be up to 512 / works_on"


def test_a_server_that_shares_its_work_is_not_buried() -> None:
    server = Unreliable(latency_s=1.0, sigma=0.5, works_on=32, is_shared=True)
    result = ask_all(server, [str(number) for number in range(1000)], slots=256, workers=512, first=FIRST_LIMIT)
    assert result.wall_s <= 1.1 * 1000 * 1.133 / 32 + 3
    late = server.latencies[500:]
    assert sum(late) / len(late) <= 2.2 * 1.133


@pytest.mark.parametrize("sigma", [0.0, 0.5, 1.0])
def test_long_tails_are_no_queue(sigma: float) -> None:
    server = Unreliable(latency_s=1.0, sigma=sigma)
    ask_all(server, [str(number) for number in range(2000)], slots=256, workers=512)
    assert server.most_in_flight == 256
    begun = sorted(time for times in server.begun.values() for time in times)
    bound_s = (begun[-1] - begun[0]) * 256 / (2000 * math.exp(sigma**2 / 2))
    assert bound_s <= 1.05, "no slot was left empty while there was work"


def test_growing_latency_alone_costs_no_throughput() -> None:
    """Later tasks are longer, whatever is in flight: what looks like a queue is tried, and taken back."""
    server = Unreliable(sigma=0.3, latency_s=0.5, grows=1 / 3000)
    result = ask_all(server, [str(number) for number in range(3000)], slots=64, workers=128, first=FIRST_LIMIT)
    ideal_s = 3000 * 1.5 * 0.523 / 64
    assert result.wall_s <= 1.15 * ideal_s + 2


def test_slow_start_doubles_to_the_ceiling() -> None:
    server = Unreliable(latency_s=1.0, sigma=0.5)
    result = ask_all(server, [str(number) for number in range(2000)], slots=256, workers=512, first=FIRST_LIMIT)
    assert server.most_in_flight == 256
    assert sum(times[0] == 0.0 for times in server.begun.values()) == FIRST_LIMIT
    assert result.wall_s <= 2000 * 1.133 / 256 + 10


def test_a_queue_that_the_server_tells_of_is_believed() -> None:
    pace = Pace(256, FIRST_LIMIT)
    pace.limit = 128
    pace.note_load(ServerLoad(running=64, waiting=64), in_flight=128)
    assert 64 < pace.limit <= 75
    pace.note_load(ServerLoad(running=64, waiting=60), in_flight=128)
    assert pace.limit > 64, "the first cut is still to show"
    pace.note_load(ServerLoad(running=64, waiting=600), in_flight=70)
    pace.note_load(ServerLoad(running=64, waiting=600), in_flight=8)
    pace.note_load(ServerLoad(running=64, waiting=600), in_flight=8)
    assert pace.limit == 8, "others may fill the queue"


def test_an_outage_says_nothing_of_the_limit() -> None:
    server = Unreliable(down=(2.0, 20.0), down_error=lambda: RetryableError("HTTP 503", overloaded=True))
    ask_all(server, NAMES, slots=64, workers=128)
    after = [time for times in server.begun.values() for time in times if time >= 20]
    assert server.most_in_flight == 64
    assert max(after) - 20 <= 1.2 * 0.5 * 750 / 64 + 4


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 300), st.none() | st.integers(1, 16), st.integers())
def test_whatever_happens_the_limit_stays_within_its_bounds(ceiling: int, first: int | None, seed: int) -> None:
    """Calls begin as the limit allows, and end in any order, in phases of a behaviour each."""
    pace, rng = Pace(ceiling, first), random.Random(seed)
    flying: list[Call] = []
    for _ in range(6):
        refused, slow, knee = rng.choice([0.0, 0.1, 0.5, 1.0]), rng.choice([1.0, 3.0]), rng.choice([4, 32, 1000])
        for _ in range(200):
            while len(flying) < pace.limit and rng.random() < 0.95:
                flying.append(pace.begin(len(flying) + 1))
            if not flying:
                continue
            call = flying.pop(rng.randrange(len(flying)))
            refusal = rng.choice([End.TURNED_AWAY, End.LATE])
            end = refusal if rng.random() < refused else rng.choice([End.ANSWERED] * 9 + [End.OTHER])
            latency_s = slow * max(1.0, call.in_flight / knee) * rng.lognormvariate(0, 0.3)
            pace.end(call, end, in_flight=len(flying), waiting=rng.choice([0, 9]), kind="k", latency_s=latency_s)
            assert 1 <= pace.limit <= ceiling
        if rng.random() < 0.3:
            pace.pause()
        if rng.random() < 0.3:
            pace.note_load(ServerLoad(rng.randrange(100), rng.randrange(100)), len(flying))
        assert 1 <= pace.limit <= ceiling

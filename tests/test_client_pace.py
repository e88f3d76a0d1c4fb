"""The pace: a server's own limit is found and kept to; a server that turns calls away by chance is not slowed for it."""

from __future__ import annotations

import pytest

from generator.client.pace import NO_PERIOD, Pace
from tests.unreliable import Unreliable, ask_all

NAMES = [str(number) for number in range(1000)]


def test_calls_turned_away_by_chance_cost_no_throughput() -> None:
    server = Unreliable(sigma=0.5, chance_429=0.1, retry_after_s=2.0, chance_500=0.09)
    result = ask_all(server, NAMES, slots=128, workers=256)
    assert result.lost == {}
    assert server.early == 0
    assert result.wall_s <= 20
    assert server.attempts.total() <= 1.25 * len(NAMES)


@pytest.mark.parametrize(("chance", "most"), [(0.1, 1.5), (0.2, 2.0)])
def test_chance_is_told_from_a_limit_over_a_long_run(chance: float, most: float) -> None:
    names = [str(number) for number in range(6000)]
    server = Unreliable(sigma=0.5, chance_429=chance, retry_after_s=2.0)
    result = ask_all(server, names, slots=128, workers=256)
    assert result.lost == {}
    assert result.wall_s <= most * 6000 * 0.567 / 128  # the mean of the latencies is 0.567 s


@pytest.mark.parametrize("workers", [256, 1000])
@pytest.mark.parametrize("retry_after_s", [None, 2.0])
def test_a_real_limit_is_found(workers: int, retry_after_s: float | None) -> None:
    server = Unreliable(sigma=0.5, most=64, chance_500=0.07, retry_after_s=retry_after_s)
    result = ask_all(server, NAMES, slots=128, workers=workers)
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
        period = [pace.begin() for _ in range(pace.limit)]
        for number, one in enumerate(period):
            pace.end(one, limited=number >= 10, in_flight=10)
    assert pace.limit <= 12
    for _ in range(100):
        for one in [pace.begin() for _ in range(max(8, pace.limit))]:
            pace.end(one, limited=False, in_flight=0)
    assert pace.limit == 100


def test_what_began_in_another_period_says_nothing() -> None:
    pace = Pace(10)
    for _ in range(100):
        pace.end(NO_PERIOD, limited=True, in_flight=0)
    assert pace.limit == 10

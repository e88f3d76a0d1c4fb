"""Latencies compared: by kind, with a standard error, by octaves of the calls in flight."""

from __future__ import annotations

import math
import random

import pytest

from generator.client.latency import LEAST_CALLS, MEMORY, Profile, Sample, find_octave


def make_sample(count: int, mean_s: float, sigma: float = 0.5, kind: str = "a", seed: int = 0) -> Sample:
    sample, rng = Sample(), random.Random(f"{seed}{kind}")
    for _ in range(count):
        sample.add(kind, math.log(mean_s) + rng.gauss(0, sigma))
    return sample


def test_a_ratio_is_found_within_its_error() -> None:
    found = make_sample(200, 2.0).compare(make_sample(100, 1.0, seed=1))
    assert found is not None
    assert found.error == pytest.approx(0.5 * math.sqrt(1 / 200 + 1 / 100), rel=0.15)
    assert abs(found.logarithm - math.log(2)) <= 4 * found.error
    assert found.is_beyond(1.5, 4)
    assert not found.is_beyond(2.5, 4)


def test_only_calls_of_the_same_kind_are_compared() -> None:
    slow = Sample.merge([make_sample(50, 9.0, kind="long"), make_sample(50, 1.0, kind="short")])
    fast = Sample.merge([make_sample(50, 1.0, kind="short", seed=1), make_sample(LEAST_CALLS - 1, 1.0, kind="long")])
    found = slow.compare(fast)
    assert found is not None
    assert found.ratio == pytest.approx(1.0, abs=0.3)
    assert make_sample(50, 1.0).compare(make_sample(50, 1.0, kind="b")) is None


def test_a_steady_server_is_no_reason_for_certainty() -> None:
    found = make_sample(8, 1.05, sigma=0).compare(make_sample(8, 1.0, sigma=0))
    assert found is not None
    assert not found.is_beyond(1.01, 4)


def test_old_calls_count_less_and_less() -> None:
    sample = make_sample(MEMORY, 1.0, sigma=0.1)
    for _ in range(2 * MEMORY):
        sample.add("a", math.log(3.0))
    found = sample.compare(make_sample(50, 3.0, sigma=0.1))
    assert found is not None
    assert found.ratio > 0.8


def test_octaves_double() -> None:
    assert [find_octave(number) for number in (1, 2, 3, 4, 5, 8, 9, 256, 257)] == [0, 1, 2, 2, 3, 3, 4, 8, 9]


def test_a_burst_on_a_queue_shows_where_it_begins() -> None:
    profile, rng = Profile(), random.Random(0)
    for number in range(1, 257):  # a server that works on 32 at a time
        profile.add(number, "a", math.log(max(1.0, number / 32)) + rng.gauss(0, 0.3))
    found = profile.find_top(256, None)
    assert found is not None
    level, _, difference = found
    assert level / difference.ratio == pytest.approx(32, rel=0.25)
    assert profile.find_top(2, None) is None, "nothing far below to compare with"

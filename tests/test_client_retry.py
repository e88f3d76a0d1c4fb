"""The retry, in simulated time: what is put off, what fails alone, and when the back end is gone."""

from __future__ import annotations

import asyncio
import itertools
import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.client.circuit import PAUSE_SHARE
from generator.client.limiter import Limiter
from generator.client.retry import FAULTS_PER_CALL, FIRST_WAIT_S, LIMITED_PATIENCE, LONGEST_WAIT_S, Retry
from generator.errors import (
    BackendError,
    BackendGoneError,
    BackendSetupError,
    LimitReached,
    RefusedError,
    RetryableError,
)
from generator.types import ChatRequest, Completion
from tests.simulated_time import run_simulated
from tests.unreliable import Unreliable, ask_all

CONTROL = ""  # the name under which the control, which is about no candidate, is counted
Script = Callable[[int], BackendError | None]


class Scripted:
    """Fails as the script says for the n-th attempt (from 0), else answers; notes when each began."""

    name = "scripted"

    def __init__(self, script: Script) -> None:
        self._script = script
        self.times: list[float] = []

    async def complete(self, request: ChatRequest) -> Completion:
        self.times.append(asyncio.get_running_loop().time())
        error = self._script(len(self.times) - 1)
        if error is not None:
            raise error
        return Completion("ok")

    async def close(self) -> None:
        pass

    @property
    def waits(self) -> list[float]:
        return [later - sooner for sooner, later in itertools.pairwise(self.times)]


def ask_once(backend: Scripted, give_up_s: float = 120.0) -> float:
    """Ask one call to its end; return the simulated seconds."""
    retry = Retry(Limiter(backend, 1), give_up_s=give_up_s)
    return run_simulated(retry.complete(ChatRequest((), "m")))[1]


def fail(times: int, **what: object) -> Script:
    return lambda attempt: RetryableError("HTTP 500", **what) if attempt < times else None  # type: ignore[arg-type]


def test_what_is_answered_is_asked_once() -> None:
    backend = Scripted(fail(0))
    assert ask_once(backend) == 0.0
    assert len(backend.times) == 1


def test_waits_are_exponential_with_full_jitter() -> None:
    waits: list[list[float]] = []

    async def work() -> None:
        backend = Scripted(lambda _: RetryableError("x", limited=True) if len(backend.times) < 10 else None)
        retry = Retry(Limiter(backend, 1), give_up_s=1e9)
        for _ in range(300):
            backend.times.clear()
            await retry.complete(ChatRequest((), "m"))
            waits.append(backend.waits)

    run_simulated(work())
    for number, same in enumerate(zip(*waits, strict=True)):
        ceiling_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**number)
        assert 0 <= min(same) <= 0.1 * ceiling_s
        assert 0.9 * ceiling_s <= max(same) <= ceiling_s
        assert sum(same) / len(same) == pytest.approx(ceiling_s / 2, rel=0.15)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.none() | st.floats(0, 400), min_size=1, max_size=12))
def test_no_attempt_is_made_before_its_retry_after_is_over(asked: list[float | None]) -> None:
    def script(attempt: int) -> BackendError | None:
        limited = attempt % 2 == 0
        return RetryableError("x", retry_after_s=asked[attempt], limited=limited) if attempt < len(asked) else None

    backend = Scripted(script)
    ask_once(backend, give_up_s=1e9)
    for wait_s, least_s in zip(backend.waits, asked, strict=True):
        assert wait_s >= (least_s or 0.0) - 1e-9
        assert wait_s <= (least_s or 0.0) + LONGEST_WAIT_S + 1e-9


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 60), st.floats(1, 100))
def test_not_even_the_last_doubt_is_settled_before_a_retry_after_is_over(least_s: float, give_up_s: float) -> None:
    backend = Scripted(lambda _: RetryableError("x", retry_after_s=least_s))
    with pytest.raises(BackendGoneError):
        ask_once(backend, give_up_s=give_up_s)
    assert min(backend.waits) >= least_s - 1e-9


@pytest.mark.parametrize("limited", [False, True])
def test_a_retry_after_beyond_the_patience_is_waited_for(limited: bool) -> None:
    faults = [RetryableError("x", retry_after_s=3000.0, limited=limited), RetryableError("x")]
    backend = Scripted(lambda attempt: faults[attempt] if attempt < len(faults) else None)
    assert ask_once(backend, give_up_s=60) >= 3000
    assert len(backend.times) == 3, "no control was asked: the server had said when"


def test_an_outage_ends_no_wait_that_the_server_asked_for() -> None:
    """The other call is answered after 60 s; that wakes whoever waits, but not before the server's own time."""
    later = Unreliable(latency_s=0.1, down=(0.0, 60.0))
    begun: list[float] = []

    async def work() -> None:
        retry = Retry(Limiter(later, 4), give_up_s=1e9)
        later.down_error = lambda: RetryableError("x", retry_after_s=200.0, limited=True)
        slow = asyncio.create_task(retry.complete(ChatRequest((), "m", about="slow")))
        await asyncio.sleep(1)
        later.down_error = lambda: RetryableError("x")
        await retry.complete(ChatRequest((), "m", about="quick"))
        begun.append(asyncio.get_running_loop().time())
        await slow

    run_simulated(work())
    assert begun[0] < 100
    first, second = later.begun["slow"]
    assert second - first >= 200


def test_limits_never_spend_a_calls_life() -> None:
    server = Unreliable(poison={"limited"})
    left = iter(range(60))
    server.poison_error = lambda: RetryableError("HTTP 429", limited=True, retry_after_s=1.0)

    async def work() -> Completion:
        retry = Retry(Limiter(server, 8), give_up_s=120)
        limited = asyncio.create_task(retry.complete(ChatRequest((), "m", about="limited")))
        while not limited.done():
            await retry.complete(ChatRequest((), "m", about="other"))
            if next(left, None) is None and server.attempts["limited"] > 3 * FAULTS_PER_CALL:
                server.poison = ()
        return limited.result()

    assert run_simulated(work())[0].text == "limited"
    assert server.attempts["limited"] > 3 * FAULTS_PER_CALL


@pytest.mark.parametrize("slots", [1, 8])
def test_a_call_that_the_server_cannot_answer_fails_alone(slots: int) -> None:
    names = [str(number) for number in range(400)]
    server = Unreliable(poison={"7"})
    result = ask_all(server, names, slots=slots, workers=2 * slots)
    assert result.lost.keys() == {"7"}
    assert isinstance(result.lost["7"], RefusedError)
    assert "while others were answered" in str(result.lost["7"])
    assert FAULTS_PER_CALL <= server.attempts["7"] <= 3 * FAULTS_PER_CALL
    assert server.attempts.total() == len(names) - 1 + server.attempts["7"]


def test_a_call_that_the_server_cannot_answer_fails_alone_where_there_is_no_other() -> None:
    server = Unreliable(poison={"1"})
    result = ask_all(server, ["0", "1", "2", "3"], slots=1, workers=1, give_up_s=120)
    assert result.lost.keys() == {"1"}
    assert isinstance(result.lost["1"], RefusedError)
    assert 120 <= result.wall_s <= 120 + 4 * LONGEST_WAIT_S + 10
    assert server.attempts[CONTROL] <= 4


def test_several_such_calls_at_a_time_fail_alone() -> None:
    server = Unreliable(poison={"1", "2", "3"})
    result = ask_all(server, [str(number) for number in range(6)], slots=3, workers=3, give_up_s=60)
    assert result.lost.keys() == {"1", "2", "3"}
    assert all(isinstance(error, RefusedError) for error in result.lost.values())


def test_a_call_that_takes_the_server_down_with_it_fails_alone() -> None:
    """Every attempt at it costs the others 10 s of outage."""
    server = Unreliable(poison={"1"})

    def crash() -> BackendError:
        now = asyncio.get_running_loop().time()
        server.down = (now, now + 10)
        return RetryableError("connection dropped")

    server.poison_error = crash
    result = ask_all(server, [str(number) for number in range(300)], slots=4, workers=8)
    assert result.lost.keys() == {"1"}
    assert isinstance(result.lost["1"], RefusedError)


@pytest.mark.parametrize("seconds", [3.0, 30.0, 110.0])
def test_an_outage_loses_no_call_and_is_not_hammered(seconds: float) -> None:
    names = [str(number) for number in range(1000)]
    server = Unreliable(sigma=1.0, down=(0.7, 0.7 + seconds))  # stragglers are answered long after it has begun
    result = ask_all(server, names, slots=256, workers=512)
    assert result.lost == {}
    in_outage = [time for times in server.begun.values() for time in times if 0.7 <= time < 0.7 + seconds]
    assert len(in_outage) <= 16 + seconds + 10 * math.log2(1 + seconds), "all but single probes pause"
    last_begun = max(time for times in server.begun.values() for time in times)
    assert last_begun <= 0.7 + seconds + 6, "after the outage, those that wait do not wait out their time"
    assert server.attempts[CONTROL] == 0


@settings(max_examples=25, deadline=None)
@given(
    slots=st.sampled_from([1, 4, 32]), latency_s=st.sampled_from([0.05, 0.5, 5.0]), sigma=st.sampled_from([0.0, 0.5, 1.5]),
    start_s=st.floats(0, 5), seconds=st.floats(0, 100), chance=st.sampled_from([0.0, 0.05]),
)  # fmt: skip
def test_no_outage_shorter_than_the_patience_loses_a_call(
    slots: int, latency_s: float, sigma: float, start_s: float, seconds: float, chance: float
) -> None:
    down = (start_s, start_s + seconds)
    server = Unreliable(latency_s=latency_s, sigma=sigma, down=down, chance_500=chance, chance_429=chance)
    result = ask_all(server, [str(number) for number in range(10 * slots)], slots=slots, workers=2 * slots)
    assert result.lost == {}


def test_an_outage_with_256_calls_in_flight_and_nothing_else() -> None:
    names = [str(number) for number in range(256)]
    server = Unreliable(latency_s=1.0, sigma=0.5, down=(0.0, 30.0))
    result = ask_all(server, names, slots=256)
    assert result.lost == {}
    assert max(times[-1] for times in server.begun.values()) <= 30 + 30 * PAUSE_SHARE + 2, "a probe was answered first"
    assert server.attempts.total() <= 256 * 2 + 60


def test_a_silence_is_told_with_its_latest_fault_until_something_is_answered() -> None:
    retry = Retry(Limiter(Scripted(fail(6)), 1), give_up_s=120.0)
    told: list[tuple[float, str] | None] = []

    async def watch() -> None:
        told.append(retry.describe_silence())
        asking = asyncio.create_task(retry.complete(ChatRequest((), "m")))
        while not asking.done():
            await asyncio.sleep(0.1)
            told.append(retry.describe_silence())

    _, wall_s = run_simulated(watch())
    silent = [one for one in told if one is not None]
    assert told[0] is None
    assert told[-1] is None
    assert {said for _, said in silent} == {"HTTP 500"}
    assert wall_s - 0.3 <= silent[-1][0] <= wall_s


def test_a_back_end_that_answers_nothing_is_gone() -> None:
    server = Unreliable(down=(2.0, math.inf))
    result = ask_all(server, [str(number) for number in range(500)], slots=64, workers=128, give_up_s=60)
    assert all(isinstance(error, BackendGoneError) for error in result.lost.values())
    assert "has not answered for" in str(next(iter(result.lost.values())))
    assert "HTTP 503" in str(next(iter(result.lost.values())))
    assert 60 <= result.wall_s <= 2 + 60 + 10, "all end when it is found"
    assert server.attempts[CONTROL] == 1


def test_those_that_wait_for_the_same_control_share_its_answer() -> None:
    server = Unreliable(down=(0.0, math.inf), down_s=10.0)
    result = ask_all(server, [str(number) for number in range(64)], slots=64, give_up_s=30)
    assert len(result.lost) == 64
    assert server.attempts[CONTROL] <= 2


def test_patience_begins_with_the_first_fault_not_with_the_client() -> None:
    server = Unreliable(down=(3600.0, 3630.0))

    async def work() -> Completion:
        retry = Retry(Limiter(server, 1), give_up_s=60)
        await asyncio.sleep(3601)
        return await retry.complete(ChatRequest((), "m", about="late"))

    assert run_simulated(work())[0].text == "late"


def test_a_server_that_says_nothing_but_429_is_gone_at_last() -> None:
    server = Unreliable(down=(0.0, math.inf), down_error=lambda: RetryableError("HTTP 429", limited=True))
    result = ask_all(server, ["0", "1"], slots=2, give_up_s=60)
    assert all(isinstance(error, BackendGoneError) for error in result.lost.values())
    assert 60 * LIMITED_PATIENCE <= result.wall_s <= 60 * LIMITED_PATIENCE + 2 * LONGEST_WAIT_S


def test_where_no_call_can_be_answered_the_others_are_not_made() -> None:
    later = RetryableError("HTTP 429", retry_after_s=900.0, limited=True)
    backend = Scripted(lambda attempt: later if attempt == 0 else BackendSetupError("the key is refused"))

    async def work() -> list[object]:
        retry = Retry(Limiter(backend, 2), give_up_s=60)
        calls = [retry.complete(ChatRequest((), "m", about=str(n), order=n)) for n in range(8)]
        return await asyncio.gather(*calls, return_exceptions=True)

    ends, seconds = run_simulated(work())
    assert [(type(end), str(end)) for end in ends] == [(BackendSetupError, "the key is refused")] * 8
    assert len(backend.times) <= 3
    assert seconds < 1.0


def test_a_setup_error_is_not_tried_again() -> None:
    backend = Scripted(lambda _: BackendSetupError("nothing listens"))
    with pytest.raises(BackendSetupError):
        ask_once(backend)
    assert len(backend.times) == 1


def test_a_refusal_is_not_tried_again() -> None:
    backend = Scripted(lambda _: RefusedError("HTTP 400"))
    with pytest.raises(RefusedError):
        ask_once(backend)
    assert len(backend.times) == 1


def test_a_stop_ends_all_waits_at_once() -> None:
    server = Unreliable(down=(0.0, math.inf), down_error=lambda: RetryableError("x", retry_after_s=3600, limited=True))

    async def work() -> list[BaseException | Completion]:
        limiter = Limiter(server, 4)
        retry = Retry(limiter, give_up_s=60)
        tasks = [asyncio.create_task(retry.complete(ChatRequest((), "m", about=str(number)))) for number in range(8)]
        await asyncio.sleep(10)
        retry.stop()
        return await asyncio.gather(*tasks, return_exceptions=True)

    ends, seconds = run_simulated(work())
    assert all(isinstance(end, BackendGoneError) for end in ends)
    assert seconds == pytest.approx(10, abs=0.1)


def test_a_call_that_is_cancelled_while_it_waits_leaves_nothing_behind() -> None:
    server = Unreliable(down=(0.0, 20.0))

    async def work() -> Completion:
        retry = Retry(Limiter(server, 1), give_up_s=60)
        tasks = [asyncio.create_task(retry.complete(ChatRequest((), "m", about=str(number)))) for number in range(8)]
        await asyncio.sleep(10)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(15)
        return await retry.complete(ChatRequest((), "m", about="next"))

    completion, seconds = run_simulated(work())
    assert completion.text == "next"
    assert seconds < 27


def test_where_no_call_is_left_for_a_control_the_fault_is_not_put_on_the_call() -> None:
    class Spent(Scripted):
        async def complete(self, request: ChatRequest) -> Completion:
            raise LimitReached("--max-calls 9: all of them are made.")

    backend = Scripted(lambda _: RetryableError("HTTP 500"))
    retry = Retry(Limiter(backend, 1), give_up_s=30.0, control=Spent(fail(0)))
    with pytest.raises(BackendGoneError, match="run the same command again"):
        run_simulated(retry.complete(ChatRequest((), "m")))

"""The limiter: never more calls in flight than slots, never a slot lost, the oldest first, whatever is cancelled when."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from generator.client.limiter import Limiter
from generator.errors import BackendGoneError, RefusedError, RetryableError
from generator.protocols import RateLimits, ServerLoad
from generator.types import ChatRequest, Completion
from tests.simulated_time import run_simulated


class Held:
    """A back end whose calls wait until the test ends them."""

    name = "held"

    def __init__(self) -> None:
        self.calls: dict[str, asyncio.Future[Completion]] = {}
        self.begun: list[str] = []
        self.most = 0

    async def complete(self, request: ChatRequest) -> Completion:
        self.begun.append(request.about)
        answer = self.calls[request.about] = asyncio.get_running_loop().create_future()
        self.most = max(self.most, len(self.calls))
        try:
            completion: Completion = await answer
            return completion
        finally:
            del self.calls[request.about]

    async def close(self) -> None:
        pass


def ask(limiter: Limiter, name: str, order: int = 0) -> asyncio.Task[Completion]:
    return asyncio.create_task(limiter.complete(ChatRequest((), "m", about=name, order=order)))


async def settle() -> None:
    for _ in range(8):
        await asyncio.sleep(0)


class Calls(RuleBasedStateMachine):
    """Calls come, are answered, fail and are cancelled in any order, also several in the same moment."""

    @initialize(slots=st.integers(1, 4))
    def begin(self, slots: int) -> None:
        self.loop = asyncio.new_event_loop()
        self.slots = slots
        self.backend = Held()
        self.limiter = Limiter(self.backend, slots)
        self.tasks: dict[str, asyncio.Task[Completion]] = {}
        self.ranks: dict[str, tuple[int, int]] = {}
        self.is_stopped = False

    def run(self, *moment: tuple[str, Any]) -> None:
        """Do what the moment holds, with no more turns of the loop between than it says; then let it come to rest."""

        async def work() -> None:
            waited = self.tasks.keys() - set(self.backend.begun)
            seen = len(self.backend.begun)
            for action, value in moment:
                if action == "turn":
                    await asyncio.sleep(0)
                else:
                    getattr(self, f"do_{action}")(value)
            await settle()
            passed_over = [name for name in waited - set(self.backend.begun) if not self.tasks[name].done()]
            for name in self.backend.begun[seen:]:
                assert all(self.ranks[name] < self.ranks[other] for other in passed_over), "a younger call went first"
            for name in [name for name, task in self.tasks.items() if task.done()]:
                task = self.tasks.pop(name)
                if not task.cancelled():
                    task.exception()

        self.loop.run_until_complete(work())

    def do_ask(self, order: int) -> None:
        name = str(len(self.ranks))
        self.ranks[name] = (order, len(self.ranks))
        self.tasks[name] = ask(self.limiter, name, order)

    def do_end(self, choice: tuple[int, str]) -> None:
        number, how = choice
        held = sorted(self.backend.calls)
        if held and not (answer := self.backend.calls[held[number % len(held)]]).done():
            if how == "answer":
                answer.set_result(Completion("ok"))
            else:
                answer.set_exception(RefusedError("no") if how == "refuse" else RetryableError("later"))

    def do_cancel(self, number: int) -> None:
        if self.tasks:
            self.tasks[sorted(self.tasks)[number % len(self.tasks)]].cancel()

    def do_stop(self, _: object) -> None:
        self.is_stopped = True
        self.limiter.stop()

    moments = st.lists(
        st.tuples(st.just("ask"), st.integers(0, 3))
        | st.tuples(st.just("end"), st.tuples(st.integers(0, 3), st.sampled_from(["answer", "refuse", "fail"])))
        | st.tuples(st.just("cancel"), st.integers(0, 9)) | st.tuples(st.just("turn"), st.none()),
        min_size=1, max_size=8,
    )  # fmt: skip

    @rule(moment=moments)
    def live(self, moment: list[tuple[str, Any]]) -> None:
        self.run(*moment)

    @precondition(lambda self: not self.is_stopped)
    @rule(before=moments, after=moments)
    def stop(self, before: list[tuple[str, Any]], after: list[tuple[str, Any]]) -> None:
        self.run(*before)
        begun = len(self.backend.begun)
        self.run(("stop", None), *after)
        assert len(self.backend.begun) == begun, "a call was sent after the stop"

    @invariant()
    def no_slot_is_lost_or_made(self) -> None:
        if not hasattr(self, "loop"):
            return
        in_flight = len(self.backend.calls)
        assert self.backend.most <= self.slots
        assert self.limiter.in_flight == in_flight
        waiting = len(self.tasks) - in_flight
        assert not waiting if self.is_stopped else not waiting or in_flight == self.slots

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            try:
                self.end_all()
                if not self.is_stopped:
                    self.run(*[("ask", 0)] * (self.slots + 1))
                    assert len(self.backend.calls) == self.slots, "not all slots came back"
            finally:
                self.end_all()
                self.loop.close()

    def end_all(self) -> None:
        while self.tasks:
            self.run(*[("cancel", number) for number in range(len(self.tasks))])
        assert not self.backend.calls


TestCalls = Calls.TestCase
TestCalls.settings = settings(max_examples=100, stateful_step_count=20, deadline=None)


def test_the_oldest_candidate_goes_first_then_who_came_first() -> None:
    async def work() -> list[str]:
        backend = Held()
        limiter = Limiter(backend, 1)
        tasks = [ask(limiter, f"{order}{name}", order) for order, name in [(5, "a"), (3, "a"), (1, "a"), (3, "b")]]
        await settle()
        while backend.calls:
            next(iter(backend.calls.values())).set_result(Completion("ok"))
            await settle()
        await asyncio.gather(*tasks, return_exceptions=True)
        return backend.begun

    assert run_simulated(work())[0] == ["5a", "1a", "3a", "3b"]


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_slot_that_comes_in_the_moment_of_a_cancellation_is_handed_on(turns: int) -> None:
    async def work() -> list[str]:
        backend = Held()
        limiter = Limiter(backend, 1)
        tasks = [ask(limiter, name) for name in ("first", "cancelled", "third")]
        await settle()
        backend.calls["first"].set_result(Completion("ok"))
        for _ in range(turns):
            await asyncio.sleep(0)
        tasks[1].cancel()
        await settle()
        backend.calls["third"].set_result(Completion("ok"))
        await asyncio.gather(*tasks, return_exceptions=True)
        return [task.result().text for task in tasks[::2]]

    assert run_simulated(work())[0] == ["ok", "ok"]


def test_a_stop_lets_those_in_flight_end_and_turns_away_the_rest() -> None:
    async def work() -> list[Any]:
        backend = Held()
        limiter = Limiter(backend, 1)
        tasks = [ask(limiter, "sent"), ask(limiter, "waiting")]
        await settle()
        limiter.stop()
        tasks.append(ask(limiter, "late"))
        await settle()
        backend.calls["sent"].set_result(Completion("ok"))
        return await asyncio.gather(*tasks, return_exceptions=True)

    sent, waiting, late = run_simulated(work())[0]
    assert sent.text == "ok"
    assert isinstance(waiting, BackendGoneError)
    assert isinstance(late, BackendGoneError)


def test_a_call_knows_when_it_is_with_the_back_end() -> None:
    async def work() -> list[bool]:
        backend = Held()
        limiter = Limiter(backend, 1)
        first, second = ChatRequest((), "m", about="1"), ChatRequest((), "m", about="2")
        tasks = [asyncio.create_task(limiter.complete(request)) for request in (first, second)]
        seen = [limiter.is_sent(first)]
        await settle()
        seen += [limiter.is_sent(first), limiter.is_sent(second)]
        backend.calls["1"].set_result(Completion("ok"))
        await settle()
        seen += [limiter.is_sent(first), limiter.is_sent(second)]
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return [*seen, limiter.is_sent(second)]

    assert run_simulated(work())[0] == [False, True, False, False, True, False]


@pytest.mark.parametrize("fault", [RetryableError("x", limited=True), RetryableError("x"), RefusedError("x")])
def test_a_fault_gives_the_slot_back(fault: Exception) -> None:
    async def work() -> int:
        backend = Held()
        limiter = Limiter(backend, 1)
        for number in range(3):
            task = ask(limiter, str(number))
            await settle()
            backend.calls[str(number)].set_exception(fault)
            with pytest.raises(type(fault)):
                await task
        return len(backend.begun)

    assert run_simulated(work())[0] == 3


class Telling(Held):
    """Answers at once, and says what is left of its allowance, and how busy it is."""

    def __init__(self, limits: RateLimits | None = None, loads: Sequence[ServerLoad | None] = ()) -> None:
        super().__init__()
        self.limits: RateLimits | None = None
        self._limits = limits
        self._loads = iter(loads)
        self.times: list[float] = []
        self.looks = 0

    async def complete(self, request: ChatRequest) -> Completion:
        self.times.append(asyncio.get_running_loop().time())
        await asyncio.sleep(0.5)
        self.limits, self._limits = self._limits, None
        return Completion("ok")

    async def read_load(self) -> ServerLoad | None:
        self.looks += 1
        return next(self._loads, None)


@pytest.mark.parametrize("limits", [RateLimits(0, 60.0), RateLimits(5, 90.0, 0, 60.0)])
def test_what_is_used_up_is_waited_for(limits: RateLimits) -> None:
    backend = Telling(limits)

    async def work() -> None:
        limiter = Limiter(backend, 2)
        await asyncio.gather(*(limiter.complete(ChatRequest((), "m", about=str(number))) for number in range(6)))
        await limiter.close()

    run_simulated(work())
    assert backend.times == [0.0, 0.0, 60.5, 60.5, 61.0, 61.0]


@pytest.mark.parametrize(
    "limits", [RateLimits(remaining_requests=0), RateLimits(1, 60.0), RateLimits(None, 60.0, None, 9.0)]
)
def test_what_is_not_said_to_be_used_up_is_used(limits: RateLimits) -> None:
    backend = Telling(limits)

    async def work() -> None:
        limiter = Limiter(backend, 1)
        for number in range(3):
            await limiter.complete(ChatRequest((), "m", about=str(number)))
        await limiter.close()

    assert run_simulated(work())[1] == 1.5


def test_a_stop_ends_the_wait_for_an_allowance() -> None:
    backend = Telling(RateLimits(0, 3600.0))

    async def work() -> list[Any]:
        limiter = Limiter(backend, 1)
        await limiter.complete(ChatRequest((), "m"))
        task = asyncio.create_task(limiter.complete(ChatRequest((), "m")))
        await asyncio.sleep(5)
        limiter.stop(BackendGoneError("gone"))
        results: list[Any] = list(await asyncio.gather(task, return_exceptions=True))
        await limiter.close()
        return results

    (error,), seconds = run_simulated(work())
    assert isinstance(error, BackendGoneError)
    assert str(error) == "gone"
    assert seconds < 6


def test_a_servers_queue_is_asked_for_and_kept_short() -> None:
    """It works on 8 at a time and shares its time, so that latency tells nothing before it is late."""
    backend = Telling(loads=[ServerLoad(running=8, waiting=56)] * 2)

    async def work() -> int:
        limiter = Limiter(backend, 64)
        names = [ChatRequest((), "m", about=str(number)) for number in range(400)]
        tasks = [asyncio.create_task(limiter.complete(request)) for request in names]
        await asyncio.sleep(1.2)
        limit = limiter.limit
        await asyncio.gather(*tasks)
        await limiter.close()
        return limit

    assert run_simulated(work())[0] <= 10


def test_a_server_that_tells_no_load_is_soon_asked_no_more() -> None:
    backend = Telling()

    async def work() -> None:
        limiter = Limiter(backend, 1)
        for number in range(40):
            await limiter.complete(ChatRequest((), "m", about=str(number)))
        await limiter.close()

    run_simulated(work())
    assert backend.looks == 3


def test_beginnings_go_before_endings_within_reach() -> None:
    async def work() -> list[str]:
        backend = Held()
        limiter = Limiter(backend, 2)
        asked = [("evolve/a", 0), ("evolve/a", 1), ("critic/x", 2), ("respond/x", 4), ("evolve/a", 7), ("evolve/a", 9)]
        tasks = []
        for template, order in asked:
            request = ChatRequest((), "m", template=template, about=f"{template[0]}{order}", order=order)
            tasks.append(asyncio.create_task(limiter.complete(request)))
        await settle()
        while backend.calls:
            next(iter(backend.calls.values())).set_result(Completion("ok"))
            await settle()
        await asyncio.gather(*tasks)
        return backend.begun

    # ranks: critic 2 + 3 steps × 2 slots = 8, respond 4 + 2 × 2 = 8, evolve 7 and 9
    assert run_simulated(work())[0] == ["e0", "e1", "e7", "c2", "r4", "e9"]

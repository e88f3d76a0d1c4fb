"""The whole client with its journal: asked once, recorded before it is used, recalled where nobody wants it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import sqlite3
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.client.budget import Ledger, Limits, sum_up
from generator.client.meter import Meter
from generator.client.retry import CONTROL_TEMPLATE
from generator.client.stack import Client
from generator.errors import BackendGoneError, BackendSetupError, RefusedError, RetryableError, SeedbedError
from generator.journal import Journal, make_key
from generator.types import ChatRequest, Completion, Usage
from tests.simulated_time import run_simulated
from tests.test_client_limiter import Held, settle

Work = Callable[[Client, Held, Journal, Meter], Coroutine[Any, Any, Any]]


def run(path: Path, work: Work, slots: int = 2) -> Any:
    """Run `work` with a client whose calls wait until `work` ends them."""

    async def main() -> Any:
        journal, backend, meter = Journal(path / "journal"), Held(), Meter()
        client = Client(backend, journal, meter, slots=slots, give_up_s=60)
        try:
            return await work(client, backend, journal, meter)
        finally:
            await client.drain(0)
            await client.close()
            await journal.close()

    return asyncio.run(main())


def ask(client: Client, name: str) -> asyncio.Task[Completion]:
    """Ask for `name`: what is the same to a model has the same name."""
    return asyncio.create_task(client.complete(ChatRequest((("user", name),), "m", about=name)))


def key_of(name: str) -> str:
    return make_key(ChatRequest((("user", name),), "m"), "held")


def test_an_answer_is_recorded_before_it_is_handed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    may_write, write = threading.Event(), Journal._write

    def write_when_allowed(journal: Journal, *what: Any) -> int:
        may_write.wait(10)
        return write(journal, *what)

    monkeypatch.setattr(Journal, "_write", write_when_allowed)

    async def work(client: Client, backend: Held, journal: Journal, meter: Meter) -> tuple[bool, Any]:
        task = ask(client, "a")
        await settle()
        backend.calls["a"].set_result(Completion("answer"))
        await settle()
        handed_on = task.done()
        may_write.set()
        await task
        with sqlite3.connect(tmp_path / "journal") as other:
            found = other.execute("SELECT key FROM completions").fetchall()
        other.close()
        return handed_on, found

    assert run(tmp_path, work) == (False, [(key_of("a"),)])


def test_what_was_answered_once_is_never_asked_again(tmp_path: Path) -> None:
    async def first(client: Client, backend: Held, journal: Journal, meter: Meter) -> Completion:
        task = ask(client, "a")
        await settle()
        backend.calls["a"].set_result(Completion("answer", usage=Usage(3, 1)))
        return await task

    async def again(client: Client, backend: Held, journal: Journal, meter: Meter) -> tuple[Any, ...]:
        return await ask(client, "a"), backend.begun, meter.asked, meter.cached

    fresh = run(tmp_path, first)
    cached, begun, asked, count = run(tmp_path, again)
    assert not fresh.cached
    assert cached == dataclasses.replace(fresh, cached=True)
    assert (begun, asked, count) == ([], 0, 1)


def test_the_same_request_at_the_same_time_is_one_call(tmp_path: Path) -> None:
    async def work(client: Client, backend: Held, journal: Journal, meter: Meter) -> Any:
        tasks = [ask(client, "a") for _ in range(5)]
        await settle()
        tasks[0].cancel()
        await settle()
        backend.calls["a"].set_result(Completion("answer"))
        await asyncio.wait(tasks)
        return [task.cancelled() or task.result().text for task in tasks], backend.begun, meter.asked, meter.answered

    texts, begun, asked, answered = run(tmp_path, work)
    assert texts == [True, *["answer"] * 4]
    assert (begun, asked, answered) == (["a"], 1, 1)


def test_a_fault_comes_to_all_who_wait_and_is_not_recorded(tmp_path: Path) -> None:
    async def work(client: Client, backend: Held, journal: Journal, meter: Meter) -> Any:
        tasks = [ask(client, "a") for _ in range(3)]
        await settle()
        backend.calls["a"].set_exception(RefusedError("HTTP 400"))
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        again = ask(client, "a")
        await settle()
        return ends, journal.count(), "a" in backend.calls, again, meter.failed

    ends, count, is_asked_again, _, failed = run(tmp_path, work)
    assert all(isinstance(end, RefusedError) for end in ends)
    assert (count, is_asked_again, failed) == (0, True, 1)


def test_a_refusal_is_kept_once_another_call_of_its_kind_was_answered(tmp_path: Path) -> None:
    async def work(client: Client, backend: Held, journal: Journal, meter: Meter) -> Any:
        early, late = ask(client, "early"), ask(client, "late")
        await settle()
        backend.calls["early"].set_exception(RefusedError("HTTP 400: no", is_answer=True))
        await asyncio.gather(early, return_exceptions=True)
        before = journal.count()
        answered = ask(client, "b")
        await settle()
        backend.calls["b"].set_result(Completion("answer", usage=Usage(1, 2)))
        await answered
        backend.calls["late"].set_exception(RefusedError("HTTP 413: no", is_answer=True))
        await asyncio.gather(late, return_exceptions=True)
        again = [ask(client, name) for name in ("early", "late")]
        ends = await asyncio.gather(*again, return_exceptions=True)
        paid = journal.read_usage()
        await journal.forget_turned_down()
        return before, [(type(end), str(end)) for end in ends], backend.begun, paid, journal.count(), meter.cached

    before, ends, begun, paid, left, cached = run(tmp_path, work)
    assert ends == [(RefusedError, "HTTP 400: no"), (RefusedError, "HTTP 413: no")]
    assert (before, begun, cached) == (0, ["early", "late", "b"], 2)
    assert (paid, left) == ([("m", Usage(1, 2, None))], 1)  # it was not paid for


def test_a_call_that_was_sent_is_recorded_though_nobody_waits(tmp_path: Path) -> None:
    async def work(client: Client, backend: Held, journal: Journal, meter: Meter) -> Any:
        task = ask(client, "a")
        await settle()
        task.cancel()
        await asyncio.wait([task])
        backend.calls["a"].set_result(Completion("answer"))
        await client.drain(5)
        return journal.look_up(key_of("a")), meter.answered

    found, answered = run(tmp_path, work)
    assert found is not None
    assert answered == 1


def test_a_call_that_waits_for_a_slot_is_recalled_when_nobody_wants_it(tmp_path: Path) -> None:
    async def work(client: Client, backend: Held, journal: Journal, meter: Meter) -> Any:
        busy, queued, shared = ask(client, "busy"), ask(client, "queued"), [ask(client, "shared") for _ in range(2)]
        await settle()
        queued.cancel()
        shared[0].cancel()
        await settle()
        asked = meter.asked
        backend.calls["busy"].set_result(Completion("answer"))
        await busy
        await settle()
        return backend.begun, asked

    assert run(tmp_path, work, slots=1) == (["busy", "shared"], 2)


def test_who_asks_again_after_a_recall_is_answered(tmp_path: Path) -> None:
    async def work(client: Client, backend: Held, journal: Journal, meter: Meter) -> Any:
        busy, first = ask(client, "busy"), ask(client, "a")
        await settle()
        first.cancel()
        second = ask(client, "a")  # in the same moment: the first is not out of the way yet
        backend.calls["busy"].set_result(Completion("answer"))
        await busy
        await settle()
        backend.calls["a"].set_result(Completion("answer"))
        return (await second).text, first.cancelled(), meter.asked, meter.answered, meter.failed

    assert run(tmp_path, work, slots=1) == ("answer", True, 2, 2, 0)


def test_a_call_is_not_lost_between_its_answer_and_its_record(tmp_path: Path) -> None:
    async def work(client: Client, backend: Held, journal: Journal, meter: Meter) -> Any:
        first = ask(client, "a")
        await settle()
        backend.calls["a"].set_result(Completion("answer"))
        await settle()  # the answer is on its way to the disk
        first.cancel()
        await asyncio.wait([first])
        return (await ask(client, "a")).text, backend.begun

    assert run(tmp_path, work) == ("answer", ["a"])


def test_a_refusal_in_words_is_paid_for_once_and_the_same_again(tmp_path: Path) -> None:
    async def first(client: Client, backend: Held, journal: Journal, meter: Meter) -> Any:
        task = ask(client, "a")
        await settle()
        backend.calls["a"].set_result(Completion("I will not.", "content_filter", usage=Usage(9, 4)))
        with pytest.raises(RefusedError, match="I will not") as caught:
            await task
        return str(caught.value), meter.answered, meter.describe()["tokens"]["prompt"]

    async def again(client: Client, backend: Held, journal: Journal, meter: Meter) -> Any:
        with pytest.raises(RefusedError) as caught:
            await ask(client, "a")
        return str(caught.value), backend.begun

    said, answered, tokens = run(tmp_path, first)
    assert (answered, tokens) == (1, 9)
    assert run(tmp_path, again) == (said, [])


def test_a_drain_waits_for_those_in_flight_and_sends_no_more(tmp_path: Path) -> None:
    async def work(client: Client, backend: Held, journal: Journal, meter: Meter) -> Any:
        sent, queued = ask(client, "sent"), ask(client, "queued")
        await settle()
        draining = asyncio.create_task(client.drain(30))
        await settle()
        in_flight = client.in_flight
        backend.calls["sent"].set_result(Completion("answer"))
        await draining
        ends = await asyncio.gather(sent, queued, ask(client, "late"), return_exceptions=True)
        return in_flight, journal.count(), ends, meter.asked, meter.answered + meter.failed

    in_flight, count, (sent, queued, late), asked, ended = run(tmp_path, work, slots=1)
    assert (in_flight, count, sent.text) == (1, 1, "answer")
    assert isinstance(queued, BackendGoneError)
    assert isinstance(late, BackendGoneError)
    assert asked == ended == 3


def test_a_drain_cuts_off_what_does_not_end(tmp_path: Path) -> None:
    async def work(client: Client, backend: Held, journal: Journal, meter: Meter) -> Any:
        task = ask(client, "a")
        await settle()
        await client.drain(0)
        await asyncio.wait([task])
        return task.cancelled(), client.in_flight, meter.asked, meter.failed

    assert run(tmp_path, work) == (True, 0, 1, 1)


def test_a_drain_does_not_wait_for_a_server_that_says_later(tmp_path: Path) -> None:
    async def work(client: Client, backend: Held, journal: Journal, meter: Meter) -> Any:
        task = ask(client, "a")
        await settle()
        backend.calls["a"].set_exception(RetryableError("HTTP 429", retry_after_s=3600, limited=True))
        await settle()
        await client.drain(3600)
        return await asyncio.gather(task, return_exceptions=True)

    (end,) = run(tmp_path, work)
    assert isinstance(end, BackendGoneError)


def test_a_journal_that_cannot_be_written_ends_the_call_with_an_error(tmp_path: Path) -> None:
    async def work(client: Client, backend: Held, journal: Journal, meter: Meter) -> Any:
        journal._write_connection.execute("PRAGMA query_only=ON")
        task = ask(client, "a")
        await settle()
        backend.calls["a"].set_result(Completion("answer"))
        return await asyncio.gather(task, return_exceptions=True)

    (end,) = run(tmp_path, work)
    assert isinstance(end, SeedbedError)
    assert "cannot be written" in str(end)


actions = st.lists(
    st.tuples(st.sampled_from(["ask", "answer", "refuse", "setup", "cancel", "settle"]), st.integers(0, 5)), max_size=40
)


@settings(max_examples=40, deadline=None)
@given(actions=actions)
def test_the_counts_add_up_whatever_happens(
    tmp_path_factory: pytest.TempPathFactory, actions: list[tuple[str, int]]
) -> None:
    """asked = answered + failed, each answer is recorded, and no request is answered twice."""

    async def work(client: Client, backend: Held, journal: Journal, meter: Meter) -> Any:
        tasks: list[asyncio.Task[Completion]] = []
        answered: list[str] = []
        for action, number in actions:
            held = sorted(name for name, call in backend.calls.items() if not call.done())
            if action == "ask":
                tasks.append(ask(client, str(number)))
            elif action == "settle":
                await settle()
            elif action == "cancel" and tasks:
                tasks[number % len(tasks)].cancel()
            elif held and action in ("answer", "refuse", "setup"):
                name = held[number % len(held)]
                error = RefusedError("no") if action == "refuse" else BackendSetupError("no")
                if action == "answer":
                    backend.calls[name].set_result(Completion(name))
                    answered.append(name)
                else:
                    backend.calls[name].set_exception(error)
        await settle()
        await client.drain(0)
        await asyncio.gather(*tasks, return_exceptions=True)
        await journal.close()
        return meter.asked, meter.answered, meter.failed, answered

    path = tmp_path_factory.mktemp("counts")
    asked, count, failed, answered = run(path, work)
    assert asked == count + failed
    assert count == len(answered) == len(set(answered))
    with sqlite3.connect(path / "journal") as other:
        assert other.execute("SELECT COUNT(*) FROM completions").fetchone() == (count,)
    other.close()


class Poisoned(Held):
    """Answers a control at once, and nothing else, ever."""

    async def complete(self, request: ChatRequest) -> Completion:
        self.begun.append(request.template or request.about)
        await asyncio.sleep(0.001)
        if request.template:
            return Completion("OK", usage=Usage(3, 1))
        raise RetryableError("HTTP 500")


def ask_poisoned(path: Path, limits: Limits) -> tuple[Poisoned, Meter, list[tuple[str, int]], BaseException | None]:
    """Ask what is never answered, in simulated time; also return the journal's rows (template, draw)."""
    backend, meter = Poisoned(), Meter()

    async def work() -> BaseException | None:
        journal = Journal(path / "journal")
        spent = sum_up(journal.read_usage(), {})
        client = Client(backend, journal, meter, slots=4, give_up_s=30, ledger=Ledger(limits, spent))
        request = ChatRequest((("user", "poison"),), "m", about="poison")
        (result,) = await asyncio.gather(client.complete(request), return_exceptions=True)
        await client.close()
        await journal.close()
        return result if isinstance(result, BaseException) else None

    error, _ = run_simulated(work(), waits=True)
    with contextlib.closing(sqlite3.connect(path / "journal")) as other:
        rows = other.execute("SELECT template, draw FROM completions ORDER BY draw").fetchall()
    return backend, meter, rows, error


def test_a_control_is_counted_and_recorded_like_any_other_call(tmp_path: Path) -> None:
    backend, meter, rows, error = ask_poisoned(tmp_path, Limits(calls=100))
    controls = backend.begun.count(CONTROL_TEMPLATE)
    assert isinstance(error, RefusedError)
    assert controls > 0
    assert meter.answered == controls == meter.by_kind["control"].answered
    assert rows == [(CONTROL_TEMPLATE, number) for number in range(controls)]
    again, _, rows, _ = ask_poisoned(tmp_path, Limits(calls=100))
    assert len(rows) == controls + again.begun.count(CONTROL_TEMPLATE), "an old control's answer says nothing about now"


def test_a_control_does_not_pass_a_limit(tmp_path: Path) -> None:
    backend, meter, rows, error = ask_poisoned(tmp_path, Limits(calls=1))  # reserved for the call itself
    assert isinstance(error, BackendGoneError)
    assert CONTROL_TEMPLATE not in backend.begun
    assert (meter.answered, rows) == (0, [])

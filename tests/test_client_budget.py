"""Hard limits: never exceeded, by one call or one nano-dollar, whatever is in flight; counted over the run's whole life."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.client.budget import (
    MESSAGE_OVERHEAD_TOKENS,
    UNBOUNDED_COMPLETION_TOKENS,
    Amount,
    Budget,
    Door,
    Ledger,
    Limits,
    estimate,
    measure,
    sum_up,
)
from generator.client.prices import NANO_USD, Price, find_price, load_prices
from generator.errors import ConfigError, LimitReached, RefusedError
from generator.types import ChatRequest, Completion, Sampling, Usage
from tests.rig import Rig
from tests.scripted import Scripted, answer
from tests.simulated_time import run_simulated

PRICES = {"m": Price(prompt=400, cached_prompt=100, completion=1600)}


class Server:
    """Answers after a while with a usage of its own, within what was asked for."""

    name = "server"

    def __init__(self, seed: int, broken: float = 0.0) -> None:
        self._rng = random.Random(seed)
        self._broken = broken
        self.spent = Amount()

    async def complete(self, request: ChatRequest) -> Completion:
        await asyncio.sleep(self._rng.random())
        if self._rng.random() < self._broken:
            raise RefusedError("no")
        prompt = self._rng.randint(1, len(request.messages[0][1]))
        usage = Usage(prompt, self._rng.randint(0, request.sampling.max_tokens or 0), self._rng.randint(0, prompt))
        self.spent.add(Amount(1, prompt + (usage.completion_tokens or 0), PRICES["m"].compute_cost(usage) or 0))
        return Completion("x", usage=usage)

    async def close(self) -> None:
        pass


async def ask_many(budget: Budget, count: int) -> list[object]:
    requests = [
        ChatRequest((("user", "x" * (20 + n % 50)),), "m", Sampling(max_tokens=10 + n % 90), draw=n, order=n)
        for n in range(count)
    ]
    return await asyncio.gather(*(budget.complete(request) for request in requests), return_exceptions=True)


@settings(max_examples=40, deadline=None)
@given(
    calls=st.none() | st.integers(1, 300), tokens=st.none() | st.integers(1, 30_000),
    cost=st.none() | st.integers(1, 10_000_000), broken=st.sampled_from([0.0, 0.3]), seed=st.integers(0, 999),
)  # fmt: skip
def test_a_limit_is_never_exceeded(
    calls: int | None, tokens: int | None, cost: int | None, broken: float, seed: int
) -> None:
    server = Server(seed, broken)
    ledger = Ledger(Limits(calls, tokens, cost), Amount())
    results, _ = run_simulated(ask_many(Budget(server, ledger, PRICES), 256))
    for limit, spent in ((calls, server.spent.calls), (tokens, server.spent.tokens), (cost, server.spent.cost)):
        assert limit is None or spent <= limit
    assert all(isinstance(result, Completion | LimitReached | RefusedError) for result in results)
    if not any(isinstance(result, LimitReached) for result in results):
        assert sum(isinstance(result, Completion) for result in results) == server.spent.calls


def test_little_is_left_unspent_and_the_oldest_go_first() -> None:
    server = Server(1)
    ledger = Ledger(Limits(tokens=5000), Amount())
    results, _ = run_simulated(ask_many(Budget(server, ledger, PRICES), 256))
    assert server.spent.tokens > 5000 - 2 * 200  # a call's worst case is below 200 tokens
    answered = [number for number, result in enumerate(results) if isinstance(result, Completion)]
    assert answered == list(range(len(answered)))


async def ask_in_steps(budget: Budget, count: int, steps: int) -> int:
    """Ask for many records, a few calls each one after the other; return how many came to their end."""

    async def work(order: int) -> bool:
        for step in range(steps):
            try:
                await budget.complete(
                    ChatRequest((("user", "x"),), "m", Sampling(max_tokens=10), draw=step, order=order)
                )
            except LimitReached:
                return False
        return True

    return sum(await asyncio.gather(*(work(order) for order in range(count))))


@pytest.mark.parametrize("calls", [7, 20, 137, 400])
def test_what_is_left_goes_to_candidates_that_come_to_their_end(calls: int) -> None:
    budget = Budget(Server(3), Ledger(Limits(calls=calls), Amount()), PRICES, room=lambda: 64)
    done, _ = run_simulated(ask_in_steps(budget, 500, 3))
    assert done >= 0.7 * (calls // 3)


@pytest.mark.parametrize("limits", [Limits(tokens=3000), Limits(cost=3_000_000)])
def test_nor_do_their_first_calls_take_all_before_one_has_told_what_it_takes(limits: Limits) -> None:
    server = Server(3)
    budget = Budget(server, Ledger(limits, Amount()), PRICES, room=lambda: 1000)
    done, _ = run_simulated(ask_in_steps(budget, 500, 3))
    assert done >= 0.5 * (server.spent.calls // 3)


@pytest.mark.parametrize("spent", [Amount(10, 900, 0), Amount(10, 5000, 0)])
def test_where_more_is_spent_than_the_limit_the_run_ends(spent: Amount) -> None:
    budget = Budget(Server(3), Ledger(Limits(tokens=900), spent), PRICES, room=lambda: 64)
    results, _ = run_simulated(ask_many(budget, 8))
    assert all(isinstance(result, LimitReached) for result in results)


def test_calls_of_earlier_invocations_count_and_cached_ones_do_not(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    backend = Scripted()
    ending, _ = rig.run(backend, limits={"max_calls": 33}, concurrency=256)
    assert (ending.exit_status, ending.state, backend.asked.total()) == (3, "stopped", 33)
    assert "--max-calls 33" in (ending.reason or "")
    again = Scripted()
    ending, _ = rig.run(again, limits={"max_calls": 50})
    assert (ending.exit_status, again.asked.total()) == (3, 17)
    whole = Scripted()
    ending, _ = rig.run(whole, limits={"max_calls": 80})
    assert (ending.exit_status, whole.asked.total()) == (0, 30)


def test_a_limit_before_anything_is_decided_is_a_limit(tmp_path: Path) -> None:
    ending, _ = Rig(tmp_path).run(Scripted(), limits={"max_calls": 1})
    assert (ending.exit_status, ending.state) == (3, "stopped")


def test_money_is_counted_to_the_last_token(tmp_path: Path) -> None:
    usage = Usage(1000, 100, 0)
    backend = Scripted(lambda request: Completion(answer(request), usage=usage))
    rig = Rig(tmp_path, backend={"model": "gpt-4.1-mini"}, critic={"model": "gpt-4.1-mini"})
    each = 1000 * 400 + 100 * 1600
    ending, run = rig.run(backend, limits={"max_cost_usd": 0.02})
    assert ending.exit_status == 3
    assert backend.asked.total() * each <= 0.02 * NANO_USD
    assert run.meter.total.cost_usd == pytest.approx(backend.asked.total() * each / NANO_USD)


def test_a_limit_in_dollars_needs_a_price(tmp_path: Path) -> None:
    backend = Scripted()
    with pytest.raises(ConfigError, match="`scripted` is not known"):
        Rig(tmp_path).run(backend, limits={"max_cost_usd": 1.0})
    assert backend.asked.total() == 0


def test_a_critic_without_a_price_is_noticed_too(tmp_path: Path) -> None:
    rig = Rig(tmp_path, backend={"model": "gpt-4.1-mini"})
    with pytest.raises(ConfigError, match="`scripted` is not known"):
        rig.run(Scripted(), limits={"max_cost_usd": 1.0})


def test_prices_are_overlaid_and_the_unknown_is_none(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('[models]\n"my-model" = { prompt = 1.0, completion = 2.5 }\n')
    prices = load_prices(mine)
    assert find_price(prices, "my-model") == Price(1000, 1000, 2500)
    assert find_price(prices, "gpt-4.1-mini-2025-04-14") == prices["gpt-4.1-mini"]
    assert find_price(prices, "nobody-knows") is None
    assert prices["gpt-4.1-mini"].compute_cost(Usage(None, 3)) is None
    assert prices["gpt-4.1-mini"].compute_cost(Usage(10, 2, 4)) == 6 * 400 + 4 * 100 + 2 * 1600
    assert sum_up([("my-model", Usage(1, 1)), ("nobody-knows", Usage(5, 5))], prices) == Amount(2, 12, 3500)
    mine.write_text('[models]\n"x" = { prompt = -1, completion = 2 }\n')
    with pytest.raises(ConfigError, match=r"mine\.toml.*prompt"):
        load_prices(mine)


def test_a_call_that_tells_no_tokens_counts_for_the_most_that_it_can_have_taken() -> None:
    request = ChatRequest((("user", "数" * 20),), "m", Sampling(max_tokens=30))
    most = estimate(request, PRICES["m"])
    assert most == Amount(1, 60 + MESSAGE_OVERHEAD_TOKENS + 30, (60 + MESSAGE_OVERHEAD_TOKENS) * 400 + 30 * 1600)
    assert measure(Usage(), PRICES["m"], most) == most
    assert measure(Usage(7, None), PRICES["m"], most) == most
    assert measure(Usage(7, 0), PRICES["m"], most) == Amount(1, 7, 2800)
    assert estimate(ChatRequest((("user", ""),), "m"), None).tokens > UNBOUNDED_COMPLETION_TOKENS


def test_what_was_reserved_for_a_caller_who_has_just_gone_is_given_back() -> None:
    async def work() -> None:
        ledger, one, door = Ledger(Limits(calls=1), Amount()), Amount(1), Door(lambda: 9, 1)
        await ledger.reserve(one, 0, door)
        waiting = asyncio.create_task(ledger.reserve(one, 1, door))
        await asyncio.sleep(0)
        ledger.settle(one, Amount(), door)  # the one who waits is granted it, and is cancelled before it wakes
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        ledger.reserve_at_once(one, door)
        with pytest.raises(LimitReached):
            ledger.reserve_at_once(one, door)

    asyncio.run(work())


def test_room_that_was_made_for_a_caller_who_has_just_gone_is_given_on() -> None:
    async def work() -> int:
        server, requests = Server(1), [ChatRequest((("user", "x"),), "m", draw=n, order=n) for n in range(3)]
        budget = Budget(server, Ledger(Limits(calls=9), Amount()), PRICES, room=lambda: 1)
        second = asyncio.create_task(budget.complete(requests[1]))
        await budget.complete(requests[0])  # it makes room for the second, which is cancelled before it wakes
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        await asyncio.wait_for(budget.complete(requests[2]), 60)
        return server.spent.calls

    assert run_simulated(work())[0] == 2

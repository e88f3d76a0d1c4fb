"""What a call asks of vLLM's engine, and what becomes of the engine's faults."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
from typing import Any

import pytest

from generator.backends.vllm_engine import make_seed
from generator.errors import BackendGoneError, RefusedError, RetryableError
from tests.scripted_vllm import CONTEXT, BusyError, CallError, DeadError, RequestError, Rig, make_request, say


def test_what_the_request_leaves_open_is_the_models_default() -> None:
    rig = Rig()
    rig.ask(make_request(), make_request(temperature=0.0, top_p=0.9, presence_penalty=1.0, max_tokens=7, stop=("END",)))
    open_one, full_one = rig.engine.asked
    assert (open_one["temperature"], open_one["top_k"], open_one["stop"]) == (0.6, 20, [])
    assert "top_p" not in open_one
    assert (full_one["temperature"], full_one["top_p"], full_one["presence_penalty"]) == (0.0, 0.9, 1.0)
    assert (full_one["max_tokens"], full_one["stop"], full_one["top_k"]) == (7, ["END"], 20)


@pytest.mark.parametrize(("asked", "given"), [(None, CONTEXT - 5), (7, 7), (CONTEXT, CONTEXT - 5)])
def test_a_reply_ends_where_the_context_does(asked: int | None, given: int) -> None:
    rig = Rig()
    rig.ask(make_request(max_tokens=asked))
    assert rig.engine.asked[0]["max_tokens"] == given


def test_a_prompt_that_fills_the_context_is_refused() -> None:
    (fault,) = Rig(prompt_tokens=CONTEXT).ask(make_request())
    assert isinstance(fault, RefusedError)


def test_a_schema_becomes_a_constraint() -> None:
    rig = Rig(lambda _: say('{"a": 1}'))
    schema = {"type": "object"}
    rig.ask(make_request(), dataclasses.replace(make_request(), schema=schema))
    assert [asked["structured_outputs"] for asked in rig.engine.asked] == [None, {"json": schema}]


def test_every_draw_and_every_prompt_has_a_seed_of_its_own() -> None:
    requests = [make_request(text, draw) for text, draw in itertools.product(("a", "b"), range(50))]
    seeds = [make_seed(request) for request in requests]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**60 for seed in seeds)
    assert seeds == [make_seed(request) for request in requests]
    assert make_seed(make_request("a")) == 143699324292019667


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (RequestError("too long"), RefusedError), (ValueError("bad schema"), RefusedError),
        (BusyError("queue is full"), RetryableError), (CallError("once"), RetryableError),
        (DeadError("gone"), BackendGoneError),
    ],
)  # fmt: skip
def test_faults_become_ours(fault: Exception, expected: type[Exception]) -> None:
    def reply(sampling: Any) -> Any:
        raise fault

    (error,) = Rig(reply).ask(make_request())
    assert type(error) is expected
    if isinstance(error, RetryableError):
        assert error.limited == isinstance(fault, BusyError)


def test_a_call_that_fails_for_a_wrong_value_is_refused() -> None:
    def reply(sampling: Any) -> Any:
        raise CallError from ValueError("no such grammar")

    (error,) = Rig(reply).ask(make_request())
    assert isinstance(error, RefusedError)
    assert "no such grammar" in str(error)


@pytest.mark.parametrize("reason", ["abort", "error"])
def test_a_call_that_the_engine_broke_off_may_be_tried_again(reason: str) -> None:
    (error,) = Rig(lambda _: say("half a", reason)).ask(make_request())
    assert isinstance(error, RetryableError)


def test_a_cancelled_call_is_aborted_in_the_engine() -> None:
    async def hang() -> Any:
        rig.engine.hangs.set()
        await asyncio.Event().wait()

    rig = Rig(lambda sampling: hang() if sampling["max_tokens"] == 9 else say())

    async def carry_out() -> None:
        await rig.backend.complete(make_request())
        call = asyncio.create_task(rig.backend.complete(make_request(max_tokens=9)))
        await rig.engine.hangs.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await rig.backend.close()

    asyncio.run(carry_out())
    assert rig.engine.aborted == ["call-1"]

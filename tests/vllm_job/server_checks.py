"""What only vLLM's server shows: its load, log-probabilities by HTTP, and connections that it closes as it stands still."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from dataclasses import replace

from generator.backends.openai import OpenAIBackend
from generator.backends.vllm_server import make_vllm_server
from generator.protocols import ServerLoad
from tests.vllm_job.engine_checks import IN_FLIGHT, SCHEMA, make_request, measure
from tests.vllm_job.processes import say

STILL_S = 6.5  # longer than the 5 s after which the server closes an idle connection


def connect(address: str) -> OpenAIBackend:
    return make_vllm_server(base_url=address, api_key_env="NO_KEY", timeout_s=120, connections=IN_FLIGHT)


async def check_server(address: str, model: str, pid: int) -> float:
    """Check the server at the address, whose process is `pid`; return its tokens a second."""
    backend = connect(address)
    try:
        assert await backend.find_model() == model
        rate = await measure(backend, model)
        await _check_load(backend, model)
        await _check_replies(backend, model)
        await _check_standing_still(backend, model, pid)
    finally:
        await backend.close()
    return rate


async def _check_load(backend: OpenAIBackend, model: str) -> None:
    calls = [asyncio.create_task(backend.complete(make_request(f"Sea {n}.", model=model))) for n in range(IN_FLIGHT)]
    seen: list[ServerLoad] = []
    while not all(call.done() for call in calls):
        load = await backend.read_load()
        assert load is not None
        seen.append(load)
        await asyncio.sleep(0.05)
    await asyncio.gather(*calls)
    idle = await backend.read_load()
    assert idle == ServerLoad(0, 0), idle
    assert max(load.running for load in seen) > 1, seen
    say(
        f"   its load: up to {max(load.running for load in seen)} running, {max(load.waiting for load in seen)} waiting"
    )


async def _check_replies(backend: OpenAIBackend, model: str) -> None:
    judged = await asyncio.gather(
        *(backend.complete(make_request(f"Judge {n}.", model=model, structured=True)) for n in range(8))
    )
    ended = [one for one in judged if one.finish_reason == "stop"]
    assert ended
    for one in ended:
        assert json.loads(one.text).keys() == SCHEMA["properties"].keys(), one  # type: ignore[attr-defined]
    told = await backend.complete(replace(make_request("Name a lake.", model=model, most=8), logprobs=3))
    assert told.logprobs is not None
    assert len(told.logprobs) == told.usage.completion_tokens, told
    assert all(len(place.top) == 3 and place.logprob <= 0 for place in told.logprobs), told
    plain = await backend.complete(make_request("Name a lake.", model=model, most=8))
    assert plain.logprobs is None
    say(
        f"   structured_outputs: {len(ended)} of {len(judged)} ended by themselves, all in form; log-probabilities come"
    )


async def _check_standing_still(backend: OpenAIBackend, model: str, pid: int) -> None:
    """Stop the server until all its idle connections are overdue; it closes them with requests lying in them."""

    def ask() -> list[asyncio.Task[object]]:
        return [
            asyncio.create_task(backend.complete(make_request(f"River {n}.", model=model, most=8)))
            for n in range(IN_FLIGHT)
        ]

    await asyncio.gather(*ask())
    try:
        os.kill(pid, signal.SIGSTOP)
        calls = ask()
        await asyncio.sleep(STILL_S)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    answers = await asyncio.gather(*calls, return_exceptions=True)
    faults = [answer for answer in answers if isinstance(answer, BaseException)]
    assert not faults, faults
    say(f"   it stood still for {STILL_S} s under {len(calls)} calls on kept connections: all answered")

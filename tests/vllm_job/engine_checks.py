"""Both ways to the same model, asked the same; and what only the engine in this process can show."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

from generator.backends.vllm import VLLMBackend
from generator.errors import BackendGoneError, RefusedError
from generator.protocols import Backend
from generator.types import ChatRequest, Completion, Sampling
from tests.vllm_job.processes import ENVIRONMENT, list_engines, say
from tests.vllm_job.tiny_model import CONTEXT

SCHEMA = {
    "type": "object",
    "properties": {
        name: {
            "type": "object",
            "properties": {"explanation": {"type": "string"}, "score": {"type": "integer", "minimum": 1, "maximum": 10}},
            "required": ["explanation", "score"], "additionalProperties": False,
        }
        for name in ("instruction", "response")
    },
    "required": ["instruction", "response"], "additionalProperties": False,
}  # fmt: skip
CALLS = 192
IN_FLIGHT = 32


def make_request(
    text: str, *, model: str = "tiny", draw: int = 0, most: int = 400, structured: bool = False, stop: str = ""
) -> ChatRequest:
    sampling = Sampling(temperature=1.0, top_p=0.95, max_tokens=most, stop=(stop,) if stop else ())
    return ChatRequest((("system", "Answer."), ("user", text)), model, sampling, SCHEMA if structured else None, draw)


async def measure(backend: Backend, model: str) -> float:
    """Return the completion tokens a second of `CALLS` calls, `IN_FLIGHT` at a time, after a warm-up."""
    slots = asyncio.Semaphore(IN_FLIGHT)

    async def ask(number: int) -> int:
        async with slots:
            completion = await backend.complete(make_request(f"Name river {number}.", model=model))
            return completion.usage.completion_tokens or 0

    await asyncio.gather(*(ask(-number) for number in range(1, IN_FLIGHT)))
    began = time.monotonic()
    tokens = sum(await asyncio.gather(*(ask(number) for number in range(CALLS))))
    return tokens / (time.monotonic() - began)


async def check_engine(model: Path) -> float:
    """Check the engine in this process; return its tokens a second."""
    os.environ.update(ENVIRONMENT)
    backend = VLLMBackend(model=str(model), connections=IN_FLIGHT)
    try:
        began = time.monotonic()
        first = await backend.complete(make_request("Name a sea."))
        say(f"   the first call, with the engine's start: {time.monotonic() - began:.1f} s")
        assert first.model == model.name, first
        rate = await measure(backend, model.name)
        await _check_draws(backend)
        await _check_replies(backend)
        await _check_cancelling(backend)
        await _check_death(backend)
    finally:
        began = time.monotonic()
        await backend.close()
    say(f"   closed in {time.monotonic() - began:.1f} s")
    assert not list_engines(wait_s=15), list_engines()
    return rate


async def _check_draws(backend: VLLMBackend) -> None:
    asked = [make_request("Name a river.", draw=draw) for draw in range(16)]
    together = await asyncio.gather(*map(backend.complete, asked))
    assert len({completion.text for completion in together}) >= 15, together
    again = [await backend.complete(request) for request in asked]
    same = sum(one.text == other.text for one, other in zip(together, again, strict=True))
    say(f"   the same draw asked again, in another batch: the same text in {same} of {len(asked)}")


async def _check_replies(backend: VLLMBackend) -> None:
    judged = await asyncio.gather(
        *(backend.complete(make_request(f"Judge {n}.", draw=n, structured=True)) for n in range(8))
    )
    assert all(completion.text.startswith('{"instruction":{"explanation":"') for completion in judged), judged
    ended = [one for one in judged if one.finish_reason == "stop"]
    say(f"   replies by schema: {len(ended)} of {len(judged)} ended by themselves")
    plain = await backend.complete(make_request("Name a lake."))
    stop = next(char for char in plain.text if char.isalpha())
    stopped = await backend.complete(make_request("Name a lake.", stop=stop))
    assert stopped.text == plain.text[: plain.text.index(stop)], (plain, stopped)
    cut = await backend.complete(make_request("Name a lake.", most=1))
    assert (cut.finish_reason, cut.usage.completion_tokens) == ("length", 1), cut
    told = await backend.complete(replace(make_request("Name a lake.", most=8), logprobs=3))
    assert told.logprobs is not None
    assert len(told.logprobs) == told.usage.completion_tokens, told
    assert all(len(place.top) == 3 and place.logprob <= 0 for place in told.logprobs), told
    for request in (make_request("17 " * CONTEXT), make_request("x", most=-1)):
        try:
            await backend.complete(request)
            raise AssertionError("it was not refused")
        except RefusedError as error:
            say(f"   refused: {str(error)[:90]}")


async def _check_cancelling(backend: VLLMBackend) -> None:
    assert backend._starting is not None
    engine = backend._starting.result()._engine
    for number in range(10):
        calls = [asyncio.create_task(backend.complete(make_request(f"Cancel {number} {n}"))) for n in range(16)]
        await asyncio.sleep(0.004 * number)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
    assert engine.get_num_unfinished_requests() == 0


async def _check_death(backend: VLLMBackend) -> None:
    calls = [asyncio.create_task(backend.complete(make_request(f"Last {n}"))) for n in range(128)]
    await asyncio.sleep(0.1)
    (engine,) = (process for process in multiprocessing.active_children() if process.name.startswith("EngineCore"))
    assert engine.pid is not None
    os.kill(engine.pid, signal.SIGKILL)
    answers = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 30)
    gone = sum(isinstance(answer, BackendGoneError) for answer in answers)
    assert gone > 0, answers
    assert all(isinstance(answer, BackendGoneError | Completion) for answer in answers), answers
    say(f"   the engine killed under {len(calls)} calls: {gone} say that it is gone, none hangs")

"""A scripted engine in vLLM's place, and a back end around it: the fake at the seam `Library`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from types import SimpleNamespace
from typing import Any

from generator.backends.vllm import VLLMBackend
from generator.backends.vllm_engine import Library
from generator.types import ChatRequest, Sampling

CONTEXT = 100


class RequestError(Exception): ...


class BusyError(Exception): ...


class CallError(Exception): ...


class DeadError(Exception): ...


def say(text: str = "A reply.", reason: str = "stop", logprobs: Any = None, cached: int | None = 2) -> Any:
    choice = SimpleNamespace(text=text, finish_reason=reason, token_ids=[*range(3)], logprobs=logprobs)
    return SimpleNamespace(outputs=[choice], prompt_token_ids=[*range(5)], num_cached_tokens=cached)


class ScriptedEngine:
    """Stands for `AsyncLLM`: answers by `reply`, which may raise, and notes what it is asked."""

    def __init__(self, reply: Callable[[Any], Any], prompt: str = "<assistant>", prompt_tokens: int = 5) -> None:
        self._reply = reply
        self._prompt = prompt
        self._prompt_tokens = prompt_tokens
        self.asked: list[Any] = []
        self.messages: list[Any] = []
        self.aborted: list[str] = []
        self.hangs = asyncio.Event()
        self.has_ended = False
        self.output_handler: asyncio.Task[None] | None = None
        self.model_config = SimpleNamespace(
            max_model_len=CONTEXT, get_diff_sampling_param=lambda: {"top_k": 20, "temperature": 0.6}
        )
        self.renderer = SimpleNamespace(render_chat_async=self._render)

    async def _render(self, conversations: Sequence[Any], chat: Any) -> Any:
        assert chat == {"chat_template_kwargs": {"add_generation_prompt": True}}
        self.messages += conversations
        return conversations, [{"prompt_token_ids": [*range(self._prompt_tokens)]}]

    def get_tokenizer(self) -> Any:
        return SimpleNamespace(decode=lambda _: self._prompt)

    async def generate(self, prompt: Any, sampling: Any, name: str) -> AsyncIterator[Any]:
        self.asked.append(sampling)
        self.output_handler = self.output_handler or asyncio.create_task(asyncio.sleep(60))
        reply = self._reply(sampling)
        yield await reply if asyncio.iscoroutine(reply) else reply

    async def abort(self, name: str) -> None:
        self.aborted.append(name)

    def shutdown(self, timeout: float) -> None:
        assert self.output_handler is None or self.output_handler.cancelling()
        self.has_ended = True


class Rig:
    """A back end around a scripted engine."""

    def __init__(self, reply: Callable[[Any], Any] = lambda _: say(), **settings: Any) -> None:
        prompt = {name: settings.pop(name) for name in ("prompt", "prompt_tokens") if name in settings}
        self.engine = ScriptedEngine(reply, **prompt)
        self.starts: list[dict[str, Any]] = []
        self.start: Callable[[Any], Any] = lambda _: self.engine
        self.library = Library(
            start_engine=self._start, make_arguments=lambda **values: values, make_sampling=lambda **values: values,
            make_constraint=lambda **values: values, make_chat=lambda **values: values, final_only="final",
            is_cpu=False, request_error=RequestError, busy_error=BusyError, failed_error=CallError,
            dead_error=DeadError,
        )  # fmt: skip
        given: dict[str, Any] = {"model": "org/model", "connections": 8} | settings
        self.backend = VLLMBackend(load=lambda: self.library, **given)

    def _start(self, arguments: dict[str, Any]) -> Any:
        self.starts.append(arguments)
        return self.start(arguments)

    def ask(self, *requests: ChatRequest) -> list[Any]:
        """Ask all at once, close, and return what came, faults included."""

        async def carry_out() -> list[Any]:
            try:
                return await asyncio.gather(*map(self.backend.complete, requests), return_exceptions=True)
            finally:
                await self.backend.close()

        return asyncio.run(carry_out())


def make_request(text: str = "Hello", draw: int = 0, **sampling: Any) -> ChatRequest:
    return ChatRequest((("system", "Be brief."), ("user", text)), "org/model", Sampling(**sampling), draw=draw)

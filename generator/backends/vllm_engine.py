"""The engine of vLLM as Seedbed uses it: rendering, sampling parameters, and its errors turned into ours.

Promises: a call that nobody waits for any more is aborted in the engine. Every call has a seed of its own, made of what
is asked and of the draw, so another draw is another sample. What the request leaves open is taken from the model's own
generation defaults, as vLLM's server does.

Source: https://docs.vllm.ai (V1 engine: `AsyncLLM`, its renderer, structured outputs); names as in vLLM 0.32.
"""

from __future__ import annotations

import asyncio
import importlib
import itertools
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from generator.errors import BackendError, BackendGoneError, ConfigError, RefusedError, RetryableError
from generator.types import ChatRequest, make_digest

# Where the user has not set them: logs belong on stderr, a process with threads and open files must not be forked, and
# nothing is reported to anybody.
ENVIRONMENT = {
    "VLLM_LOGGING_STREAM": "ext://sys.stderr", "VLLM_LOGGING_LEVEL": "WARNING", "VLLM_WORKER_MULTIPROC_METHOD": "spawn",
    "VLLM_NO_USAGE_STATS": "1",
}  # fmt: skip
MODULES = (
    "v1.engine.async_llm", "engine.arg_utils", "sampling_params", "renderers.params", "platforms", "exceptions",
    "v1.engine.exceptions",
)  # fmt: skip
MISSING = (
    "--backend vllm needs vLLM in this environment: pip install 'seedbed[vllm]', on a machine with a GPU. "
    "Or start vLLM as a server, anywhere, and give its address: --backend openai --base-url http://HOST:8000/v1."
)
SHUTDOWN_S = 10.0  # after which the engine's process is killed
_SEED_DIGITS = 15  # hexadecimal: below 2**60; vLLM takes 64 bits with a sign
_TAIL_TOKENS = 8  # of the prompt, to see whether its template has opened a block of reasoning
LONGEST_QUOTE = 300


@dataclass(frozen=True)
class Library:
    """What is used of vLLM: the one place that names its modules, and where a test puts a scripted engine."""

    start_engine: Callable[[Any], Any]
    make_arguments: Callable[..., Any]
    make_sampling: Callable[..., Any]
    make_constraint: Callable[..., Any]
    make_chat: Callable[..., Any]
    final_only: Any
    is_cpu: bool
    request_error: type[Exception]
    busy_error: type[Exception]
    failed_error: type[Exception]
    dead_error: type[Exception]


def load_library() -> Library:
    """Import vLLM, which takes seconds. Raises `ConfigError` where it is not there or does not load."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        modules = [importlib.import_module(f"vllm.{name}") for name in MODULES]
    except (ImportError, OSError, RuntimeError) as error:  # another version, or a build for another machine
        raise ConfigError(f"vLLM does not load here ({error}). {MISSING}") from error
    engine, arguments, sampling, chat, platforms, errors, engine_errors = modules
    return Library(
        start_engine=engine.AsyncLLM.from_engine_args, make_arguments=arguments.AsyncEngineArgs,
        make_sampling=sampling.SamplingParams, make_constraint=sampling.StructuredOutputsParams,
        make_chat=chat.ChatParams, final_only=sampling.RequestOutputKind.FINAL_ONLY,
        is_cpu=platforms.current_platform.is_cpu(), request_error=errors.VLLMClientError,
        busy_error=errors.GracefulHTTPError, failed_error=engine_errors.EngineGenerateError,
        dead_error=engine_errors.EngineDeadError,
    )  # fmt: skip


class Engine:
    """A running engine."""

    def __init__(self, library: Library, engine: Any) -> None:
        self._library = library
        self._engine = engine
        self._defaults: Mapping[str, Any] = engine.model_config.get_diff_sampling_param()
        self._numbers = itertools.count()
        self._faults: tuple[type[Exception], ...] = (
            ValueError, library.request_error, library.busy_error, library.failed_error, library.dead_error,
        )  # fmt: skip

    async def generate(self, request: ChatRequest) -> tuple[Any, bool]:
        """Return vLLM's output, and whether the prompt had opened a block of reasoning.

        Raises `RefusedError`, `RetryableError` or `BackendGoneError`.
        """
        try:
            prompt = await self._render(request)
            tokens = prompt["prompt_token_ids"]
            sampling = self._make_sampling(request, len(tokens))
            output = await self._run(prompt, sampling)
        except self._faults as error:
            raise self._explain(error) from error
        reason = str(output.outputs[0].finish_reason)
        if reason in ("abort", "error"):
            raise RetryableError(f"the engine broke the call off ({reason})")
        tail = self._engine.get_tokenizer().decode(tokens[-_TAIL_TOKENS:])
        return output, tail.rstrip().endswith("<think>")

    async def _run(self, prompt: Any, sampling: Any) -> Any:
        name = f"call-{next(self._numbers)}"
        try:
            return [output async for output in self._engine.generate(prompt, sampling, name)][-1]
        except asyncio.CancelledError:
            # vLLM aborts by itself, but not a call that is cancelled in the moment it is handed over to the engine
            await self._engine.abort(name)
            raise

    async def _render(self, request: ChatRequest) -> Any:
        messages = [{"role": role, "content": content} for role, content in request.messages]
        chat = self._library.make_chat(chat_template_kwargs={"add_generation_prompt": True})
        _, (prompt,) = await self._engine.renderer.render_chat_async([messages], chat)
        return prompt

    def _make_sampling(self, request: ChatRequest, prompt_tokens: int) -> Any:
        room = self._engine.model_config.max_model_len - prompt_tokens
        if room < 1:
            raise RefusedError(f"the prompt's {prompt_tokens} tokens fill the model's context: no room for a reply")
        asked = request.sampling
        values = {
            "temperature": asked.temperature, "top_p": asked.top_p, "presence_penalty": asked.presence_penalty,
            "max_tokens": asked.max_tokens,
        }  # fmt: skip
        merged = dict(self._defaults) | {name: value for name, value in values.items() if value is not None}
        merged["max_tokens"] = min(room, merged.get("max_tokens") or room)
        constraint = None if request.schema is None else self._library.make_constraint(json=dict(request.schema))
        return self._library.make_sampling(
            **merged, stop=list(asked.stop), seed=make_seed(request), logprobs=request.logprobs or None,
            structured_outputs=constraint, output_kind=self._library.final_only,
        )  # fmt: skip

    def _explain(self, error: Exception) -> BackendError:
        library, said = self._library, str(error.__cause__ or error)[:LONGEST_QUOTE]
        if isinstance(error, library.dead_error):
            return BackendGoneError(
                "vLLM's engine has died (its log is above). Everything answered is kept; run the same command again to "
                "go on."
            )
        if isinstance(error, library.busy_error):
            return RetryableError(said, limited=True)
        if isinstance(error, library.failed_error) and not isinstance(error.__cause__, ValueError):
            return RetryableError(f"the engine failed on this call: {said}")
        return RefusedError(said)

    async def close(self) -> None:
        """End the engine's processes; return when they are gone."""
        if self._engine.output_handler is not None:
            self._engine.output_handler.cancel()  # or it may take the end of the engine's process for a fault
        await asyncio.to_thread(self._engine.shutdown, timeout=SHUTDOWN_S)
        # vLLM shuts down once more when the object is collected, and complains where that is at the interpreter's end
        self._engine.shutdown = _do_nothing


def _do_nothing() -> None: ...


def make_seed(request: ChatRequest) -> int:
    """Return the sampling seed of a call, below 2**60: a digest of what is asked and of the draw."""
    return int(make_digest("vllm", request.messages, request.draw)[:_SEED_DIGITS], 16)

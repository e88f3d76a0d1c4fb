"""vLLM's engine in this process, without a server: continuous batching of all calls in flight, on the machine's GPUs.

Promises: the engine starts on the first call, once, beside the event loop; a call that nobody waits for any more is
aborted in the engine; what is closed leaves no process behind. Every call has a seed of its own, made of what is asked
and of the draw, so another draw is another sample. Reasoning is kept apart from the reply.

Source: https://docs.vllm.ai (V1 engine: `AsyncLLM`, its renderer, structured outputs); the names are those of vLLM 0.32.

Deviations from vLLM's server: another grammar back end (see `GRAMMAR`), and a seed for every call.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import itertools
import multiprocessing
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.errors import BackendError, BackendGoneError, BackendSetupError, ConfigError, RefusedError, RetryableError
from generator.types import ChatRequest, Completion, Usage, make_digest

MEMORY_SHARE = 0.9  # of a GPU, for weights and KV cache; the share that two engines on one GPU have must be smaller
MOST_SEQUENCES = 256  # in one batch, vLLM's long-standing default; what is in flight beyond waits in the engine's queue
DRAIN_S = 20  # a terminal's Ctrl-C reaches the engine's process too: it answers what it has for as long
SHUTDOWN_S = 10.0  # after which the engine's process is killed
# The default grammar back end lets raw control characters into strings; this one keeps to the schema.
GRAMMAR = {"backend": "guidance", "disable_any_whitespace": True}
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
_PROCESS = "EngineCore"  # how vLLM names the process of an engine
_SEED_DIGITS = 15  # hexadecimal: below 2**60; vLLM takes 64 bits with a sign
_TAIL_TOKENS = 8  # of the prompt, to see whether its template has opened a block of reasoning
_LONGEST_QUOTE = 300


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
    except (ImportError, OSError, RuntimeError) as error:  # an old version, or a build for another machine
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


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a reply: the token that stands there, and the natural log-probabilities of the likeliest ones."""

    text: str
    logprobs: Mapping[str, float]


class VLLMBackend:
    """Chat completions from an engine in this process. One instance serves one event loop.

    `options` are further engine arguments by their Python names (`AsyncEngineArgs`); they win over all others.
    """

    name = "vllm"

    def __init__(
        self, *, model: str | None, connections: int, max_model_len: int | None = None, dtype: str = "auto",
        enforce_eager: bool | None = None, gpu_memory_utilization: float = MEMORY_SHARE,
        enable_prefix_caching: bool = True, options: Mapping[str, Any] | None = None,
        load: Callable[[], Library] | None = None,
    ) -> None:  # fmt: skip
        """Start nothing. Raises `ConfigError` where no model is named, its folder is not there, or vLLM is missing."""
        path = _check_model(model)
        if load is None and importlib.util.find_spec("vllm") is None:
            raise ConfigError(MISSING)
        self._served = Path(path).resolve().name if Path(path).is_dir() else path
        self._load = load or load_library
        self._enforce_eager = enforce_eager
        self._arguments = {
            "model": path, "served_model_name": self._served, "dtype": dtype, "max_model_len": max_model_len,
            "max_num_seqs": min(connections, MOST_SEQUENCES), "gpu_memory_utilization": gpu_memory_utilization,
            "enable_prefix_caching": enable_prefix_caching, "structured_outputs_config": GRAMMAR,
            "disable_log_stats": True, "shutdown_timeout": DRAIN_S,
        } | dict(options or {})  # fmt: skip
        self._starting: asyncio.Task[_Engine] | None = None
        self._others: set[int | None] = set()
        self._is_closed = False

    async def complete(self, request: ChatRequest) -> Completion:
        """Answer one request. Raises the `BackendError` family, and `ConfigError` for an engine option unknown."""
        completion, _ = await self.complete_with_logprobs(request, top=None)
        return completion

    async def complete_with_logprobs(self, request: ChatRequest, top: int | None) -> tuple[Completion, list[Place]]:
        """Answer one request; with `top`, also say how likely the `top` likeliest tokens were at each place."""
        engine = await self._start()
        output, opened = await engine.generate(request, top)
        (choice,) = output.outputs
        reason = str(choice.finish_reason)
        if reason in ("abort", "error"):
            raise RetryableError(f"the engine broke the call off ({reason})")
        text, reasoning = split_reasoning(choice.text, opened=opened, constrained=request.schema is not None)
        usage = Usage(len(output.prompt_token_ids), len(choice.token_ids), output.num_cached_tokens)
        completion = Completion(text, finish_reason=reason, model=self._served, usage=usage, reasoning=reasoning)
        return completion, _read_places(choice)

    async def find_model(self) -> str:
        """Return the model's folder or name, as it was given; nothing is started for it."""
        return str(self._arguments["model"])

    async def _start(self) -> _Engine:
        if self._is_closed:
            raise BackendGoneError("The engine is closed; no further call is made.")
        if self._starting is None:
            self._others = {process.pid for process in multiprocessing.active_children()}
            self._starting = asyncio.create_task(asyncio.to_thread(self._start_engine))
        return await asyncio.shield(self._starting)

    def _start_engine(self) -> _Engine:
        library = self._load()
        eager = library.is_cpu if self._enforce_eager is None else self._enforce_eager  # compiling for a CPU takes long
        try:
            arguments = library.make_arguments(**({"enforce_eager": eager} | self._arguments))
        except (TypeError, ValueError) as error:
            raise ConfigError(f"vLLM's engine cannot take these options: {error}") from error
        if self._is_closed:
            raise BackendGoneError("The engine was closed before it had started.")
        try:
            return _Engine(library, library.start_engine(arguments))
        except (OSError, ValueError, RuntimeError, LookupError, TypeError, AssertionError, ImportError) as error:
            raise BackendSetupError(
                f"vLLM's engine does not start with {self._served}: {str(error)[:_LONGEST_QUOTE]} "
                "Its log is above (more of it with VLLM_LOGGING_LEVEL=INFO)."
            ) from error

    async def close(self) -> None:
        """End the engine and its processes, also one that is still starting."""
        self._is_closed = True
        if self._starting is None:
            return
        while not self._starting.done():
            for process in multiprocessing.active_children():
                if process.pid not in self._others and process.name.startswith(_PROCESS):
                    process.kill()  # while it starts it heeds nothing else
            await asyncio.wait([self._starting], timeout=0.1)
        if not self._starting.cancelled() and self._starting.exception() is None:
            await asyncio.to_thread(self._starting.result().shutdown)


class _Engine:
    """A running engine: renders, samples, and turns vLLM's errors into ours."""

    def __init__(self, library: Library, engine: Any) -> None:
        self._library = library
        self._engine = engine
        self._defaults: Mapping[str, Any] = engine.model_config.get_diff_sampling_param()
        self._numbers = itertools.count()

    async def generate(self, request: ChatRequest, top: int | None) -> tuple[Any, bool]:
        """Return vLLM's output, and whether the prompt had opened a block of reasoning."""
        try:
            prompt = await self._render(request)
            tokens = prompt["prompt_token_ids"]
            sampling = self._make_sampling(request, top, len(tokens))
            outputs = [output async for output in self._engine.generate(prompt, sampling, f"call-{next(self._numbers)}")]
        except (ValueError, *self._list_errors()) as error:
            raise self._explain(error) from error
        tail = self._engine.get_tokenizer().decode(tokens[-_TAIL_TOKENS:])
        return outputs[-1], tail.rstrip().endswith("<think>")

    async def _render(self, request: ChatRequest) -> Any:
        messages = [{"role": role, "content": content} for role, content in request.messages]
        chat = self._library.make_chat(chat_template_kwargs={"add_generation_prompt": True})
        _, (prompt,) = await self._engine.renderer.render_chat_async([messages], chat)
        return prompt

    def _make_sampling(self, request: ChatRequest, top: int | None, prompt_tokens: int) -> Any:
        """Return the sampling parameters: the request's, else the model's own defaults, as vLLM's server does."""
        room = self._engine.model_config.max_model_len - prompt_tokens
        if room < 1:
            raise RefusedError(
                f"The prompt has {prompt_tokens} tokens, and the model's context {prompt_tokens + room}: nothing is left "
                "for the reply."
            )
        asked = request.sampling
        values = {
            "temperature": asked.temperature, "top_p": asked.top_p, "presence_penalty": asked.presence_penalty,
            "max_tokens": asked.max_tokens,
        }  # fmt: skip
        merged = dict(self._defaults) | {name: value for name, value in values.items() if value is not None}
        merged["max_tokens"] = min(room, merged.get("max_tokens") or room)
        constraint = None if request.schema is None else self._library.make_constraint(json=dict(request.schema))
        return self._library.make_sampling(
            **merged, stop=list(asked.stop), seed=make_seed(request), logprobs=top, structured_outputs=constraint,
            output_kind=self._library.final_only,
        )  # fmt: skip

    def _list_errors(self) -> tuple[type[Exception], ...]:
        library = self._library
        return library.request_error, library.busy_error, library.failed_error, library.dead_error

    def _explain(self, error: Exception) -> BackendError:
        library, said = self._library, str(error.__cause__ or error)[:_LONGEST_QUOTE]
        if isinstance(error, library.dead_error):
            return BackendGoneError(
                "vLLM's engine has died (its log is above). Everything answered is kept; run the same command again "
                "to go on."
            )
        if isinstance(error, library.busy_error):
            return RetryableError(said, limited=True)
        if isinstance(error, library.failed_error) and not isinstance(error.__cause__, ValueError):
            return RetryableError(f"the engine failed on this call: {said}")
        return RefusedError(said)

    def shutdown(self) -> None:
        """End the engine's processes; blocks until they are gone."""
        self._engine.shutdown(timeout=SHUTDOWN_S)


def _check_model(model: str | None) -> str:
    if not model:
        raise ConfigError("--backend vllm needs a model: --model FOLDER, or --model NAME of one on Hugging Face.")
    path = Path(model).expanduser()
    if path.is_dir():
        return str(path)
    if model.startswith(("/", ".", "~")):
        raise ConfigError(f"--model {model}: no such folder.")
    return model


def make_seed(request: ChatRequest) -> int:
    """Return the sampling seed of a call, below 2**60: a digest of what is asked and of the draw."""
    return int(make_digest("vllm", request.messages, request.draw)[:_SEED_DIGITS], 16)


def split_reasoning(text: str, *, opened: bool, constrained: bool) -> tuple[str, str | None]:
    """Return (reply, reasoning or None). Reasoning that never ends leaves an empty reply.

    `opened`: the prompt had opened the block. `constrained`: a schema held, perhaps from the first token on, so that
    what looks like its object is the reply, although the block was never closed.
    """
    begun = text.lstrip().startswith("<think>")
    reasoning, closing, reply = text.partition("</think>")
    if closing and (begun or opened or "<think>" not in reasoning):
        return reply.lstrip(), reasoning.lstrip().removeprefix("<think>").strip()
    if begun or (opened and not (constrained and text.lstrip().startswith("{"))):
        return "", text.lstrip().removeprefix("<think>").strip()
    return text, None


def _read_places(choice: Any) -> list[Place]:
    places = []
    for token, likeliest in zip(choice.token_ids, choice.logprobs or (), strict=False):
        logprobs = {str(one.decoded_token): float(one.logprob) for one in likeliest.values()}
        places.append(Place(str(likeliest[token].decoded_token), logprobs))
    return places

"""vLLM in this process, without a server: continuous batching of all calls in flight, on the machine's GPUs.

Promises: the engine starts on the first call, once, beside the event loop. What is closed leaves no process behind, nor
does a run that is killed. Reasoning is kept apart from the reply.

Source: https://docs.vllm.ai; the reasoning tags are those of DeepSeek-R1 and Qwen3.

Deviations from vLLM's server as it comes: another grammar back end (see `GRAMMAR`), and a seed for every call.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import multiprocessing
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

from generator.backends.tether import Tether
from generator.backends.vllm_engine import LONGEST_QUOTE, MISSING, Engine, Library, load_library
from generator.errors import BackendGoneError, BackendSetupError, ConfigError
from generator.types import ChatRequest, Completion, Usage

MOST_SEQUENCES = 256  # in one batch, vLLM's long-standing default; what is in flight beyond waits in the engine's queue
# The default grammar back end lets raw control characters into strings; this one keeps to the schema.
GRAMMAR = {"backend": "guidance", "disable_any_whitespace": True}
# On a CPU, compiling takes longer than a test; vLLM 0.32 dies of a prompt in chunks whose call has a seed ("CPU Generator
# does not use offset"); and it wants nine tenths of all memory free, whatever the model needs.
CPU_OPTIONS = {"enforce_eager": True, "enable_chunked_prefill": False, "gpu_memory_utilization": 0.3}
_PROCESS = "EngineCore"  # how vLLM names the process of an engine
_LOOK_EVERY_S = 0.1


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
        enforce_eager: bool | None = None, gpu_memory_utilization: float | None = None,
        enable_prefix_caching: bool = True, options: Mapping[str, Any] | None = None,
        load: Callable[[], Library] | None = None,
    ) -> None:  # fmt: skip
        """Start nothing. Raises `ConfigError` where no model is named, its folder is not there, or vLLM is missing."""
        path = _check_model(model)
        if load is None and importlib.util.find_spec("vllm") is None:
            raise ConfigError(MISSING)
        self._served = Path(path).resolve().name if Path(path).is_dir() else path
        self._load = load or load_library
        given = {
            "model": path, "served_model_name": self._served, "dtype": dtype, "max_model_len": max_model_len,
            "max_num_seqs": min(connections, MOST_SEQUENCES), "enforce_eager": enforce_eager,
            "gpu_memory_utilization": gpu_memory_utilization, "enable_prefix_caching": enable_prefix_caching,
            "structured_outputs_config": GRAMMAR, "disable_log_stats": True,
        }  # fmt: skip
        self._arguments = {name: value for name, value in given.items() if value is not None} | dict(options or {})
        self._starting: asyncio.Task[Engine] | None = None
        self._tether: Tether | None = None
        self._is_closed = False

    async def complete(self, request: ChatRequest) -> Completion:
        """Answer one request. Raises the `BackendError` family, and `ConfigError` where vLLM cannot be used at all."""
        completion, _ = await self.complete_with_logprobs(request, top=None)
        return completion

    async def complete_with_logprobs(self, request: ChatRequest, top: int | None) -> tuple[Completion, list[Place]]:
        """Answer one request; with `top`, also say how likely the `top` likeliest tokens were at each place."""
        if self._is_closed:
            raise BackendGoneError("The engine is closed; no further call is made.")
        if self._starting is None:
            self._starting = asyncio.create_task(self._start())
        engine = await asyncio.shield(self._starting)
        output, opened = await engine.generate(request, top)
        (choice,) = output.outputs
        text, reasoning = split_reasoning(choice.text, opened=opened, constrained=request.schema is not None)
        completion = Completion(
            text, finish_reason=str(choice.finish_reason), model=self._served, reasoning=reasoning,
            usage=Usage(len(output.prompt_token_ids), len(choice.token_ids), output.num_cached_tokens),
        )  # fmt: skip
        return completion, _read_places(choice)

    async def find_model(self) -> str:
        """Return the model's folder or name, as it was given; nothing is started for it."""
        return str(self._arguments["model"])

    async def _start(self) -> Engine:
        """Start the engine in a thread; meanwhile see to it that its processes cannot outlive this one."""
        others = {process.pid for process in multiprocessing.active_children()}
        self._tether = await asyncio.to_thread(Tether)
        starting = asyncio.create_task(asyncio.to_thread(self._start_engine))
        while not starting.done():
            await asyncio.wait([starting], timeout=_LOOK_EVERY_S)
            own = [process for process in multiprocessing.active_children() if process.pid not in others]
            for process in own:
                if process.name.startswith(_PROCESS) and process.pid is not None:
                    self._tether.hold([process.pid])
                    if self._is_closed and not starting.done():
                        process.kill()  # while it starts it heeds nothing else
        return starting.result()

    def _start_engine(self) -> Engine:
        library = self._load()
        try:
            arguments = library.make_arguments(**((CPU_OPTIONS if library.is_cpu else {}) | self._arguments))
        except (TypeError, ValueError) as error:
            raise ConfigError(f"vLLM's engine cannot take these options: {error}") from error
        if self._is_closed:
            raise BackendGoneError("The engine was closed before it had started.")
        try:
            with _deaf_to_interrupts():
                return Engine(library, library.start_engine(arguments))
        except (OSError, ValueError, RuntimeError, LookupError, TypeError, AssertionError, ImportError) as error:
            raise BackendSetupError(
                f"vLLM's engine does not start with {self._served}: {str(error)[:LONGEST_QUOTE]} "
                "Its log is above; VLLM_LOGGING_LEVEL=INFO shows more of it."
            ) from error

    async def close(self) -> None:
        """End the engine and its processes, also one that is still starting."""
        self._is_closed = True
        starting, self._starting = self._starting, None
        if starting is not None:
            await asyncio.wait([starting])
            if not starting.cancelled() and starting.exception() is None:
                await starting.result().close()
        if self._tether is not None:
            await asyncio.to_thread(self._tether.release)
            self._tether = None


@contextlib.contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Let processes started within never hear a terminal's Ctrl-C: calls in flight are still to be answered then.

    A process inherits the mask of the thread that starts it. The resource tracker must run before, for starting it ends
    with unblocking the signal.
    """
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _check_model(model: str | None) -> str:
    if not model:
        raise ConfigError("--backend vllm needs a model: --model FOLDER, or --model NAME of one on Hugging Face.")
    path = Path(model).expanduser()
    if path.is_dir():
        return str(path)
    if model.startswith(("/", ".", "~")):
        raise ConfigError(f"--model {model}: no such folder.")
    return model


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

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
import threading
from collections.abc import Callable, Iterator, Mapping
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any, TypeVar

from generator.backends.openai_logprobs import floor_logprob
from generator.backends.tether import Tether
from generator.backends.vllm_engine import LONGEST_QUOTE, MISSING, Engine, Library, load_library
from generator.backends.vllm_options import check_options
from generator.errors import BackendGoneError, BackendSetupError, ConfigError
from generator.model_names import name_folder
from generator.types import ChatRequest, Completion, TokenLogprobs, Usage

T = TypeVar("T")

MOST_SEQUENCES = 256  # in one batch, vLLM's long-standing default; what is in flight beyond waits in the engine's queue
# The default grammar back end lets raw control characters into strings; this one keeps to the schema.
GRAMMAR = {"backend": "guidance", "disable_any_whitespace": True}
# On a CPU, compiling takes longer than a test; vLLM 0.32 dies of a prompt in chunks whose call has a seed ("CPU Generator
# does not use offset"); and it wants nine tenths of all memory free, whatever the model needs.
CPU_OPTIONS = {"enforce_eager": True, "enable_chunked_prefill": False, "gpu_memory_utilization": 0.3}
_PROCESS = "EngineCore"  # how vLLM names the process of an engine
_LOOK_EVERY_S = 0.1
_CLOSED_EARLY = "The engine was closed before it had started."


class VLLMBackend:
    """Chat completions from an engine in this process. One instance serves one event loop.

    `options` are engine arguments by their Python names (`AsyncEngineArgs`); they win over Seedbed's own.
    """

    name = "vllm"

    def __init__(
        self, *, model: str | None, connections: int, options: Mapping[str, Any] | None = None,
        load: Callable[[], Library] | None = None,
    ) -> None:  # fmt: skip
        """Start nothing. Raises `ConfigError` for no model, a folder that is not there, no vLLM, or an unknown option."""
        path = _check_model(model)
        if load is None and importlib.util.find_spec("vllm") is None:
            raise ConfigError(MISSING)
        if options and load is None:
            check_options(options)
        self._served = name_folder(Path(path)) if Path(path).is_dir() else path
        self._load = load or load_library
        self._arguments: dict[str, Any] = {
            "model": path, "served_model_name": self._served, "max_num_seqs": min(connections, MOST_SEQUENCES),
            "enable_prefix_caching": True, "structured_outputs_config": GRAMMAR, "disable_log_stats": True,
        } | dict(options or {})  # fmt: skip
        self._starting: asyncio.Task[Engine] | None = None
        self._tether: Tether | None = None
        self._is_loading = False
        self._is_closed = False

    async def complete(self, request: ChatRequest) -> Completion:
        """Answer one request. Raises the `BackendError` family, and `ConfigError` where vLLM cannot be used at all."""
        if self._is_closed:
            raise BackendGoneError("The engine is closed; no further call is made.")
        if self._starting is None:
            self._starting = asyncio.create_task(self._start())
        engine = await asyncio.shield(self._starting)
        output, opened = await engine.generate(request)
        (choice,) = output.outputs
        text, reasoning = split_reasoning(choice.text, opened=opened, constrained=request.schema is not None)
        return Completion(
            text, finish_reason=str(choice.finish_reason), model=self._served, reasoning=reasoning,
            usage=Usage(len(output.prompt_token_ids), len(choice.token_ids), output.num_cached_tokens),
            logprobs=_read_logprobs(choice, request.logprobs),
        )  # fmt: skip

    async def find_model(self) -> str:
        """Return the model's folder or name, as it was given; nothing is started for it."""
        return str(self._arguments["model"])

    def stop(self) -> None:
        """Give up a start that has not come to its end: what waits for it fails. A running engine answers on."""
        if self._starting is not None and not self._starting.done():
            self._is_closed = True

    async def _start(self) -> Engine:
        """Start the engine in a thread; meanwhile see to it that its processes cannot outlive this one."""
        others = {process.pid for process in multiprocessing.active_children()}
        self._tether = await asyncio.to_thread(Tether)
        starting = _run_beside(self._start_engine)
        while not starting.done():
            await asyncio.wait([starting], timeout=_LOOK_EVERY_S)
            own = [process for process in multiprocessing.active_children() if process.pid not in others]
            for process in own:
                if process.name.startswith(_PROCESS) and process.pid is not None:
                    self._tether.hold([process.pid])
                    if self._is_closed and not starting.done():
                        process.kill()  # while it starts it heeds nothing else
            if self._is_closed and self._is_loading:
                raise BackendGoneError(_CLOSED_EARLY)  # the thread looks for itself before it starts anything
        return starting.result()

    def _start_engine(self) -> Engine:
        self._is_loading = True
        library = self._load()
        self._is_loading = False
        try:
            arguments = library.make_arguments(**((CPU_OPTIONS if library.is_cpu else {}) | self._arguments))
        except (TypeError, ValueError) as error:
            raise ConfigError(f"vLLM's engine cannot take these options: {error}") from error
        if self._is_closed:
            raise BackendGoneError(_CLOSED_EARLY)
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
        raise ConfigError("--backend vllm: give --model DIR_OR_NAME for the engine in this process, or --base-url.")
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


def _read_logprobs(choice: Any, most: int) -> tuple[TokenLogprobs, ...] | None:
    """Return the log-probabilities of a reply's tokens, `most` of the likeliest at each; None where there are none."""
    if not most or not choice.logprobs:
        return None
    places = []
    for token, likeliest in zip(choice.token_ids, choice.logprobs, strict=False):
        ranked = sorted(likeliest.values(), key=lambda one: -one.logprob)[:most]  # the drawn token may be one more
        top = tuple((str(one.decoded_token), floor_logprob(one.logprob)) for one in ranked)
        own = likeliest[token]
        places.append(TokenLogprobs(str(own.decoded_token), floor_logprob(own.logprob), top))
    return tuple(places)


def _run_beside(work: Callable[[], T]) -> asyncio.Future[T]:
    """Run in a thread that this process does not wait for when it ends: what it does cannot be broken off."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()
    result.add_done_callback(lambda future: None if future.cancelled() else future.exception())

    def settle(set_result: Callable[[Any], None], value: Any) -> None:
        if not result.done():
            set_result(value)

    def carry_out() -> None:
        try:
            outcome = work()
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            told: tuple[Callable[[Any], None], Any] = (result.set_exception, error)
        else:
            told = (result.set_result, outcome)
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits
            loop.call_soon_threadsafe(settle, *told)

    threading.Thread(target=carry_out, name="vllm-start", daemon=True).start()
    return result

"""The vLLM back end against a scripted engine: what it asks of vLLM, and what it makes of the answers and faults."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from generator import catalog
from generator.backends.tether import Tether
from generator.backends.vllm import GRAMMAR, VLLMBackend, split_reasoning
from generator.backends.vllm_engine import Library, make_seed
from generator.config import BackendConfig
from generator.errors import BackendGoneError, BackendSetupError, ConfigError, RefusedError, RetryableError
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


def test_a_reply_comes_with_reason_model_and_usage() -> None:
    rig = Rig(lambda _: say("Rivers.", "length"))
    (completion,) = rig.ask(make_request())
    assert (completion.text, completion.finish_reason, completion.model) == ("Rivers.", "length", "org/model")
    assert dataclasses.astuple(completion.usage) == (5, 3, 2)
    assert rig.engine.messages == [[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]]


def test_the_engine_starts_once_for_many_calls_and_ends_with_close() -> None:
    rig = Rig()
    assert rig.starts == []
    assert len(rig.ask(*(make_request(str(n)) for n in range(20)))) == 20
    assert len(rig.starts) == 1
    assert rig.engine.has_ended


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


def test_a_call_cancelled_while_the_engine_starts_does_not_stop_the_start() -> None:
    rig = Rig()

    async def carry_out() -> Any:
        first = asyncio.create_task(rig.backend.complete(make_request("first")))
        await asyncio.sleep(0)
        first.cancel()
        completion = await rig.backend.complete(make_request("second"))
        await rig.backend.close()
        return completion

    assert asyncio.run(carry_out()).text == "A reply."
    assert len(rig.starts) == 1


def test_closed_while_it_starts_it_is_ended_and_answers_nothing() -> None:
    rig = Rig()

    async def carry_out() -> list[Any]:
        call = asyncio.create_task(rig.backend.complete(make_request()))
        await asyncio.sleep(0)
        await rig.backend.close()
        return list(await asyncio.gather(call, rig.backend.complete(make_request()), return_exceptions=True))

    faults = asyncio.run(carry_out())
    assert all(isinstance(fault, BackendGoneError) for fault in faults), faults
    assert rig.starts == []


def test_closing_what_never_started_is_nothing() -> None:
    rig = Rig()
    asyncio.run(rig.backend.close())
    assert not rig.engine.has_ended


def test_an_engine_that_does_not_start_says_so_to_every_call() -> None:
    rig = Rig()

    def fail(_: Any) -> Any:
        raise RuntimeError("Engine core initialization failed: out of memory")

    rig.start = fail
    faults = rig.ask(make_request("a"), make_request("b"))
    assert all(isinstance(fault, BackendSetupError) and "out of memory" in str(fault) for fault in faults), faults
    assert len(rig.starts) == 1


def test_options_reach_the_engine_and_win() -> None:
    rig = Rig(max_model_len=50, options={"tensor_parallel_size": 2, "max_num_seqs": 3})
    rig.ask(make_request())
    (arguments,) = rig.starts
    assert (arguments["tensor_parallel_size"], arguments["max_num_seqs"], arguments["max_model_len"]) == (2, 3, 50)
    assert (arguments["enable_prefix_caching"], arguments["structured_outputs_config"]) == (True, GRAMMAR)
    assert "enforce_eager" not in arguments


def test_on_a_cpu_nothing_is_compiled_and_no_prompt_is_cut() -> None:
    rig = Rig(gpu_memory_utilization=0.5)
    rig.library = dataclasses.replace(rig.library, is_cpu=True)
    rig.ask(make_request())
    assert (rig.starts[0]["enforce_eager"], rig.starts[0]["enable_chunked_prefill"]) == (True, False)
    assert rig.starts[0]["gpu_memory_utilization"] == 0.5


def test_an_option_that_the_engine_does_not_know_is_a_wrong_setting() -> None:
    rig = Rig(options={"colour": "red"})

    def make_arguments(*, model: str) -> None: ...

    rig.library = dataclasses.replace(rig.library, make_arguments=make_arguments)
    (fault,) = rig.ask(make_request())
    assert isinstance(fault, ConfigError)
    assert "unexpected keyword" in str(fault)


def test_a_folder_is_served_by_its_name_and_must_be_there(tmp_path: Path) -> None:
    folder = tmp_path / "my-model"
    with pytest.raises(ConfigError, match="no such folder"):
        Rig(model=str(folder))
    folder.mkdir()
    rig = Rig(model=str(folder))
    assert asyncio.run(rig.backend.find_model()) == str(folder)
    assert rig.ask(make_request())[0].model == "my-model"
    assert rig.starts[0]["model"] == str(folder)


def test_without_a_model_or_without_vllm_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="--model"):
        catalog.make_backend(BackendConfig(kind="vllm"), connections=1)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r"pip install 'seedbed\[vllm\]'.*--base-url"):
        catalog.make_backend(BackendConfig(kind="vllm", model="org/model"), connections=1)


def test_log_probabilities_come_place_by_place() -> None:
    def rank(*tokens: tuple[int, str, float]) -> Any:
        return {token: SimpleNamespace(decoded_token=text, logprob=logprob) for token, text, logprob in tokens}

    logprobs = [rank((0, "yes", -0.1), (9, "no", -2.4)), rank((1, "!", -0.5)), rank((2, "", -0.7))]
    rig = Rig(lambda sampling: say(logprobs=logprobs if sampling["logprobs"] == 2 else None))

    async def carry_out() -> Any:
        plain = await rig.backend.complete_with_logprobs(make_request(), top=None)
        full = await rig.backend.complete_with_logprobs(make_request(), top=2)
        await rig.backend.close()
        return plain[1], full[1]

    plain, full = asyncio.run(carry_out())
    assert plain == []
    assert [place.text for place in full] == ["yes", "!", ""]
    assert full[0].logprobs == {"yes": -0.1, "no": -2.4}


@pytest.mark.parametrize(
    ("text", "opened", "constrained", "reply", "reasoning"),
    [
        ("Hello.", False, False, "Hello.", None),
        ("<think>\nHm.\n</think>\n\nHello.", False, False, "Hello.", "Hm."),
        ("Hm.\n</think>\n\nHello.", True, False, "Hello.", "Hm."),
        ("Hm.\n</think>\n\nHello.", False, False, "Hello.", "Hm."),
        ("<think></think>Hello.", False, False, "Hello.", ""),
        ("<think>Hm, and so on", False, False, "", "Hm, and so on"),
        ("Hm, and so on", True, False, "", "Hm, and so on"),
        ("Hm, and so on", True, True, "", "Hm, and so on"),
        ('{"a": 1}', True, True, '{"a": 1}', None),
        ("Write `<think>` and `</think>` around it.", False, False, "Write `<think>` and `</think>` around it.", None),
    ],
)
def test_reasoning_is_kept_apart(text: str, opened: bool, constrained: bool, reply: str, reasoning: str | None) -> None:
    assert split_reasoning(text, opened=opened, constrained=constrained) == (reply, reasoning)


def test_a_prompt_that_opens_the_reasoning_is_noticed() -> None:
    rig = Rig(lambda _: say("So it is 4.</think>4"), prompt="<assistant>\n<think>\n")
    (completion,) = rig.ask(make_request())
    assert (completion.text, completion.reasoning) == ("4", "So it is 4.")


def start_sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])


def test_what_is_tethered_dies_with_a_process_that_is_killed() -> None:
    sleeper = start_sleeper()
    program = (
        "import os, signal, sys\nfrom generator.backends.tether import Tether\n"
        f"Tether().hold([{sleeper.pid}])\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    try:
        subprocess.run([sys.executable, "-c", program], check=False)
        assert sleeper.wait(20) == -9
    finally:
        sleeper.kill()


def test_what_is_released_lives_on() -> None:
    sleeper = start_sleeper()
    try:
        tether = Tether()
        tether.hold([sleeper.pid])
        tether.release()
        time.sleep(0.2)
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()

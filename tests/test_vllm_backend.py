"""The vLLM back end around a scripted engine: its start and end, its settings, and what it makes of a reply."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from generator import catalog
from generator.backends.vllm import GRAMMAR, VLLMBackend, split_reasoning
from generator.backends.vllm_options import list_option_names
from generator.errors import BackendGoneError, BackendSetupError, ConfigError
from generator.settings.backend import BackendConfig
from tests.scripted_vllm import Rig, make_request, say


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
    rig = Rig(options={"tensor_parallel_size": 2, "max_num_seqs": 3, "max_model_len": 50})
    rig.ask(make_request())
    (arguments,) = rig.starts
    assert (arguments["tensor_parallel_size"], arguments["max_num_seqs"], arguments["max_model_len"]) == (2, 3, 50)
    assert (arguments["enable_prefix_caching"], arguments["structured_outputs_config"]) == (True, GRAMMAR)
    assert "enforce_eager" not in arguments


def test_on_a_cpu_nothing_is_compiled_and_no_prompt_is_cut() -> None:
    rig = Rig(options={"gpu_memory_utilization": 0.5})
    rig.library = dataclasses.replace(rig.library, is_cpu=True)
    rig.ask(make_request())
    assert (rig.starts[0]["enforce_eager"], rig.starts[0]["enable_chunked_prefill"]) == (True, False)
    assert rig.starts[0]["gpu_memory_utilization"] == 0.5


def test_an_option_that_the_engine_does_not_take_is_a_wrong_setting() -> None:
    rig = Rig(options={"dtype": "red"})

    def make_arguments(**_: Any) -> None:
        raise ValueError("unknown dtype: 'red'")

    rig.library = dataclasses.replace(rig.library, make_arguments=make_arguments)
    (fault,) = rig.ask(make_request())
    assert isinstance(fault, ConfigError)
    assert "unknown dtype" in str(fault)


def pretend_vllm(monkeypatch: pytest.MonkeyPatch, folder: Path, source: str) -> None:
    """Let there be a vLLM whose arguments are those of the source."""
    (folder / "engine").mkdir()
    (folder / "engine" / "arg_utils.py").write_text(source, encoding="utf-8")
    spec = SimpleNamespace(submodule_search_locations=[str(folder)])
    monkeypatch.setattr("importlib.util.find_spec", lambda _: spec)


SOURCE = """
@config
class EngineArgs:
    model: str = "m"
    max_model_len: int | None = None
    _rank: int = 0
    limit = 3

class AsyncEngineArgs(EngineArgs):
    enable_log_requests: bool = False

class Other:
    colour: str = "red"
"""


def test_an_option_that_vllm_does_not_know_is_named_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pretend_vllm(monkeypatch, tmp_path, SOURCE)
    assert list_option_names() == {"model", "max_model_len", "enable_log_requests"}
    config = BackendConfig(kind="vllm", model="org/model", options={"max_model_length": 9, "colour": "red"})
    with pytest.raises(ConfigError, match=r"no argument colour, max_model_length\. Do you mean max_model_len\?"):
        catalog.make_backend(config, connections=1)
    catalog.make_backend(config.model_copy(update={"options": {"max_model_len": 9}}), connections=1)


@pytest.mark.parametrize("source", ["", "class EngineArgs(", "class Config: ..."])
def test_a_vllm_that_cannot_be_read_is_left_to_say_it_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: str
) -> None:
    pretend_vllm(monkeypatch, tmp_path, source)
    config = BackendConfig(kind="vllm", model="org/model", options={"colour": "red"})
    assert catalog.make_backend(config, connections=1).name == "vllm"


@pytest.mark.parametrize(("settings", "said"), [
    ({"kind": "openai", "base_url": "http://127.0.0.1:1/v1"}, "arguments of the engine"), ({"kind": "embedded"}, "engine"),
    ({"kind": "vllm", "base_url": "http://127.0.0.1:1/v1"}, "A server takes its own"),
    ({"kind": "vllm", "options": {"model": "x"}}, "--model"), ({"kind": "vllm", "options": {"hf_token": "x"}}, "HF_TOKEN"),
])  # fmt: skip
def test_options_that_nobody_takes_are_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        catalog.make_backend(BackendConfig(**{"model": "m", "options": {"dtype": "auto"}} | settings), connections=1)


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


def rank(*tokens: tuple[int, str, float]) -> Any:
    return {token: SimpleNamespace(decoded_token=text, logprob=logprob) for token, text, logprob in tokens}


def test_log_probabilities_come_place_by_place() -> None:
    drawn_beside = rank(
        (2, "", float("-inf")), (5, "so", -0.2), (6, "as", -1.7)
    )  # the drawn token is not among the top
    logprobs = [rank((9, "no", -2.4), (0, "yes", -0.1)), rank((1, "!", -0.5)), drawn_beside]
    rig = Rig(lambda sampling: say(logprobs=logprobs if sampling["logprobs"] == 2 else None))
    plain, full = rig.ask(make_request(), dataclasses.replace(make_request(), logprobs=2))
    assert plain.logprobs is None
    assert [place.token for place in full.logprobs] == ["yes", "!", ""]
    assert full.logprobs[0].top == (("yes", -0.1), ("no", -2.4))
    assert full.logprobs[2].logprob == -9999.0
    assert full.logprobs[2].top == (("so", -0.2), ("as", -1.7))


def test_a_start_that_is_given_up_ends_at_once_though_the_thread_goes_on() -> None:
    """Loading vLLM takes seconds and cannot be broken off; nobody waits for it, and nothing is started after it."""
    rig, goes_on = Rig(), threading.Event()

    def load() -> Any:
        goes_on.wait(30)
        return rig.library

    rig.backend = VLLMBackend(model="org/model", connections=8, load=load)

    async def carry_out() -> list[Any]:
        calls = [asyncio.create_task(rig.backend.complete(make_request(str(n)))) for n in range(3)]
        await asyncio.sleep(0.05)
        rig.backend.stop()
        async with asyncio.timeout(5):
            faults = await asyncio.gather(*calls, return_exceptions=True)
            await rig.backend.close()
        goes_on.set()
        return faults

    faults = asyncio.run(carry_out())
    assert all(isinstance(fault, BackendGoneError) for fault in faults), faults
    assert rig.starts == []


def test_a_running_engine_that_is_told_to_stop_answers_what_it_has() -> None:
    rig = Rig()

    async def carry_out() -> Any:
        await rig.backend.complete(make_request("a"))
        rig.backend.stop()
        try:
            return await rig.backend.complete(make_request("b"))
        finally:
            await rig.backend.close()

    assert asyncio.run(carry_out()).text == "A reply."


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

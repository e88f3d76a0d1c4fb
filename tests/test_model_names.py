"""What a model is called in records and in a run's identity: its name, wherever it lies."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from generator.config import find_differences, make_config
from generator.model_names import is_place, name_folder, name_model
from generator.prompter import Prompter
from generator.settings.backend import BackendConfig
from generator.templates import Templates
from tests.conftest import ROOT
from tests.scripted import Scripted

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(("model", "name"), [
    ("gpt-4.1-mini", "gpt-4.1-mini"), ("Qwen/Qwen3-8B", "Qwen/Qwen3-8B"), ("llama3.2:3b", "llama3.2:3b"),
    ("/data/models/Qwen3-8B", "Qwen3-8B"), ("/data/models/Qwen3-8B/", "Qwen3-8B"), ("./tiny", "tiny"), ("../a/tiny", "tiny"),
    ("~/models/tiny.gguf", "tiny.gguf"), ("C:\\models\\tiny", "tiny"), ("/", "/"),
    ("/runs/my-tune/checkpoint-500", "my-tune/checkpoint-500"), ("/runs/my-tune/final", "my-tune/final"), ("/final", "final"),
    (f"/home/x/.cache/huggingface/hub/models--Qwen--Qwen3-8B/snapshots/{COMMIT}", "Qwen/Qwen3-8B"),
    (f"/srv/{COMMIT}", f"srv/{COMMIT}"),
])  # fmt: skip
def test_a_path_is_named_by_what_tells_the_model(model: str, name: str) -> None:
    assert name_model(model) == name
    assert is_place(model) == (model[0] in "/.~C")


def test_a_folder_has_one_name_however_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models" / "tiny").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "models")
    assert {name_folder(Path(path)) for path in ("tiny", "./tiny", "../models/tiny/", tmp_path / "models/tiny")} == {
        "tiny"
    }


def test_the_identity_of_a_run_knows_the_model_and_not_its_place(tmp_path: Path) -> None:
    def make(where: str, **options: Any) -> Any:
        folder = tmp_path / where / "tiny"
        folder.mkdir(parents=True, exist_ok=True)
        return make_config({"backend": {"kind": "vllm", "model": str(folder), "options": options}})

    assert find_differences(make("a"), make("b")) == []
    moved = make("a")
    (tmp_path / "a" / "tiny").rename(tmp_path / "gone")
    assert find_differences(moved, make("b")) == []  # what is saved names a folder that is not there any more
    assert make("a").derive_name() == make("b").derive_name()
    assert find_differences(make("a"), make("a", gpu_memory_utilization=0.5, tensor_parallel_size=2)) == []
    assert find_differences(make("a"), make("a", dtype="bfloat16"))[0].startswith("backend.options")
    server = make_config({"backend": {"kind": "vllm", "base_url": "http://127.0.0.1:1/v1", "model": str(tmp_path)}})
    assert server.backend.model_name == str(tmp_path)  # a server knows its own names


def test_options_are_saved_and_read_as_they_were(tmp_path: Path) -> None:
    from generator.config_file import read_config, save_config

    options = {"max_model_len": 4096, "dtype": "auto", "enforce_eager": True, "hf_overrides": {"rope": {"factor": 2.0}}}
    config = make_config(
        {"backend": {"kind": "vllm", "model": "org/m", "options": options}, "critic": {"kind": "openai"}}
    )
    save_config(config.model_dump(mode="json", exclude_none=True), tmp_path / "config.toml")
    again = make_config(read_config(tmp_path / "config.toml")[0] | {"runs_dir": config.runs_dir})
    assert again.backend.options == options
    assert again.describe_identity() == config.describe_identity()
    assert BackendConfig().options == {}


def test_a_server_is_asked_by_its_own_name_and_records_have_the_plain_one() -> None:
    backend = Scripted()
    ask = Prompter(Templates(ROOT / "prompts"), backend, "/srv/models/tiny.gguf")
    variables = {"instruction": "Why?", "input": "", "system": None}
    asyncio.run(ask("respond/answer", "en", variables, lambda completion: completion.text))
    assert backend.requests[0].model == "/srv/models/tiny.gguf"
    assert ask.model == "tiny.gguf"


def test_repairs_of_replies_by_schema_are_counted() -> None:
    told: list[str] = []
    fenced = json.dumps({"a": 1}).join(("```json\n", "\n```"))
    backend = Scripted(lambda _: fenced)
    ask = Prompter(Templates(ROOT / "prompts"), backend, "m", count_repaired=told.append)
    variables = {"instruction": "Why?", "input": "", "system": None}

    async def work() -> None:
        await ask("respond/answer", "en", variables, lambda completion: completion.text)
        assert told == []
        await ask("respond/answer", "en", variables, lambda completion: completion.text, schema={}, draw=1, logprobs=4)

    asyncio.run(work())
    assert told == ["code_fence"]
    assert [request.logprobs for request in backend.requests] == [0, 4]

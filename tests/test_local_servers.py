"""Local servers of every make, and what they leave out: whole runs and single calls against each one's manners."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.backends.openai_dialect import JSON_SCHEMA, OBJECT_WITH_SCHEMA
from generator.errors import BackendError, BackendSetupError, RefusedError, RetryableError
from generator.journal import Journal
from generator.types import Completion, Usage
from tests.asking import JSON, always, make_backend, request, serve
from tests.command_line import TASKS, Room, agree
from tests.command_line import serve as running
from tests.loopback import Server
from tests.test_openai_dialect import be_llama_cpp, be_lm_studio

Body = dict[str, Any]


def be_bare(asked: Body, text: str) -> Body:
    """No id, object, created, model, usage, index or finish reason: the least that still is a chat completion."""
    return {"choices": [{"message": {"content": text}}]}


def be_ollama(asked: Body, text: str) -> Body:
    message = {"role": "assistant", "content": text, "reasoning": "The user wants words."}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return {"id": "chatcmpl-1", "choices": [choice], "model": asked["model"], "usage": {"prompt_tokens": 9}}


def be_sglang(asked: Body, text: str) -> Body:
    message = {"role": "assistant", "content": text, "reasoning_content": "Hm, words.", "tool_calls": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop", "matched_stop": 2}
    return {"id": "1", "choices": [choice], "model": "/data/models/tiny", "usage": None, "metadata": {}}


def be_parted(asked: Body, text: str) -> Body:
    """Content as a list of parts, with the thinking in one of its own."""
    half = len(text) // 2
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "Words, then."}]}]
    parts += [{"type": "text", "text": part} for part in (text[:half], text[half:])]
    return {"choices": [{"message": {"role": "assistant", "content": parts}, "finish_reason": None}], "usage": {}}


def be_thoughtful(asked: Body, text: str) -> Body:
    """Reasoning in tags within the content, as a server without a parser for it gives it."""
    return {"choices": [{"message": {"content": f"<think>\nLet me see: words.\n</think>\n\n{text}"}}]}


def be_careless(asked: Body, text: str) -> Body:
    """JSON in a code fence, with raw line breaks in its strings."""
    written = text.replace('{"explanation": "', '{"explanation": "Well.\n')
    return be_bare(asked, f"```json\n{written}\n```" if text.startswith("{") else text)


MAKES: dict[str, Callable[[Body, str], Body]] = {
    "bare": be_bare, "ollama": be_ollama, "sglang": be_sglang, "parts": be_parted, "thoughtful": be_thoughtful,
    "careless": be_careless,
}  # fmt: skip
REPAIRS = {"thoughtful": {"reasoning": 6}, "careless": {"code_fence": 6, "control_characters": 6}}
THOUGHTS = {"ollama": "The user wants words.", "sglang": "Hm, words.", "parts": "Words, then."}


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Room:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    return Room(tmp_path, monkeypatch, capsys)


def agree_in_every_way(asked: Body) -> str:
    """Agree as the loopback server does, whatever way the schema came."""
    way = asked.get("response_format") or {}
    schema = way.get("schema") or way.get("json_schema", {}).get("schema")
    return agree({**asked, "response_format": {"json_schema": {"schema": schema}}} if schema else asked)


@pytest.mark.parametrize("make", MAKES)
def test_a_whole_run_comes_to_its_end_whatever_is_left_out(make: str, room: Room) -> None:
    with running(reply=lambda asked: MAKES[make](asked, agree_in_every_way(asked))) as server:
        ended = room.call("evolve", "seeds.jsonl", "--rounds", "1", "--run", "a", "--base-url", server.url, "--json")
    funnel = ended.json
    assert ended.status == 0, ended.err
    dataset = room.read_lines("a")
    assert len(dataset) == len(TASKS)
    assert not any(thought in json.dumps(dataset) for thought in ("think", "Let me see", *THOUGHTS.values()))
    assert funnel["tokens"] == {"prompt": None, "completion": None}
    assert funnel["cost_usd"] is None
    assert funnel["damaged"] == {}
    assert funnel["repaired"] == REPAIRS.get(make, {})
    kept = read_journal(room.path / "runs" / "a" / "journal.sqlite")
    assert {completion.reasoning for completion in kept} == {THOUGHTS.get(make)}
    if make == "thoughtful":
        assert all("Let me see: words." in completion.text for completion in kept)  # as it came


def read_journal(path: Path) -> list[Completion]:
    async def read() -> list[Completion]:
        journal = Journal(path)
        with sqlite3.connect(path) as rows:
            keys = [key for (key,) in rows.execute("SELECT key FROM completions")]
        found = [journal.look_up(key) for key in keys]
        await journal.close()
        return [one for one in found if one is not None]

    return asyncio.run(read())


@pytest.mark.parametrize(("refuse", "lost"), [(be_llama_cpp, 1), (be_lm_studio, 0)])
def test_the_way_that_was_taken_is_no_part_of_a_run(refuse: Any, lost: int, room: Room) -> None:
    """Moved to a server that takes schemas in another way, a finished run has nothing to ask."""
    with running(reply=agree_in_every_way) as server, running() as other:

        def fault(*_: object) -> Any:
            asked = server.bodies[-1].get("response_format")
            way = asked and (JSON_SCHEMA if asked["type"] == "json_schema" else OBJECT_WITH_SCHEMA)
            said = refuse(way)
            return said and (said[0], JSON, said[1].encode())

        server._fault = fault
        arguments = ["evolve", "seeds.jsonl", "--rounds", "1", "--run", "a", "--model", "m", "--concurrency", "1"]
        arguments += ["--base-url"]  # one at a time: the fault looks at the last request
        first, second = (room.call(*arguments, one.url) for one in (server, other))
        assert (first.status, second.status, other.asked.total()) == (0, 0, 0), (first.err, second.err)
        assert first.err.count("it takes no `json_schema`") == lost


@pytest.mark.parametrize(("status", "body", "kind", "said"), [
    (404, '{"error": {"message": "model \\"any\\" not found, try pulling it first"}}', BackendSetupError, "pulling it"),
    (404, '{"error": "model not found"}', BackendSetupError, "model not found"),
    (400, '{"error": "context overflow"}', RefusedError, "context overflow"),
    (400, '{"object": "error", "message": "too long", "type": "BadRequest", "code": 400}', RefusedError, "too long"),
    (400, "the prompt is too long", RefusedError, "the prompt is too long"),
    (500, "Internal Server Error", RetryableError, "Internal Server Error"), (500, "", RetryableError, "HTTP 500"),
    (500, '{"error": {"code": 500, "message": "out of slots", "type": "server_error"}}', RetryableError, "out of slots"),
    (503, '{"error": {"code": 503, "message": "Loading model"}}', RetryableError, "Loading model"),
    (200, '{"error": "Model unloaded."}', RetryableError, "Model unloaded."),
    (200, '{"error": {"message": "busy"}, "choices": []}', RetryableError, "busy"),
    (200, '{"error": "no such thing", "code": 3}', RetryableError, "no such thing"),
])  # fmt: skip
def test_errors_are_read_in_every_form(status: int, body: str, kind: type[BackendError], said: str) -> None:
    (error,), _ = serve(always(status, JSON, body))
    assert type(error) is kind
    assert said in str(error)


@pytest.mark.parametrize(("told", "expected"), [
    ({"choices": [{"message": {"content": None}}]}, Completion("")),
    ({"choices": [{"message": {"role": "assistant"}, "finish_reason": "stop"}]}, Completion("")),
    ({"choices": [{"message": {"content": "Hi"}}, {"message": {"content": "Ho"}}]}, Completion("Hi")),
    ({"choices": [{"message": {"content": "Hi"}}], "usage": {"completion_tokens": 1}}, Completion("Hi", usage=Usage(None, 1))),
    ({"choices": [{"message": {"content": [{"text": "Hi"}]}}]}, Completion("Hi")),
    ({"choices": [{"message": {"content": "Hi"}, "logprobs": {"content": [{"token": 3}]}}]}, Completion("Hi")),
])  # fmt: skip
def test_what_is_left_out_is_not_made_up(told: Body, expected: Completion) -> None:
    (completion,), _ = serve(None, request("a", logprobs=2), reply=lambda _: told)
    assert completion == expected


def test_log_probabilities_come_in_the_older_form_too() -> None:
    columns = {"tokens": ["9", "!"], "token_logprobs": [-0.5, None], "top_logprobs": [{"8": -1.5, "9": -0.5}, None]}
    fine = columns | {"token_logprobs": [-0.5, float("-inf")]}
    for told, expected in ((fine, [("9", -0.5), ("!", -9999.0)]), (columns, None)):
        body = {"choices": [{"message": {"content": "9!"}, "logprobs": told}]}
        (completion,), _ = serve(None, request("a", logprobs=2), reply=lambda _, body=body: body)
        places = completion.logprobs
        assert places == expected or [(place.token, place.logprob) for place in places] == expected
        assert not places or places[0].top == (("9", -0.5), ("8", -1.5))


@pytest.mark.parametrize(("models", "expected"), [
    ([{"id": "text-embedding-nomic-embed-text-v1.5"}, {"id": "qwen3-8b"}], "qwen3-8b"),
    ([{"id": "qwen3-8b", "object": "model"}], "qwen3-8b"), ([{"id": "nomic-embed"}], "nomic-embed"),
    ([], "default"), (None, "default"), ([{"name": "x"}], "default"),
])  # fmt: skip
def test_the_first_model_for_chats_is_taken(models: Any, expected: str) -> None:
    async def work() -> str:
        async with Server(models=(200, JSON, json.dumps({"object": "list", "data": models}).encode())) as server:
            backend = make_backend(server.url)
            name = await backend.find_model()
            await backend.close()
            return name

    assert asyncio.run(work()) == expected

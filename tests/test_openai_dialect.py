"""What a server refuses is left out from then on, and said once: ways to ask for a schema, log-probabilities."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from generator import catalog
from generator.backends.openai_dialect import (
    IN_WORDS,
    JSON_OBJECT,
    JSON_SCHEMA,
    OBJECT_WITH_SCHEMA,
    STRUCTURED_OUTPUTS,
    VLLM_WAYS,
    WAYS,
    Dialect,
    concede,
)
from generator.backends.openai_wire import make_body
from generator.errors import BackendError, RefusedError
from generator.settings.backend import BackendConfig
from generator.types import ChatRequest, Sampling
from tests.asking import JSON, always, first, make_backend, request, serve
from tests.loopback import Server

SCHEMA = {"type": "object", "properties": {"score": {"type": "integer"}}, "required": ["score"]}
ASKED = ChatRequest((("system", "Judge."), ("user", "This.")), "tiny", schema=SCHEMA)
UNSUPPORTED = json.dumps({"error": {"message": "…", "param": "max_tokens", "code": "unsupported_parameter"}})
FIELDS: dict[str, dict[str, Any]] = {
    JSON_SCHEMA: {
        "response_format": {"type": "json_schema", "json_schema": {"name": "reply", "schema": SCHEMA, "strict": True}}
    },
    OBJECT_WITH_SCHEMA: {"response_format": {"type": "json_object", "schema": SCHEMA}},
    JSON_OBJECT: {"response_format": {"type": "json_object"}},
    IN_WORDS: {},
    STRUCTURED_OUTPUTS: {"structured_outputs": {"json": SCHEMA}},
}


@pytest.mark.parametrize("way", VLLM_WAYS)
def test_each_way_has_its_own_fields(way: str) -> None:
    body = json.loads(make_body(ASKED, Dialect(ways=(way,))))
    messages = body.pop("messages")
    assert body == {"model": "tiny", **FIELDS[way]}
    assert messages[0] == {"role": "system", "content": "Judge."}
    is_told = way in (JSON_OBJECT, IN_WORDS)
    assert (json.dumps(SCHEMA) in messages[1]["content"]) == is_told
    assert messages[1]["content"].startswith("This.")


def read_way(body: dict[str, Any]) -> str:
    """Return the way in which a request that came to a server asks for its schema."""
    fields = {name: value for name, value in body.items() if name in ("response_format", "structured_outputs")}
    return next(way for way, expected in FIELDS.items() if fields == expected)


def refuse_others(*taken: str) -> Callable[[str], tuple[int, str] | None]:
    return lambda way: None if way in taken else (400, f"response_format: {way} is not supported")


def be_llama_cpp(way: str) -> tuple[int, str] | None:
    """As llama-cpp-python does: a server's fault for what its types do not know."""
    said = "[{'type': 'literal_error', 'loc': ('body', 'response_format', 'type'), 'msg': 'Input should be …'}]"
    return (500, json.dumps({"error": {"message": said, "code": None}})) if way == JSON_SCHEMA else None


def be_lm_studio(way: str) -> tuple[int, str] | None:
    said = "'response_format.type' must be 'json_schema' or 'text'"
    return (400, json.dumps({"error": said})) if way in (OBJECT_WITH_SCHEMA, JSON_OBJECT) else None


@pytest.mark.parametrize(("server_says", "expected"), [
    (refuse_others(*WAYS), JSON_SCHEMA), (refuse_others(OBJECT_WITH_SCHEMA, JSON_OBJECT, IN_WORDS), OBJECT_WITH_SCHEMA),
    (refuse_others(JSON_OBJECT, IN_WORDS), JSON_OBJECT), (refuse_others(IN_WORDS), IN_WORDS),
    (be_llama_cpp, OBJECT_WITH_SCHEMA), (be_lm_studio, JSON_SCHEMA),
    (lambda way: None if way == IN_WORDS else (422, '{"detail": [{"loc": ["body", "response_format"]}]}'), IN_WORDS),
    (lambda way: (500, "Failed to build grammar: unknown key") if way == JSON_SCHEMA else None, OBJECT_WITH_SCHEMA),
])  # fmt: skip
def test_a_server_is_asked_in_the_best_way_that_it_takes(
    server_says: Callable[[str], tuple[int, str] | None], expected: str
) -> None:
    async def work() -> tuple[list[str], list[str], list[Any]]:
        async with Server() as server:

            def refuse(*_: object) -> Any:
                said = server_says(read_way(server.bodies[-1]))
                return said and (said[0], JSON, said[1].encode())

            server._fault = refuse
            told: list[str] = []
            backend = make_backend(server.url)
            backend.announce = told.append
            ends = [await backend.complete(request(text, schema=SCHEMA)) for text in "abc"]
            ends.append(await backend.complete(request("plain")))
            await backend.close()
            return [read_way(body) for body in server.bodies], told, ends

    asked, told, ends = asyncio.run(work())
    tried = WAYS[: WAYS.index(expected) + 1]
    assert asked == [*tried, expected, expected, IN_WORDS]  # learned once; a plain request asks for nothing
    assert len(told) == (1 if len(tried) > 1 else 0)
    assert all(end.text for end in ends)


def break_down(way: str, chance: Callable[[int], bool] = lambda _: True) -> tuple[Any, Server]:
    """Ask for a schema 40 times at once, then 6 times more, of a server that breaks down at one way, without a word."""

    async def work() -> tuple[Any, Server]:
        async with Server(latency_s=0.05) as server:

            def fail(number: int, _: str) -> Any:
                is_hit = read_way(server.bodies[-1]) == way and chance(number)
                return (500, JSON, b"Internal Server Error") if is_hit else None

            server._fault = fail
            backend = make_backend(server.url, connections=40)
            asked = [request(str(n), schema=SCHEMA) for n in range(46)]
            await asyncio.gather(*(backend.complete(one) for one in asked[:40]), return_exceptions=True)
            ends = [await asyncio.gather(backend.complete(one), return_exceptions=True) for one in asked[40:]]
            await backend.close()
            return ends, server

    return asyncio.run(work())


def test_a_way_at_which_a_server_breaks_down_each_time_is_left() -> None:
    ends, server = break_down(JSON_SCHEMA)
    assert not [end for (end,) in ends if isinstance(end, BaseException)]
    assert {read_way(body) for body in list(server.bodies)[-6:]} == {OBJECT_WITH_SCHEMA}


def test_a_way_is_not_left_for_failures_by_chance() -> None:
    _, server = break_down(JSON_SCHEMA, lambda number: number % 5 == 0)
    assert {read_way(body) for body in server.bodies} == {JSON_SCHEMA}


def test_calls_in_flight_together_say_it_once() -> None:
    async def work() -> tuple[int, list[str]]:
        async with Server() as server:
            server._fault = lambda *_: (400, JSON, b"json_schema") if "response_format" in server.bodies[-1] else None
            told: list[str] = []
            backend = make_backend(server.url, connections=32)
            backend.announce = told.append
            await asyncio.gather(*(backend.complete(request(str(n), schema=SCHEMA)) for n in range(32)))
            before = server.asked.total()
            await backend.complete(request("later", schema=SCHEMA))
            await backend.close()
            return server.asked.total() - before, told

    later, told = asyncio.run(work())
    assert later == 1
    assert len(told) == 1
    assert "`json_schema`, `json_object with a schema`, `json_object`" in told[0]


def test_a_schema_is_not_given_up_where_the_plain_request_fails_too() -> None:
    """The request itself is at fault (here: whatever it holds is refused), so the next is asked with its schema."""
    fault = first(always(400, JSON, '{"error": {"message": "schema: prompt too long"}}'), len(WAYS))
    (error, completion), server = serve(fault, request("a", schema=SCHEMA), request("b", schema=SCHEMA))
    assert type(error) is RefusedError
    assert completion.text
    assert [read_way(body) for body in server.bodies] == [*WAYS, JSON_SCHEMA]


def test_a_rejection_that_blames_no_feature_is_final() -> None:
    (error,), server = serve(always(400, JSON, '{"error": {"message": "too long"}}'), request("a", schema=SCHEMA))
    assert type(error) is RefusedError
    assert server.asked.total() == 1


def without_first(ways: tuple[str, ...] = WAYS) -> Dialect:
    return Dialect(ways=ways[1:])


@pytest.mark.parametrize(("status", "said", "expected"), [
    (400, "response_format is not supported", without_first()), (422, "json_schema: extra", without_first()),
    (500, "failed to parse grammar", without_first()), (400, "context too long", None),
    (503, "response_format", None), (429, "response_format", None), (400, UNSUPPORTED, Dialect(classic=False)),
    (400, UNSUPPORTED.replace("max_tokens", "messages"), None), (400, "logprobs are not supported", None),
])  # fmt: skip
def test_a_feature_is_given_up_only_where_it_is_blamed(status: int, said: str, expected: Dialect | None) -> None:
    assert concede(Dialect(), ASKED, status, said) == expected


def test_what_is_given_up_already_is_not_given_up_again() -> None:
    plain = ChatRequest(ASKED.messages, "tiny", logprobs=2)
    assert concede(Dialect(ways=(IN_WORDS,)), ASKED, 400, "response_format") is None
    assert concede(Dialect(classic=False), ASKED, 400, UNSUPPORTED) is None
    assert concede(Dialect(), plain, 400, "response_format") is None
    assert concede(Dialect(), plain, 400, "logprobs") == Dialect(logprobs=False)
    assert concede(Dialect(logprobs=False), plain, 400, "logprobs") is None


def test_two_dialects_have_in_common_what_both_understand() -> None:
    one, other = Dialect(ways=WAYS[2:]), Dialect(ways=WAYS[1:], classic=False)
    assert one.narrow(other) == other.narrow(one) == Dialect(ways=WAYS[2:], classic=False)


def test_log_probabilities_are_asked_for_and_read() -> None:
    top = [{"token": "9", "logprob": -0.2, "bytes": [57]}, {"token": "8", "logprob": -1.9, "bytes": [56]}]
    content = [{"token": "9", "logprob": -0.2, "bytes": [57], "top_logprobs": top}]
    told = {"choices": [{"message": {"content": "9"}, "logprobs": {"content": content, "refusal": None}}]}
    (completion, plain), server = serve(None, request("a", logprobs=2), request("b"), reply=lambda _: told)
    assert (server.bodies[0]["logprobs"], server.bodies[0]["top_logprobs"]) == (True, 2)
    assert "logprobs" not in server.bodies[1]
    (place,) = completion.logprobs
    assert (place.token, place.logprob, place.top) == ("9", -0.2, (("9", -0.2), ("8", -1.9)))
    assert plain.logprobs == completion.logprobs  # what is there is read


def test_a_server_without_log_probabilities_is_asked_without() -> None:
    async def work() -> tuple[list[bool], list[str], list[Any]]:
        async with Server() as server:
            said = b'{"error": {"message": "logprobs is not supported", "code": "unsupported_parameter"}}'
            server._fault = lambda *_: (400, JSON, said) if "logprobs" in server.bodies[-1] else None
            told: list[str] = []
            backend = make_backend(server.url)
            backend.announce = told.append
            ends = [await backend.complete(request(text, logprobs=5)) for text in "ab"]
            await backend.close()
            return ["logprobs" in body for body in server.bodies], told, ends

    asked, told, ends = asyncio.run(work())
    assert asked == [True, False, False]
    assert [end.logprobs for end in ends] == [None, None]
    assert len(told) == 1


def test_a_vllm_server_is_asked_in_its_own_way() -> None:
    """What an old one does not know it ignores, so nothing is refused; a proxy before it that refuses is heeded."""

    async def work() -> tuple[list[str], str]:
        async with Server() as server:
            config = BackendConfig(kind="vllm", base_url=server.url)
            backend = catalog.make_backend(config, connections=2)
            await backend.complete(request("a", schema=SCHEMA))
            server._fault = first(always(400, JSON, "structured_outputs: extra fields not permitted"), 2)
            await backend.complete(request("b", schema=SCHEMA))
            await backend.complete(request("c", schema=SCHEMA))
            await backend.close()
            return [read_way(body) for body in server.bodies], backend.name

    asked, name = asyncio.run(work())
    assert asked == [STRUCTURED_OUTPUTS, STRUCTURED_OUTPUTS, JSON_SCHEMA, JSON_SCHEMA]
    assert name == "vllm"


def test_a_dead_end_is_no_endless_loop() -> None:
    said = json.dumps(
        {"error": {"message": 'logprobs schema unsupported_parameter "stop" max_tokens', "param": "stop"}}
    )
    asked = request("a", schema=SCHEMA, logprobs=3, sampling=Sampling(0.5, max_tokens=5))
    (error,), server = serve(always(400, JSON, said.replace('\\"stop\\"', '"stop"')), asked)
    assert isinstance(error, BackendError)
    assert server.asked.total() <= len(WAYS) + 2

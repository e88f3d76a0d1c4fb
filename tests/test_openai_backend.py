"""The OpenAI back end and what a server says: statuses, bodies, and features that it does not have."""

from __future__ import annotations

import asyncio
import json
from email.utils import formatdate
from typing import Any

import pytest

from generator.backends.openai_faults import FaultReader
from generator.errors import BackendError, BackendSetupError, RefusedError, RetryableError
from generator.types import Completion, Sampling
from tests.asking import (
    HTML,
    JSON,
    PAGE,
    after,
    always,
    ask,
    first,
    request,
    serve,
)
from tests.loopback import Server


def test_an_answer_comes_back_whole() -> None:
    (completion,), server = serve(None, request("hi", sampling=Sampling(0.5)))
    assert completion.text
    assert (completion.model, completion.usage.prompt_tokens, completion.usage.completion_tokens) == ("tiny", 10, 5)
    assert server.bodies[0] == {"model": "tiny", "messages": [{"role": "user", "content": "hi"}], "temperature": 0.5}


@pytest.mark.parametrize(("status", "kind", "said"), [
    (400, RefusedError, "HTTP 400"), (413, RefusedError, "HTTP 413"), (422, RefusedError, "HTTP 422"),
    (501, RefusedError, "HTTP 501"), (451, RefusedError, "HTTP 451"),
    (401, BackendSetupError, "refused the key"), (403, BackendSetupError, "refused the key"),
    (402, BackendSetupError, "credit"), (404, BackendSetupError, "--model"), (405, BackendSetupError, "--base-url"),
    (300, BackendSetupError, "has moved"),
    (408, RetryableError, "HTTP 408"), (409, RetryableError, "HTTP 409"), (425, RetryableError, "HTTP 425"),
    (429, RetryableError, "HTTP 429"), (500, RetryableError, "HTTP 500"), (502, RetryableError, "HTTP 502"),
    (503, RetryableError, "HTTP 503"), (504, RetryableError, "HTTP 504"), (529, RetryableError, "HTTP 529"),
])  # fmt: skip
def test_a_status_has_one_meaning(status: int, kind: type[BackendError], said: str) -> None:
    (error,), server = serve(always(status, JSON, '{"error": {"message": "so it is"}}'))
    assert type(error) is kind
    assert said in str(error)
    assert "so it is" in str(error) or status == 300
    assert server.asked.total() == 1
    assert getattr(error, "limited", False) == (status in (429, 529))


def test_an_unknown_model_is_one_whatever_the_status() -> None:
    (error,), _ = serve(always(400, JSON, '{"error": {"code": "model_not_found", "message": "no such model"}}'))
    assert type(error) is BackendSetupError
    assert "--model" in str(error)


@pytest.mark.parametrize(("status", "kind"), [(401, BackendSetupError), (403, RefusedError), (404, RetryableError)])
def test_once_it_has_answered_a_server_is_not_set_up_wrong(status: int, kind: type[BackendError]) -> None:
    (_, error), _ = serve(after(1, always(status)), request("a"), request("b"))
    assert type(error) is kind


@pytest.mark.parametrize(("status", "body", "kind"), [
    (429, '{"error": {"code": "insufficient_quota", "message": "You exceeded your quota"}}', BackendSetupError),
    (429, '{"error": {"message": "Request too large for gpt-4.1 on tokens per min"}}', RefusedError),
    (429, '{"error": {"message": "Rate limit reached"}}', RetryableError),
])  # fmt: skip
def test_a_429_that_no_waiting_helps_is_told_apart(status: int, body: str, kind: type[BackendError]) -> None:
    (error,), _ = serve(always(status, JSON, body))
    assert type(error) is kind


@pytest.mark.parametrize(("headers", "seconds", "limited"), [
    ({"Retry-After": "7"}, 7.0, True), ({"Retry-After-Ms": "1500"}, 1.5, True), ({}, None, False),
    ({"Retry-After": formatdate(1_763_719_242, usegmt=True), "Date": formatdate(1_763_719_200, usegmt=True)}, 42.0, True),
])  # fmt: skip
def test_the_servers_own_time_is_handed_on(headers: dict[str, str], seconds: float | None, limited: bool) -> None:
    (error,), _ = serve(always(503, headers))
    assert error.retry_after_s == seconds
    assert error.limited == limited


@pytest.mark.parametrize("body", [
    b"", b"null", b"[]", b'{"choices": []}', b'{"choices": [{"mess', b"\xff\xfe garbage \x00", b"data: {}\n\n", b"[" * 100_000,
    b'{"choices": [{"message": {"content": 3}}]}', b'{"error": {"message": "overloaded"}}', b"9" * 5000,
])  # fmt: skip
def test_a_reply_that_is_no_completion_may_pass(body: bytes) -> None:
    (error, completion), _ = serve(first(always(200, JSON, body)), request("a"), request("a"))
    assert type(error) is RetryableError
    assert "\x00" not in str(error)
    assert len(str(error)) < 400
    assert completion.text


@pytest.mark.parametrize("body", [
    '{"error": {"code": 429, "message": "slow down"}}', '{"error": {"code": "429", "message": "slow down"}}',
    '{"object": "error", "code": 429, "message": "slow down"}',
])  # fmt: skip
def test_an_error_with_status_200_has_the_meaning_of_its_code(body: str) -> None:
    (error,), _ = serve(always(200, {**JSON, "Retry-After": "3"}, body))
    assert (type(error), error.limited, error.retry_after_s) == (RetryableError, True, 3.0)
    assert "slow down" in str(error)


def test_an_error_page_is_quoted_without_its_markup() -> None:
    (error,), _ = serve(always(502, HTML, PAGE))
    assert str(error) == "HTTP 502: 502 Bad Gateway nginx"


def test_nothing_but_web_pages_at_first_mean_the_wrong_address() -> None:
    errors, _ = serve(always(200, HTML, PAGE), *(request(text) for text in "abcd"))
    assert [type(error) for error in errors] == [RetryableError] * 3 + [BackendSetupError]
    assert "/v1" in str(errors[-1])
    (_, error), _ = serve(after(1, always(200, HTML, PAGE)), request("a"), request("b"))
    assert type(error) is RetryableError


def test_a_refusal_in_words_is_a_completion_that_says_so() -> None:
    told = {"choices": [{"message": {"content": None, "refusal": "I will not."}, "finish_reason": "stop"}]}
    (completion,), _ = serve(None, reply=lambda _: told)
    assert (completion.text, completion.finish_reason) == ("I will not.", "content_filter")


def test_a_request_that_is_no_valid_unicode_fails_alone() -> None:
    (error, completion), server = serve(None, request("\ud800"), request("fine"))
    assert type(error) is RefusedError
    assert completion.text
    assert server.asked.total() == 1


def test_a_model_that_turns_out_to_be_a_reasoning_model_is_asked_as_one() -> None:
    message = "Unsupported parameter: 'max_tokens' is not supported with this model."
    error = {"error": {"message": message, "param": "max_tokens", "code": "unsupported_parameter"}}

    async def work() -> tuple[list[bool], list[Any]]:
        async with Server() as server:
            server._fault = lambda *_: (
                (400, JSON, json.dumps(error).encode()) if "max_tokens" in server.bodies[-1] else None
            )
            sampling = Sampling(0.7, max_tokens=9)
            ends = await ask(server.url, request("a", sampling=sampling), request("b", sampling=sampling))
            return ["max_tokens" in body for body in server.bodies], ends

    asked, ends = asyncio.run(work())
    assert asked == [True, False, False]
    assert all(end.text for end in ends)


@pytest.mark.parametrize(("key", "text"), [("EMPTY", "EMPTY"), ("ollama", "ollama"), ("sk-12345", "[key]")])
def test_of_an_answer_a_key_is_hidden_and_a_word_that_stands_for_one_is_not(key: str, text: str) -> None:
    assert FaultReader("http://x/v1", key).hide_key(Completion(f"It is {key}.")).text == f"It is {text}."


@pytest.mark.parametrize(("status", "overloaded", "limited"), [
    (500, False, False), (502, False, False), (503, True, False), (504, True, False), (529, True, True), (429, True, True),
])  # fmt: skip
def test_signs_of_having_too_much_to_do_are_told_from_other_faults(
    status: int, overloaded: bool, limited: bool
) -> None:
    [error], _ = serve(always(status, body=b"{}"))
    assert isinstance(error, RetryableError)
    assert (error.overloaded, error.limited) == (overloaded, limited)

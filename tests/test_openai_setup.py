"""The OpenAI back end before its first call: address, key, model; and that the key stays where it belongs."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest

from generator.backends.openai_address import check_address
from generator.backends.openai_transport import NO_KEY
from generator.errors import BackendError, BackendSetupError, ConfigError, RetryableError
from tests.asking import (
    HTML,
    JSON,
    KEY_ENV,
    always,
    find_free_port,
    make_backend,
    request,
    serve,
)
from tests.loopback import Server

CANARY = "sk-canary-0123456789abcdef"


def find_authorization(head: str) -> str:
    return next(line for line in head.split("\r\n") if line.lower().startswith("authorization"))


def answer_with(headers: str) -> bytes:
    """Return a body that echoes the request's head, as some gateways do."""
    return json.dumps({"error": {"message": f"bad request: {headers}"}}).encode()


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 500, 503])
@pytest.mark.parametrize("padding", [0, *range(220, 300, 4)])
def test_the_key_is_in_no_error_repr_or_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, status: int, padding: int
) -> None:
    monkeypatch.setenv(KEY_ENV, CANARY)
    caplog.set_level(logging.DEBUG)
    for name in ("openai", "httpx2", "httpcore2", "aiohttp", "asyncio"):
        caplog.set_level(logging.DEBUG, name)

    async def work() -> tuple[list[Any], str, str]:
        async with Server() as server:
            server._fault = lambda *_: (
                status,
                JSON,
                answer_with("." * padding + find_authorization(server.headers[-1])),
            )
            backend = make_backend(server.url)
            ends: list[Any] = []
            for _ in range(2):
                try:
                    await backend.complete(request())
                except BackendError as error:
                    ends.append(error)
            shown = f"{backend!r} {backend.__dict__.get('_faults')!r} {backend._transport!r} {backend._transport._session!r}"
            await backend.close()
            return ends, server.headers[-1], shown

    ends, head, shown = asyncio.run(work())
    assert f"Bearer {CANARY}" in head, "the server did get the key"
    told = [shown, caplog.text, *(part for end in ends for part in (str(end), repr(end), repr(end.__dict__)))]
    for text in told:
        assert CANARY not in text
        assert CANARY[:12] not in text
    assert len(ends) == 2


def test_the_key_is_kept_out_of_pages_and_raw_bodies_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_ENV, CANARY)
    for body in (
        f"<p>{CANARY}</p>",
        f"{CANARY}",
        json.dumps(CANARY),
        json.dumps({"x": CANARY}).replace("s", "\\u0073", 1),
    ):
        for status in (200, 500):
            (error,), _ = serve(always(status, HTML, body))
            assert CANARY not in str(error)


def find_model(models: tuple[int, dict[str, str], bytes]) -> Any:
    async def work() -> Any:
        async with Server(models=models) as server:
            backend = make_backend(server.url)
            try:
                return await backend.find_model()
            except BackendError as error:
                return error
            finally:
                await backend.close()

    return asyncio.run(work())


@pytest.mark.parametrize(("status", "body", "model"), [
    (200, '{"data": [{"id": "a"}, {"id": "b"}]}', "a"), (200, '{"data": []}', "default"), (200, "<html>", "default"),
    (200, "[]", "default"), (404, "", "default"), (405, "", "default"), (501, "", "default"),
])  # fmt: skip
def test_the_first_model_is_found_where_the_server_lists_them(status: int, body: str, model: str) -> None:
    assert find_model((status, JSON, body.encode())) == model


@pytest.mark.parametrize(("status", "kind"), [(401, BackendSetupError), (503, RetryableError), (500, RetryableError)])
def test_a_model_is_not_made_up_where_the_server_cannot_say(status: int, kind: type[BackendError]) -> None:
    assert type(find_model((status, JSON, b""))) is kind


def test_no_model_is_found_where_nothing_listens() -> None:
    async def work() -> None:
        backend = make_backend(f"http://127.0.0.1:{find_free_port()}/v1")
        try:
            await backend.find_model()
        finally:
            await backend.close()

    with pytest.raises(BackendSetupError, match="Nothing answers"):
        asyncio.run(work())


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/v1", "http://localhost/v1", "http://[::1]:8/v1", "http://0.0.0.0:8/v1"]
)
def test_a_server_on_this_machine_needs_no_key(url: str) -> None:
    assert check_address(url, KEY_ENV) == (url, None)
    assert NO_KEY not in repr(make_backend(url))


@pytest.mark.parametrize("url", [
    "127.0.0.1:8000", "ftp://127.0.0.1/v1", "http://", "http://127.0.0.1:99999/v1", "http://[::1/v1", "file:///etc/passwd",
    "http://example.org/v1",
])  # fmt: skip
def test_an_address_that_cannot_be_used_is_told(url: str) -> None:
    with pytest.raises(ConfigError):
        make_backend(url)


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigError, match=KEY_ENV) as caught:
        make_backend(f"http://user:{CANARY}@127.0.0.1/v1")
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("key", ["with space", "with\nline", "schlüssel", "键"])
def test_a_key_that_no_header_can_hold_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv(KEY_ENV, key)
    with pytest.raises(ConfigError, match=KEY_ENV) as caught:
        make_backend("http://127.0.0.1/v1")
    assert key not in str(caught.value)

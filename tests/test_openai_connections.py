"""The OpenAI back end and how a connection can go wrong: dropped, silent, redirected, behind a proxy, or too few."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import resource
from pathlib import Path
from typing import Any

import pytest

from generator.backends.openai_address import allow_connections
from generator.client.meter import Meter
from generator.client.stack import Client
from generator.errors import BackendError, BackendSetupError, ConfigError, RetryableError
from generator.journal import Journal
from generator.types import Completion
from tests.asking import (
    HTML,
    JSON,
    KEY_ENV,
    PAGE,
    after,
    always,
    ask,
    find_free_port,
    first,
    make_backend,
    request,
    serve,
)
from tests.loopback import Raw, Server

CUT = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{"choices": [{"mess'
CHUNK = b'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"cho\r\n'
ZIPPED = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-encoding: gzip\r\ncontent-length: 5\r\n\r\nwrong"


@pytest.mark.parametrize("raw", [
    Raw(), Raw(end="reset"), Raw(CUT), Raw(CUT, "reset"), Raw(CHUNK), Raw(b"HTTP/1.1 200 OK\r\nconte"), Raw(ZIPPED),
], ids=["dropped", "reset", "cut", "reset mid-body", "cut chunk", "cut head", "not gzip"])  # fmt: skip
def test_a_connection_that_breaks_may_hold_the_next_time(raw: Raw) -> None:
    (error, completion), server = serve(first(lambda *_: raw), request("a"), request("a"))
    assert type(error) is RetryableError
    assert "no answer within" not in str(error)
    assert completion.text
    assert server.asked.total() == 2


def test_a_chunked_and_zipped_reply_is_read() -> None:
    text = json.dumps({"choices": [{"message": {"content": "Hi 界"}}]}).encode()
    parts = [text[:7], text[7:8], text[8:]]
    chunked = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    raw = Raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + chunked)
    (completion,), _ = serve(lambda *_: raw)
    assert completion.text == "Hi 界"
    (completion,), _ = serve(always(200, {"content-encoding": "gzip"}, gzip.compress(text)))
    assert completion.text == "Hi 界"


@pytest.mark.parametrize("data", [b"", CUT, b"HTTP/1.1 200 OK\r\n"])
def test_a_server_that_goes_silent_is_given_up_at_the_deadline(data: bytes) -> None:
    (error,), _ = serve(lambda *_: Raw(data, "hang"), timeout_s=0.3)
    assert type(error) is RetryableError
    assert str(error) == "no answer within 0.3 s"


def test_a_server_that_dribbles_is_given_up_at_the_deadline() -> None:
    """Each byte comes in time, the whole never does: the deadline is for the whole."""

    async def dribble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(CUT)
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.02)
        except (ConnectionError, asyncio.CancelledError):
            writer.close()

    async def work() -> list[Completion | BackendError]:
        server = await asyncio.start_server(dribble, "127.0.0.1", 0)
        async with server:
            return await ask(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", timeout_s=0.3)

    (error,) = asyncio.run(work())
    assert str(error) == "no answer within 0.3 s"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_at_first_use_nothing_that_listens_is_a_fault_of_the_setup(host: str) -> None:
    (error,) = asyncio.run(ask(f"http://{host}:{find_free_port()}/v1"))
    assert type(error) is BackendSetupError
    assert "Is the server up? Check --base-url." in str(error)


def test_a_server_that_goes_away_may_come_back() -> None:
    async def work() -> list[Any]:
        async with Server() as server:
            backend = make_backend(server.url)
            ends: list[Any] = [await backend.complete(request("a"))]
        for _ in range(2):
            try:
                ends.append(await backend.complete(request("b")))
            except BackendError as error:
                ends.append(error)
        await backend.close()
        return ends

    _, dropped, refused = asyncio.run(work())
    assert type(dropped) is RetryableError
    assert type(refused) is RetryableError


def test_a_server_that_restarts_before_its_first_answer_may_come_back() -> None:
    """It has said 503 while it was loading: something listens there, so what refuses the connection may pass."""

    async def work() -> list[BackendError]:
        ends: list[BackendError] = []
        backend = make_backend("http://127.0.0.1:1/v1")
        async with Server(fault=always(503)) as server:
            await backend.close()
            backend = make_backend(server.url)
            for _ in range(3):
                try:
                    await backend.complete(request())
                except BackendError as error:
                    ends.append(error)
                server._server.close() if server._server else None
                for writer in list(server._writers):
                    writer.close()
        await backend.close()
        return ends

    assert [type(error) for error in asyncio.run(work())] == [RetryableError] * 3


def test_what_does_not_speak_http_is_told() -> None:
    (error,), _ = serve(lambda *_: Raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"))
    assert type(error) is BackendSetupError
    assert "does not speak HTTP" in str(error)
    (_, error), _ = serve(after(1, lambda *_: Raw(b"SSH-2.0\r\n\r\n")), request("a"), request("b"))
    assert type(error) is RetryableError


def test_a_secure_address_of_a_plain_server_is_told() -> None:
    async def answer_plainly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(16)
        writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
        writer.close()

    async def work() -> list[Completion | BackendError]:
        server = await asyncio.start_server(answer_plainly, "127.0.0.1", 0)
        async with server:
            return await ask(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")

    (error,) = asyncio.run(work())
    assert type(error) is BackendSetupError
    assert "No secure connection" in str(error)


@pytest.mark.parametrize("status", [307, 308])
def test_a_redirect_that_keeps_the_request_is_followed(status: int) -> None:
    (completion,), server = serve(first(always(status, {"location": "/v2/chat/completions"})))
    assert completion.text
    assert server.bodies[0] == server.bodies[1]


@pytest.mark.parametrize("status", [301, 302, 303])
@pytest.mark.parametrize("target", ["/v2/chat/completions", "/v2/nothing", "/v2/models"])
def test_a_redirect_that_loses_the_request_is_told(status: int, target: str) -> None:
    (error,), server = serve(first(always(status, {"location": target})))
    assert type(error) is BackendSetupError
    assert f"has moved to {server.url.removesuffix('/v1')}{target} (HTTP {status})" in str(error)


def test_a_circle_of_redirects_is_told() -> None:
    circle = always(307, {"location": "/v1/chat/completions"})
    (error,), _ = serve(circle)
    assert type(error) is BackendSetupError
    assert "redirects in a circle" in str(error)
    (_, error), _ = serve(after(1, circle), request("a"), request("b"))
    assert type(error) is RetryableError, "it has answered: a gateway that is being changed"


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "socks5://127.0.0.1:9", "garbage://x"])
def test_a_proxy_in_the_environment_is_not_used_for_this_machine(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, proxy)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    (completion,), _ = serve(None)
    assert completion.text


@pytest.mark.parametrize(
    ("proxy", "said"), [("http://127.0.0.1:9", "does not answer"), ("garbage://x", "cannot be used")]
)
def test_a_proxy_that_fails_is_named(monkeypatch: pytest.MonkeyPatch, proxy: str, said: str) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    monkeypatch.setenv(KEY_ENV, "any")
    monkeypatch.delenv("NO_PROXY", raising=False)
    (error,) = asyncio.run(ask("http://example.invalid/v1"))
    assert type(error) is BackendSetupError
    assert f"The proxy on the way to http://example.invalid/v1 {said}" in str(error)


def test_256_calls_in_flight_are_really_256(tmp_path: Path) -> None:
    """The server answers none before 256 are with it at once: a smaller pool of connections would wait for ever."""

    async def work() -> tuple[int, int]:
        async with Server(gate=256) as server:
            journal = Journal(tmp_path / "journal")
            backend = make_backend(server.url, connections=256, timeout_s=3600)  # none is cut off and sent again
            client = Client(backend, journal, Meter(), slots=256, give_up_s=60)
            async with asyncio.timeout(60):
                await asyncio.gather(*(client.complete(request(str(number))) for number in range(600)))
            most, count = server.most_in_flight, journal.count()
            await client.close()
            await journal.close()
            return most, count

    assert asyncio.run(work()) == (256, 600)


def test_no_call_is_lost_or_paid_twice_on_a_bad_day(tmp_path: Path) -> None:
    """One attempt in four fails, each in another way."""
    faults: list[Any] = [
        (500, JSON, b""), (429, {"retry-after": "0"}, b""), Raw(), Raw(end="reset"), Raw(CUT), (200, JSON, b"{}"),
        (503, HTML, PAGE),
    ]  # fmt: skip
    ways = itertools.cycle(faults)

    async def work() -> tuple[Any, ...]:
        async with Server(fault=lambda number, _: next(ways) if number % 4 == 3 else None) as server:
            journal, meter = Journal(tmp_path / "journal"), Meter()
            client = Client(make_backend(server.url, connections=32), journal, meter, slots=32, give_up_s=60)
            texts = await asyncio.gather(*(client.complete(request(str(number))) for number in range(200)))
            await client.close()
            recorded = journal.count()
            await journal.close()
            return len(texts), recorded, meter.asked, meter.answered, meter.failed, server.answered

    *counts, failed, answered = asyncio.run(work())
    assert counts == [200] * 4
    assert failed == 0
    assert list(answered.values()) == [1] * 200


def test_connections_are_used_again() -> None:
    async def work() -> tuple[int, int]:
        async with Server() as server:
            seen: set[int] = set()
            handle = server._handle
            backend = make_backend(server.url)

            async def note(path: str, body: bytes) -> Any:
                seen.update(id(writer) for writer in server._writers)
                return await handle(path, body)

            server._handle = note  # type: ignore[method-assign]
            for number in range(20):
                await backend.complete(request(str(number)))
            await backend.close()
            return len(seen), server.asked.total()

    assert asyncio.run(work()) == (1, 20)


def test_the_system_is_asked_for_enough_open_files(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 4096))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: asked.append(limits))
    allow_connections(64)
    assert asked == []
    allow_connections(1000)
    assert asked == [(1128, 4096)]

    def refuse(*_: object) -> None:
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(resource, "setrlimit", refuse)
    with pytest.raises(ConfigError, match="--concurrency 5000"):
        allow_connections(5000)

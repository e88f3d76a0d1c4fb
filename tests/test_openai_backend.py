"""The OpenAI back end against a real server on the loopback that misbehaves on order."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import resource
import socket
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from generator.backends.openai import NO_KEY, OpenAIBackend, allow_connections, check_address
from generator.client.meter import Meter
from generator.client.stack import Client
from generator.errors import BackendError, BackendSetupError, ConfigError, RefusedError, RetryableError
from generator.journal import Journal
from generator.types import ChatRequest, Completion, Sampling
from tests.loopback import Fault, Raw, Server

KEY_ENV = "SEEDBED_TEST_KEY"
CANARY = "sk-canary-0123456789abcdef"
SCHEMA = {"type": "object", "properties": {"score": {"type": "integer"}}, "required": ["score"]}
JSON = {"content-type": "application/json"}
HTML = {"content-type": "text/html; charset=utf-8"}
PAGE = b"<!doctype html><html><head><style>p {color: red}</style><title>502 Bad Gateway</title></head><body>nginx</body></html>"


def make_backend(url: str, *, timeout_s: float = 20.0, connections: int = 8) -> OpenAIBackend:
    return OpenAIBackend(base_url=url, api_key_env=KEY_ENV, timeout_s=timeout_s, connections=connections)


def request(text: str = "hi", **what: Any) -> ChatRequest:
    return ChatRequest((("user", text),), "tiny", **what)


async def ask(url: str, *requests: ChatRequest, timeout_s: float = 20.0) -> list[Completion | BackendError]:
    """Ask one after the other; return how each ended."""
    backend = make_backend(url, timeout_s=timeout_s)
    ends: list[Completion | BackendError] = []
    try:
        for one in requests or (request(),):
            try:
                ends.append(await backend.complete(one))
            except BackendError as error:
                ends.append(error)
    finally:
        await backend.close()
    return ends


def serve(fault: Fault | None, *requests: ChatRequest, timeout_s: float = 20.0, **what: Any) -> tuple[list[Any], Server]:
    """Ask a server that misbehaves; return how each call ended, and the server."""

    async def work() -> tuple[list[Any], Server]:
        async with Server(fault=fault, **what) as server:
            return await ask(server.url, *requests, timeout_s=timeout_s), server

    return asyncio.run(work())


def always(status: int, headers: dict[str, str] | None = None, body: bytes | str = b"") -> Fault:
    content = body.encode() if isinstance(body, str) else body
    return lambda number, digest: (status, headers or JSON, content)


def first(fault: Fault, count: int = 1) -> Fault:
    return lambda number, digest: fault(number, digest) if number <= count else None


def after(count: int, fault: Fault) -> Fault:
    return lambda number, digest: fault(number, digest) if number > count else None


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


def test_an_error_with_status_200_has_the_meaning_of_its_code() -> None:
    (error,), _ = serve(always(200, {**JSON, "Retry-After": "3"}, '{"error": {"code": 429, "message": "slow down"}}'))
    assert (type(error), error.limited, error.retry_after_s) == (RetryableError, True, 3.0)
    assert "slow down" in str(error)


def test_an_error_page_is_quoted_without_its_markup() -> None:
    (error,), _ = serve(always(502, HTML, PAGE))
    assert str(error) == "HTTP 502: 502 Bad Gateway nginx"


def test_a_web_page_instead_of_an_answer_means_the_wrong_address_at_first() -> None:
    (error,), _ = serve(always(200, HTML, PAGE))
    assert type(error) is BackendSetupError
    assert "/v1" in str(error)
    (_, error), _ = serve(after(1, always(200, HTML, PAGE)), request("a"), request("b"))
    assert type(error) is RetryableError


def test_a_refusal_in_words_is_a_completion_that_says_so() -> None:
    told = {"choices": [{"message": {"content": None, "refusal": "I will not."}, "finish_reason": "stop"}]}
    (completion,), _ = serve(None, reply=lambda _: told)
    assert (completion.text, completion.finish_reason) == ("I will not.", "content_filter")


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


@pytest.fixture
def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_at_first_use_nothing_that_listens_is_a_fault_of_the_setup(free_port: int, host: str) -> None:
    (error,) = asyncio.run(ask(f"http://{host}:{free_port}/v1"))
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
    (error,), _ = serve(always(307, {"location": "/v1/chat/completions"}))
    assert type(error) in (BackendSetupError, RetryableError)
    assert "redirect" in str(error)


def test_a_request_that_is_no_valid_unicode_fails_alone() -> None:
    (error, completion), server = serve(None, request("\ud800"), request("fine"))
    assert type(error) is RefusedError
    assert completion.text
    assert server.asked.total() == 1


REJECTIONS = [
    (400, '{"error": {"message": "Invalid parameter: response_format of type json_schema is not supported"}}'),
    (422, '{"detail": [{"loc": ["body", "response_format", "type"], "msg": "Input should be text or json_object"}]}'),
    (500, "Failed to build grammar from response_format: unknown key"),
]


@pytest.mark.parametrize(("status", "said"), REJECTIONS)
def test_a_server_that_takes_no_schema_is_asked_without_from_then_on(status: int, said: str) -> None:
    async def work() -> tuple[list[bool], list[Any]]:
        async with Server() as server:
            server._fault = lambda *_: (status, JSON, said.encode()) if "response_format" in server.bodies[-1] else None
            ends = await ask(server.url, request("a", schema=SCHEMA), request("b", schema=SCHEMA), request("c"))
            return ["response_format" in body for body in server.bodies], ends

    asked, ends = asyncio.run(work())
    assert asked == [True, False, False, False]
    assert all(end.text for end in ends)


def test_a_schema_is_not_given_up_where_the_plain_request_fails_too() -> None:
    """The request itself is at fault (here: whatever it holds is refused), so the next is asked with its schema."""
    fault = first(always(400, JSON, '{"error": {"message": "schema: prompt too long"}}'), 2)
    (error, completion), server = serve(fault, request("a", schema=SCHEMA), request("b", schema=SCHEMA))
    assert type(error) is RefusedError
    assert completion.text
    assert ["response_format" in body for body in server.bodies] == [True, False, True]


def test_a_rejection_that_blames_no_feature_is_final() -> None:
    (error,), server = serve(always(400, JSON, '{"error": {"message": "too long"}}'), request("a", schema=SCHEMA))
    assert type(error) is RefusedError
    assert server.asked.total() == 1


def test_a_model_that_turns_out_to_be_a_reasoning_model_is_asked_as_one() -> None:
    message = "Unsupported parameter: 'max_tokens' is not supported with this model."
    error = {"error": {"message": message, "param": "max_tokens", "code": "unsupported_parameter"}}

    async def work() -> tuple[list[bool], list[Any]]:
        async with Server() as server:
            server._fault = lambda *_: (400, JSON, json.dumps(error).encode()) if "max_tokens" in server.bodies[-1] else None
            sampling = Sampling(0.7, max_tokens=9)
            ends = await ask(server.url, request("a", sampling=sampling), request("b", sampling=sampling))
            return ["max_tokens" in body for body in server.bodies], ends

    asked, ends = asyncio.run(work())
    assert asked == [True, False, False]
    assert all(end.text for end in ends)


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "socks5://127.0.0.1:9", "garbage://x"])
def test_a_proxy_in_the_environment_is_not_used_for_this_machine(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, proxy)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    (completion,), _ = serve(None)
    assert completion.text


@pytest.mark.parametrize(("proxy", "said"), [("http://127.0.0.1:9", "does not answer"), ("garbage://x", "cannot be used")])
def test_a_proxy_that_fails_is_named(monkeypatch: pytest.MonkeyPatch, proxy: str, said: str) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    monkeypatch.setenv(KEY_ENV, CANARY)
    monkeypatch.delenv("NO_PROXY", raising=False)
    (error,) = asyncio.run(ask("http://example.invalid/v1"))
    assert type(error) is BackendSetupError
    assert f"The proxy on the way to http://example.invalid/v1 {said}" in str(error)


def answer_with(headers: str) -> bytes:
    """Return a body that echoes the request's head, as some gateways do."""
    return json.dumps({"error": {"message": f"bad request: {headers}"}}).encode()


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 500, 503])
@pytest.mark.parametrize("padding", [0, 150, 250, 270, 280, 290, 300])
def test_the_key_is_in_no_error_repr_or_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, status: int, padding: int
) -> None:
    monkeypatch.setenv(KEY_ENV, CANARY)
    caplog.set_level(logging.DEBUG)
    for name in ("openai", "httpx2", "httpcore2", "aiohttp", "asyncio"):
        caplog.set_level(logging.DEBUG, name)

    async def work() -> tuple[list[Any], str, str]:
        async with Server() as server:
            server._fault = lambda *_: (status, JSON, answer_with("." * padding + server.headers[-1].replace("\r\n", " ")))
            backend = make_backend(server.url)
            ends: list[Any] = []
            for _ in range(2):
                try:
                    await backend.complete(request())
                except BackendError as error:
                    ends.append(error)
            shown = f"{backend!r} {backend.__dict__.get('_faults')!r} {backend._client!r}"
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
    for body in (f"<p>{CANARY}</p>", f"{CANARY}", json.dumps(CANARY), json.dumps({"x": CANARY}).replace("s", "\\u0073", 1)):
        for status in (200, 500):
            (error,), _ = serve(always(status, HTML, body))
            assert CANARY not in str(error)


def test_256_calls_in_flight_are_really_256(tmp_path: Path) -> None:
    """The server answers none before 256 are with it at once: a smaller pool of connections would wait for ever."""

    async def work() -> tuple[int, int]:
        async with Server(gate=256) as server:
            journal = Journal(tmp_path / "journal")
            client = Client(make_backend(server.url, connections=256), journal, Meter(), slots=256, give_up_s=60)
            await asyncio.gather(*(client.complete(request(str(number))) for number in range(600)))
            most, count = server.most_in_flight, journal.count()
            await client.close()
            await journal.close()
            return most, count

    assert asyncio.run(work()) == (256, 600)


def test_connections_are_used_again() -> None:
    async def work() -> tuple[int, int]:
        async with Server() as server:
            seen = set()
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


def test_no_model_is_found_where_nothing_listens(free_port: int) -> None:
    async def work() -> None:
        backend = make_backend(f"http://127.0.0.1:{free_port}/v1")
        try:
            await backend.find_model()
        finally:
            await backend.close()

    with pytest.raises(BackendSetupError, match="Nothing answers"):
        asyncio.run(work())


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/v1", "http://localhost/v1", "http://[::1]:8/v1", "http://0.0.0.0:8/v1"])
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

"""What a request carries and which way it goes: headers, redirects, proxies, an address with a query."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from generator.errors import BackendError, BackendSetupError
from generator.types import Completion
from tests.asking import KEY_ENV, always, ask, request
from tests.loopback import Server

KEY = "sk-a-key-of-sorts-0123456789"
ELSEWHERE = "http://example.invalid/v1"  # a name that nobody has


def ask_server(suffix: str = "") -> tuple[list[Any], Server]:
    async def work() -> tuple[list[Any], Server]:
        async with Server() as server:
            return await ask(server.url + suffix), server

    return asyncio.run(work())


def ask_by_proxy(form: str, monkeypatch: pytest.MonkeyPatch, **environment: str) -> tuple[Any, list[str]]:
    """Ask elsewhere, with a proxy on the loopback that answers for it; `form` is how the environment writes its address."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv(KEY_ENV, KEY)

    async def work() -> tuple[Completion | BackendError, list[str]]:
        async with Server() as proxy:
            place = proxy.url.removeprefix("http://").removesuffix("/v1")
            for name, value in environment.items():
                monkeypatch.setenv(name, value)
            monkeypatch.setenv("ALL_PROXY" if "ALL" in form else "HTTP_PROXY", form.removeprefix("ALL ").format(place))
            (end,) = await ask(ELSEWHERE)
            return end, proxy.headers

    return asyncio.run(work())


def test_requests_are_signed_as_the_sdk_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-1")
    (completion,), server = ask_server()
    assert completion.text
    head = server.headers[0].lower()
    for line in (
        f"authorization: bearer {KEY}", "openai-organization: org-1", "openai-project: proj-1",
        "content-type: application/json", "user-agent: asyncopenai/python",
    ):  # fmt: skip
        assert f"\r\n{line}" in head


def test_an_address_may_have_a_query() -> None:
    _, server = ask_server("?api-version=2")
    assert server.headers[0].startswith("POST /v1/chat/completions?api-version=2 HTTP/1.1\r\n")


@pytest.mark.parametrize("host", ["a..b", "xn--a.invalid-é" + "a" * 80 + ".com", "1.2.3.4.5.6", "a" * 300])
def test_a_name_that_cannot_be_one_is_a_fault_of_the_setup(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)
    (error,) = asyncio.run(ask(f"http://{host}/v1"))
    assert type(error) is BackendSetupError
    assert "Check --base-url" in str(error)


@pytest.mark.parametrize("status", [307, 308])
def test_the_key_does_not_go_along_to_another_server(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)

    async def work() -> tuple[list[Any], list[str], list[str]]:
        async with Server() as other, Server() as first:
            first._fault = always(status, {"location": f"{other.url}/chat/completions"})
            return await ask(first.url), first.headers, other.headers

    (completion,), told, redirected = asyncio.run(work())
    assert completion.text
    assert KEY in told[0]
    assert KEY not in redirected[0]


@pytest.mark.parametrize("form", ["http://{}", "{}", "ALL http://{}", "http://name:word@{}"])
def test_a_proxy_of_the_environment_is_used(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    end, heads = ask_by_proxy(form, monkeypatch)
    assert isinstance(end, Completion)
    assert heads[0].startswith(f"POST {ELSEWHERE}/chat/completions HTTP/1.1\r\n")
    assert ("\r\nproxy-authorization: basic " in heads[0].lower()) is ("name" in form)


@pytest.mark.parametrize("spared", ["example.invalid", ".invalid", "*", "localhost,example.invalid"])
def test_a_host_that_needs_no_proxy_is_asked_directly(spared: str, monkeypatch: pytest.MonkeyPatch) -> None:
    end, heads = ask_by_proxy("http://{}", monkeypatch, NO_PROXY=spared)
    assert type(end) is BackendSetupError
    assert "Nothing answers" in str(end)
    assert heads == []


@pytest.mark.parametrize("scheme", ["socks5", "ftp"])
def test_a_proxy_that_speaks_another_protocol_is_told(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    end, heads = ask_by_proxy(scheme + "://{}", monkeypatch)
    assert type(end) is BackendSetupError
    assert f"cannot be used ({scheme} is no way to a proxy" in str(end)
    assert heads == []


def test_a_cookie_is_not_sent_back() -> None:
    async def work() -> Server:
        async with Server() as server:
            server._fault = always(500, {"set-cookie": "seen=1"})
            await ask(server.url.replace("127.0.0.1", "localhost"), request("a"), request("b"))
            return server

    heads = asyncio.run(work()).headers
    assert len(heads) == 2
    assert not any("cookie:" in head.lower() for head in heads)

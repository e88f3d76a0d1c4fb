"""Asks a server on the loopback that misbehaves on order, through the OpenAI back end."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from generator.backends.openai import OpenAIBackend
from generator.errors import BackendError
from generator.types import ChatRequest, Completion
from tests.loopback import Fault, Server

KEY_ENV = "SEEDBED_TEST_KEY"
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


def serve(
    fault: Fault | None, *requests: ChatRequest, timeout_s: float = 20.0, **what: Any
) -> tuple[list[Any], Server]:
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


def find_free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port

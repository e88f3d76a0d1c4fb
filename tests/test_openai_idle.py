"""Connections that a server closes while they lie idle: the call that comes upon one does not fail."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from generator.errors import RetryableError
from generator.types import Completion
from tests.asking import make_backend, request
from tests.loopback import Raw, Server

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
BODY = b'{"choices": [{"message": {"content": "Hi"}}]}'
WHOLE = HEAD + b"content-length: %d\r\n\r\n" % len(BODY) + BODY


class Forgetful:
    """A server that closes a connection as soon as it is used a second time, as a busy one does whose timer fired."""

    def __init__(self, *, reset: bool, answers: bool = True) -> None:
        self._reset = reset
        self._answers = answers
        self.requests = 0
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await self._read(reader)
            self.requests += 1
            if self._answers or self.requests == 1:
                writer.write(WHOLE)
                await reader.readuntil(b"\r\n\r\n")
                self.requests += 1
            if self._reset:
                writer.transport.abort()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = next(int(line[15:]) for line in head.split("\r\n") if line.startswith("content-length:"))
        await reader.readexactly(length)


async def ask_often(forgetful: Forgetful, rounds: int, together: int) -> list[Any]:
    server = await asyncio.start_server(forgetful.serve, "127.0.0.1", 0)
    async with server:
        backend = make_backend(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", connections=together)
        ends: list[Any] = []
        for number in range(rounds):
            asked = (backend.complete(request(f"{number} {n}")) for n in range(together))
            ends += await asyncio.gather(*asked, return_exceptions=True)
        await backend.close()
        return ends


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("together", [1, 32])
def test_a_call_upon_a_closed_connection_goes_out_again_on_a_new_one(reset: bool, together: int) -> None:
    """All idle connections are closed at once, so a second try that takes another of them would fail as well."""
    forgetful = Forgetful(reset=reset)
    ends = asyncio.run(ask_often(forgetful, 4, together))
    assert [end.text for end in ends] == ["Hi"] * 4 * together
    assert forgetful.requests > 4 * together  # some went out twice


def test_a_server_that_closes_every_connection_is_asked_twice_and_no_more() -> None:
    forgetful = Forgetful(reset=False, answers=False)
    first, *others = asyncio.run(ask_often(forgetful, 3, 1))
    assert first.text == "Hi"
    assert all(type(end) is RetryableError for end in others), others
    assert forgetful.connections == 1 + 1 + 2  # the first and its second use, anew, and twice anew


def test_a_server_that_stands_still_and_then_closes_all_is_asked_again() -> None:
    """It closes its idle connections, late, without having looked at the requests that lie in them."""

    async def work() -> tuple[list[Any], int]:
        async with Server() as server:
            backend = make_backend(server.url)
            await asyncio.gather(*(backend.complete(request(f"warm {n}")) for n in range(8)))
            server._fault = lambda number, _: Raw(end="reset") if number <= 16 else None
            ends = await asyncio.gather(*(backend.complete(request(str(n))) for n in range(8)), return_exceptions=True)
            await backend.close()
            return list(ends), server.asked.total()

    ends, asked = asyncio.run(work())
    assert all(isinstance(end, Completion) for end in ends), ends
    assert asked == 24


def test_the_deadline_holds_for_both_tries_together() -> None:
    async def work() -> Any:
        async with Server() as server:
            backend = make_backend(server.url, timeout_s=0.4)
            await backend.complete(request("a"))
            ways = iter([Raw(), Raw(end="hang")])
            server._fault = lambda *_: next(ways)
            (end,) = await asyncio.gather(backend.complete(request("b")), return_exceptions=True)
            await backend.close()
            return end

    assert str(asyncio.run(work())) == "no answer within 0.4 s"

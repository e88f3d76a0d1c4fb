"""A small OpenAI-compatible server on the loopback, whose answers are a function of the request alone.

`python tests/loopback.py [--latency MEDIAN_S]` prints its address and serves until it is killed; `GET /stats` tells
what it was asked (a count by request digest). In tests it also misbehaves on order (`fault`, `works_on`, `go_down`).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import json
import math
import random
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

WORDS = (
    "river stone market lantern garden ticket engine orbit letter bridge copper window harvest signal planet "
    "kitchen ledger forest painter doctor contract glacier antenna violin customs vaccine harbor pension algebra "
    "dialect fossil voltage recipe warranty tariff neuron saddle pottery census chimney paragraph lawsuit theorem"
).split()


MODELS = (200, {"content-type": "application/json"}, b'{"object":"list","data":[{"id":"tiny","object":"model"}]}')


@dataclass(frozen=True)
class Raw:
    """What goes over the wire as it is, instead of a response; then the connection ends: `close`, `reset` or `hang`."""

    data: bytes = b""
    end: str = "close"


Fault = Callable[[int, str], tuple[int, dict[str, str], bytes] | Raw | None]


def answer(body: dict[str, Any]) -> str:
    """Return the text that this server gives to a request."""
    rng = random.Random(hashlib.sha256(json.dumps(body["messages"], sort_keys=True).encode()).hexdigest())
    schema = (body.get("response_format") or {}).get("json_schema", {}).get("schema")
    if schema:
        return json.dumps(fill(schema, rng))
    prompt = body["messages"][-1]["content"]
    if "<instruction>" in body["messages"][0]["content"]:
        return f"<instruction>{sentence(rng, 18)} Then {sentence(rng, 8)}</instruction>"
    if prompt.rstrip().endswith("9."):
        return " " + "\n".join(f"{n}. {sentence(rng, 12)}" if n > 9 else sentence(rng, 12) for n in range(9, 17))
    return f"{sentence(rng, 24)}\n\n{sentence(rng, 16)}"


def sentence(rng: random.Random, count: int) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(count)).capitalize() + "."


def fill(schema: dict[str, Any], rng: random.Random) -> Any:
    kind = schema["type"]
    if kind == "object":
        return {name: fill(part, rng) for name, part in schema["properties"].items()}
    if kind == "integer":
        return rng.choice([9, 9, 8, 8, 7, 6])
    if kind == "boolean":
        return rng.random() < 0.1
    return sentence(rng, 6)


class Server:
    """Serves on a free port of the loopback."""

    def __init__(
        self, *, latency_s: float = 0.0, sigma: float = 0.5, fault: Fault | None = None,
        reply: Callable[[dict[str, Any]], str | dict[str, Any]] = answer, gate: int = 0,
        models: tuple[int, dict[str, str], bytes] = MODELS, works_on: int | None = None,
    ) -> None:  # fmt: skip
        """Answer by `reply`: a text, or the whole body. With `gate`, hold replies until so many calls are in flight.

        With `works_on`, it works on so many at a time, and the others wait in a queue.
        """
        self._latency_s = latency_s
        self._sigma = sigma
        self._fault = fault
        self._reply = reply
        self._gate = gate
        self._models = models
        self._gate_is_open = asyncio.Event()
        self._free = None if works_on is None else asyncio.Semaphore(works_on)
        self._writers: set[asyncio.StreamWriter] = set()
        self.in_flight = 0
        self.most_in_flight = 0
        self.bodies: deque[dict[str, Any]] = deque(maxlen=1000)
        self.asked: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.latencies: list[float] = []  # seconds of each call that was answered
        self.headers: list[str] = []
        self._server: asyncio.Server | None = None
        self.url = ""

    async def __aenter__(self) -> Server:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=2048)
        self._port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._writers):
            writer.close()
        await asyncio.sleep(0)

    async def go_down(self, seconds: float) -> None:
        """Break all connections and refuse new ones for so long."""
        assert self._server is not None
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.sleep(seconds)
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port, backlog=2048)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                text = head.decode("latin-1")
                self.headers.append(text)
                length = next((int(x[15:]) for x in text.lower().split("\r\n") if x.startswith("content-length:")), 0)
                body = await reader.readexactly(length)
                method, path = text.split(" ")[:2]
                is_known = method == "POST" or not path.endswith("/chat/completions")
                handled = await self._handle(path, body) if is_known else (405, {}, b"")
                if isinstance(handled, Raw):
                    await self._send_raw(handled, writer)
                    return
                status, headers, data = handled
                lines = [f"HTTP/1.1 {status} X", f"content-length: {len(data)}"]
                lines += [f"{name}: {value}" for name, value in headers.items()]
                writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + data)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _send_raw(self, raw: Raw, writer: asyncio.StreamWriter) -> None:
        writer.write(raw.data)
        await writer.drain()
        if raw.end == "hang":
            await asyncio.Event().wait()
        elif raw.end == "reset":
            writer.transport.abort()

    async def _handle(self, path: str, body: bytes) -> tuple[int, dict[str, str], bytes] | Raw:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            return await self._answer(path, body)
        finally:
            self.in_flight -= 1

    async def _wait_at_gate(self) -> None:
        if self.in_flight >= self._gate:
            self._gate_is_open.set()
        await self._gate_is_open.wait()

    async def _work(self, digest: str) -> None:
        if not self._latency_s:
            return
        rng = random.Random(digest + str(self.asked[digest]))
        async with self._free or contextlib.nullcontext():
            await asyncio.sleep(rng.lognormvariate(math.log(self._latency_s), self._sigma))

    async def _answer(self, path: str, body: bytes) -> tuple[int, dict[str, str], bytes] | Raw:
        json_type = {"content-type": "application/json"}
        if path == "/stats":
            stats = {"asked": self.asked.total(), "answered": dict(self.answered), "most": self.most_in_flight}
            more: dict[str, Any] = getattr(self._fault, "describe", dict)()
            return 200, json_type, json.dumps(stats | more).encode()
        if path.endswith("/models"):
            return self._models
        if not path.endswith("/chat/completions"):
            return 404, json_type, b'{"error":{"message":"no such path"}}'
        digest = hashlib.sha256(body).hexdigest()
        self.asked[digest] += 1
        self.bodies.append(json.loads(body))
        began = asyncio.get_running_loop().time()
        fault = self._fault(self.asked.total(), digest) if self._fault else None
        if fault is not None:
            return fault
        await self._work(digest)
        await self._wait_at_gate()
        self.latencies.append(asyncio.get_running_loop().time() - began)
        request = json.loads(body)
        told = self._reply(request)
        if isinstance(told, dict):
            self.answered[digest] += 1
            return 200, json_type, json.dumps(told).encode()
        message = {"role": "assistant", "content": told}
        reply = {
            "id": "x", "object": "chat.completion", "created": 0, "model": request["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
        }  # fmt: skip
        self.answered[digest] += 1
        return 200, json_type, json.dumps(reply).encode()


async def serve_forever(latency_s: float) -> None:
    async with Server(latency_s=latency_s) as server:
        print(server.url, flush=True)  # noqa: T201 - the address is this program's output
        await asyncio.Event().wait()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--latency", type=float, default=0.0)
    asyncio.run(serve_forever(arguments.parse_args().latency))

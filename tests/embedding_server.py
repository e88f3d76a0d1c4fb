"""A server of embeddings on the loopback, in a thread, which misbehaves on order."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Fault = Callable[[int, list[str]], tuple[int, dict[str, str], bytes] | None]
DIMENSIONS = 8


def embed(text: str, dimensions: int = DIMENSIONS) -> list[float]:
    """Return the vector that this server gives to a text: not of length 1, like some servers'."""
    digest = hashlib.sha256(text.encode()).digest()
    return [byte - 127.5 for byte in digest[:dimensions]]


@dataclass
class Log:
    """What was asked of the server: the texts of each request, and its headers."""

    url: str = ""
    asked: list[list[str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        return [text for batch in self.asked for text in batch]


@contextmanager
def serve_embeddings(fault: Fault = lambda number, texts: None, shuffled: bool = False) -> Iterator[Log]:
    """Serve; `fault` may answer request `number` (from 0) otherwise. Vectors come in reverse order where `shuffled`."""
    log = Log()

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            texts: list[str] = body["input"]
            log.asked.append(texts)
            log.headers.append({name.lower(): value for name, value in self.headers.items()})
            status, headers, data = fault(len(log.asked) - 1, texts) or (200, {}, make_reply(texts, shuffled))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    log.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield log
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def make_reply(texts: list[str], shuffled: bool = False) -> bytes:
    rows = [{"index": index, "embedding": embed(text)} for index, text in enumerate(texts)]
    return json.dumps({"object": "list", "data": rows[::-1] if shuffled else rows}).encode()

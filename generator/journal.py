"""The ledger of completions: every answer is here before it is used, so nothing is paid for twice and nothing is lost.

A completion's key is a digest of what the model sees (messages, model, sampling, schema) and of the draw; operational
settings (address, key, time-outs, concurrency) are no part of it. To resume is to run the same command again: what was
answered comes from here at once.

SQLite in WAL mode with `synchronous=FULL`: a completion that was handed on survives a kill and a power cut. Writes are
grouped: while one transaction is on its way to the disk, in a thread, the next one gathers, so the cost of durability
is shared by all calls in flight.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from dataclasses import asdict
from pathlib import Path
from typing import Any

from generator.errors import ConfigError
from generator.types import ChatRequest, Completion, Usage, make_digest

SCHEMA_VERSION = 1
_CREATE = """
CREATE TABLE IF NOT EXISTS completions (
    key TEXT PRIMARY KEY, about TEXT NOT NULL, template TEXT NOT NULL, model TEXT NOT NULL, draw INTEGER NOT NULL,
    completion TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS completions_about ON completions (about);
"""
_INSERT = "INSERT OR IGNORE INTO completions VALUES (?, ?, ?, ?, ?, ?)"

Row = tuple[str, str, str, str, int, str]


def make_key(request: ChatRequest, backend: str) -> str:
    """Return the journal's key of a request: a digest of what the model sees and the draw.

    The embedded back end sees the structured request, so its key covers `template` and `facts` instead of the prose.
    """
    seen: list[object] = [request.model, asdict(request.sampling), request.schema, request.draw]
    if backend == "embedded":
        return make_digest("embedded", request.template, request.facts, *seen)
    return make_digest(request.messages, *seen)


def _dump(completion: Completion) -> str:
    fields = {
        "text": completion.text, "finish_reason": completion.finish_reason, "model": completion.model,
        "usage": asdict(completion.usage), "reasoning": completion.reasoning,
    }  # fmt: skip
    return json.dumps(fields)  # ASCII: a lone surrogate that a server sent survives the trip


def _load(text: str) -> Completion:
    fields: dict[str, Any] = json.loads(text)
    return Completion(**(fields | {"usage": Usage(**fields["usage"]), "cached": True}))


class Journal:
    """The completions of one run. Use from one event loop; `close` before the loop ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pending: list[tuple[Row, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None
        try:
            self._write_connection = self._connect()
            self._write_connection.executescript(_CREATE)
            version = self._write_connection.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, SCHEMA_VERSION):
                raise ConfigError(f"{path}: written by another version of Seedbed (journal format {version}).")
            self._write_connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
            self._read_connection = self._connect()
        except sqlite3.DatabaseError as error:
            raise ConfigError(f"{path}: not a usable journal ({error}). Move it away or choose another --run.") from error

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None, timeout=60)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        return connection

    def look_up(self, key: str) -> Completion | None:
        """Return the recorded completion, marked as cached, or None."""
        row = self._read_connection.execute("SELECT completion FROM completions WHERE key = ?", (key,)).fetchone()
        return None if row is None else _load(row[0])

    def read_about(self, about: str) -> list[tuple[str, int, Completion]]:
        """Return what was answered about one candidate: (template, draw, completion)."""
        rows = self._read_connection.execute(
            "SELECT template, draw, completion FROM completions WHERE about = ? ORDER BY template, draw", (about,)
        )
        return [(template, draw, _load(text)) for template, draw, text in rows]

    def count(self) -> int:
        """Count the recorded completions."""
        return int(self._read_connection.execute("SELECT COUNT(*) FROM completions").fetchone()[0])

    async def record(self, key: str, request: ChatRequest, completion: Completion) -> None:
        """Return once the completion is on the disk."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        row = (key, request.about, request.template, request.model, request.draw, _dump(completion))
        self._pending.append((row, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_pending())
        await done

    async def _write_pending(self) -> None:
        while self._pending:
            batch, self._pending = self._pending, []
            fault: Exception | None = None
            try:
                await asyncio.to_thread(self._write, [row for row, _ in batch])
            except sqlite3.Error as error:
                fault = error
            for _, done in batch:
                if done.done():
                    continue
                if fault is None:
                    done.set_result(None)
                else:
                    done.set_exception(ConfigError(f"{self._path}: cannot be written ({fault}). Is the disk full?"))

    def _write(self, rows: list[Row]) -> None:
        connection = self._write_connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.executemany(_INSERT, rows)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    async def close(self) -> None:
        """Write what is pending and close."""
        if self._writer is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._writer
        self._read_connection.close()
        self._write_connection.close()

"""The ledger of completions: every answer is here before it is used, so nothing is paid for twice and nothing is lost.

A completion's key is a digest of what the model sees (messages, model, sampling, schema) and of the draw; operational
settings (address, key, time-outs, concurrency) are no part of it. To resume is to run the same command again: what was
answered comes from here at once.

SQLite in WAL mode with `synchronous=FULL`: a completion that was handed on survives a kill and a power cut. Writes are
grouped: while one transaction is on its way to the disk, in a thread, the next one gathers, so the cost of durability
is shared by all calls in flight. The table has row ids, so that a completion is appended and only its key goes to a
random place: half the cost of a table sorted by key.

Source: https://sqlite.org/wal.html; https://sqlite.org/withoutrowid.html (when not to)
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import json
import math
import sqlite3
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any

from generator.errors import ConfigError, SeedbedError
from generator.places import address_database
from generator.types import ChatRequest, Completion, Sampling, TokenLogprobs, Usage

SCHEMA_VERSION = 1
_BUSY_S = 60.0  # another process that reads this journal holds it for milliseconds
_CREATE = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS completions (
    key TEXT PRIMARY KEY, about TEXT NOT NULL, template TEXT NOT NULL, model TEXT NOT NULL, draw INTEGER NOT NULL,
    completion TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS completions_about ON completions (about);
PRAGMA user_version={SCHEMA_VERSION};
COMMIT;
"""
_CREATE_GIVEN_OUT = """CREATE TABLE IF NOT EXISTS given_out (
    key TEXT PRIMARY KEY, about TEXT NOT NULL, template TEXT NOT NULL, model TEXT NOT NULL, draw INTEGER NOT NULL)
"""
_COLUMNS = "key, about, template, model, draw, completion"
_INSERT = f"INSERT OR IGNORE INTO completions ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"
_GIVE_OUT = "INSERT OR IGNORE INTO given_out (key, about, template, model, draw) VALUES (?, ?, ?, ?, ?)"
TURNED_DOWN = "turned_down"  # the finish reason of what stands for a refusal without a reply; its text is what was said
_IS_TURNED_DOWN = f"json_extract(completion, '$.finish_reason') = '{TURNED_DOWN}'"
_FORGET = f"DELETE FROM completions WHERE {_IS_TURNED_DOWN}"
_LARGEST_INTEGER = 2**63  # SQLite's integers
_FILE_FAULTS = (sqlite3.Error, UnicodeDecodeError)  # the latter where SQLite quotes a damaged name in its message
_REMEDY = "Move it away or choose another --run."

Row = tuple[str, str, str, str, int, str]
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode


def make_key(request: ChatRequest, backend: str) -> str:
    """Return the journal's key of a request: a digest of what the model sees and the draw.

    The embedded back end sees the structured request, so its key covers `template` and `facts` instead of the prose.
    Raises `TypeError` or `ValueError`, which are faults of the code, where the facts or the schema are not JSON.
    """
    if backend == "embedded":
        _require_json(request.facts, "facts")
        seen = f'"embedded",{encode_basestring(request.template)},{_encode(request.facts)}'
    else:
        messages = (f"[{encode_basestring(role)},{encode_basestring(content)}]" for role, content in request.messages)
        seen = f"[{','.join(messages)}]"
    schema = "null" if request.schema is None else _encode(request.schema)
    model = encode_basestring(request.model)
    more = f",{request.logprobs}" if request.logprobs else ""  # keys of before there were any still hold
    text = f"[{seen},{model},{_describe_sampling(request.sampling)},{schema},{request.draw}{more}]"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@functools.lru_cache(maxsize=256)
def _describe_sampling(sampling: Sampling) -> str:
    """Return the sampling parameters as canonical JSON; 1 and 1.0 are the same to a model, and here."""
    penalty, temperature, top_p = sampling.presence_penalty, sampling.temperature, sampling.top_p
    values = {
        "temperature": None if temperature is None else float(temperature),
        "top_p": None if top_p is None else float(top_p),
        "presence_penalty": None if penalty is None else float(penalty),
        "max_tokens": sampling.max_tokens, "stop": sampling.stop,
    }  # fmt: skip
    return _encode(values)


def _require_json(value: object, where: str) -> None:
    """Raise `TypeError` for what JSON cannot tell apart (keys 1 and "1") or does not know, naming the place."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            if not isinstance(key, str):
                raise TypeError(f"{where}: the key {key!r} is not a string")
            _require_json(part, f"{where}.{key}")
    elif isinstance(value, (list, tuple)):
        for number, part in enumerate(value):
            _require_json(part, f"{where}[{number}]")
    elif isinstance(value, float) and not math.isfinite(value):
        raise TypeError(f"{where}: {value} is not JSON")
    elif value is not None and not isinstance(value, (str, int, float)):
        raise TypeError(f"{where}: a {type(value).__name__} is not JSON")


def _dump(completion: Completion) -> str:
    usage = completion.usage
    fields: dict[str, Any] = {
        "text": completion.text, "finish_reason": completion.finish_reason, "model": completion.model,
        "usage": {
            "prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens,
            "cached_prompt_tokens": usage.cached_prompt_tokens,
        },
        "reasoning": completion.reasoning,
    }  # fmt: skip
    if completion.logprobs is not None:
        fields["logprobs"] = [[place.token, place.logprob, place.top] for place in completion.logprobs]
    return json.dumps(fields)  # ASCII: a lone surrogate that a server sent survives the trip


def _load(text: str) -> Completion:
    fields: dict[str, Any] = json.loads(text)
    usage = Usage(**fields.pop("usage"))
    places = fields.pop("logprobs", None)
    logprobs = None if places is None else tuple(map(_load_place, places))
    return Completion(**fields, usage=usage, cached=True, logprobs=logprobs)


def _load_place(place: list[Any]) -> TokenLogprobs:
    token, logprob, top = place
    return TokenLogprobs(token, logprob, tuple((other, value) for other, value in top))


class Journal:
    """The completions of one run. Use from one event loop; `close` before the loop ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pending: list[tuple[Row, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "journal")  # begins with the first write
        self._connections: list[sqlite3.Connection] = []
        try:
            self._write_connection = self._connect()
            self._prepare(self._write_connection)
            self._read_connection = self._connect()
        except _FILE_FAULTS as error:
            self._disconnect()
            raise ConfigError(f"{path}: not a usable journal ({error}). {_REMEDY}") from error
        except ConfigError:
            self._disconnect()
            raise

    def _connect(self) -> sqlite3.Connection:
        place = address_database(self._path)
        connection = sqlite3.connect(place, uri=True, check_same_thread=False, isolation_level=None, timeout=_BUSY_S)
        self._connections.append(connection)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA fullfsync=ON")  # on macOS a plain fsync stops at the drive's cache
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, SCHEMA_VERSION):
            raise ConfigError(f"{self._path}: written by another version of Seedbed (journal format {version}).")
        if version == 0:
            if connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]:
                raise ConfigError(f"{self._path}: the database of another program. {_REMEDY}")
            connection.executescript(_CREATE)
        connection.execute(f"SELECT {_COLUMNS} FROM completions LIMIT 1").fetchone()
        connection.execute(_CREATE_GIVEN_OUT)

    def _read(self, query: str, *values: str) -> list[Any]:
        try:
            return self._read_connection.execute(query, values).fetchall()
        except sqlite3.ProgrammingError:
            raise  # used after it was closed: a fault of the code
        except _FILE_FAULTS as error:
            raise self._explain_damage(error) from error

    def _explain_damage(self, error: Exception) -> ConfigError:
        return ConfigError(f"{self._path}: the journal is damaged ({error}). {_REMEDY}")

    def _explain_write(self, error: Exception) -> SeedbedError:
        return SeedbedError(f"{self._path}: cannot be written ({error}). Is the disk full?")

    def _restore(self, text: str) -> Completion:
        try:
            return _load(text)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise self._explain_damage(error) from error

    def look_up(self, key: str) -> Completion | None:
        """Return the recorded completion, marked as cached, or None. Raises `ConfigError` where the file is damaged."""
        rows = self._read("SELECT completion FROM completions WHERE key = ?", key)
        return self._restore(rows[0][0]) if rows else None

    def read_about(self, about: str) -> list[tuple[str, int, Completion]]:
        """Return what was answered about one candidate: (template, draw, completion). Raises `ConfigError`."""
        query = "SELECT template, draw, completion FROM completions WHERE about = ? ORDER BY template, draw, key"
        return [(template, draw, self._restore(text)) for template, draw, text in self._read(query, about)]

    def read_usage(self) -> list[tuple[str, Usage]]:
        """Return model and tokens of every completion that was paid for. Raises `ConfigError` where it is damaged."""
        names = ("prompt_tokens", "completion_tokens", "cached_prompt_tokens")
        fields = ", ".join(f"json_extract(completion, '$.usage.{name}')" for name in names)
        query = f"SELECT model, {fields} FROM completions WHERE NOT {_IS_TURNED_DOWN}"
        return [(model, Usage(*tokens)) for model, *tokens in self._read(query)]

    def count(self) -> int:
        """Count the recorded completions. Raises `ConfigError` where the file is damaged."""
        return int(self._read("SELECT COUNT(*) FROM completions")[0][0])

    async def forget_turned_down(self) -> None:
        """Forget what servers refused, so that it is asked again. Raises `SeedbedError`."""
        await self._write_through([()], _FORGET)

    async def give_out(self, requests: Mapping[str, ChatRequest]) -> int:
        """Note requests (by key) to be answered elsewhere; return how many were noted before. Raises `SeedbedError`."""
        rows = [(key, one.about, one.template, one.model, one.draw) for key, one in requests.items()]
        return len(rows) - await self._write_through(rows, _GIVE_OUT)

    async def _write_through(self, rows: Sequence[tuple[str | int, ...]], statement: str) -> int:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._write, rows, statement)
        except _FILE_FAULTS as error:
            raise self._explain_write(error) from error

    def find_given_out(self, key: str) -> ChatRequest | None:
        """Return a request that is answered elsewhere, its labels alone; None where the key was never given out."""
        rows = self._read("SELECT about, template, model, draw FROM given_out WHERE key = ?", key)
        return ChatRequest((), rows[0][2], draw=rows[0][3], template=rows[0][1], about=rows[0][0]) if rows else None

    async def record(self, key: str, request: ChatRequest, completion: Completion) -> None:
        """Return once the completion is on the disk. Raises `SeedbedError` where it cannot be written."""
        row = (key, request.about, request.template, request.model, request.draw, _dump(completion))
        _require_storable(row)  # what cannot be bound would take the whole group with it
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pending.append((row, done))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_pending())
        await done

    async def _write_pending(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._pending:
                group, self._pending = self._pending, []
                fault: SeedbedError | None = None
                try:
                    await loop.run_in_executor(self._thread, self._write, [row for row, _ in group])
                except _FILE_FAULTS as error:
                    fault = self._explain_write(error)
                for _, done in group:
                    _settle(done, fault)
        finally:
            self._writer = None

    def _write(self, rows: Sequence[tuple[str | int, ...]], statement: str = _INSERT) -> int:
        with self._write_connection as connection:  # commits, or takes all of it back
            connection.execute("BEGIN IMMEDIATE")
            return connection.executemany(statement, rows).rowcount

    async def close(self) -> None:
        """Write what is pending and close; a second time it does nothing."""
        while self._writer is not None:
            await asyncio.wait([self._writer])
        self._disconnect()

    def _disconnect(self) -> None:
        self._thread.shutdown()
        while self._connections:
            self._connections.pop().close()


def _require_storable(row: Row) -> None:
    for value in row:
        if isinstance(value, str):
            value.encode()  # raises a `UnicodeEncodeError` at a lone surrogate: a fault of the code, not of the file
        elif not -_LARGEST_INTEGER <= value < _LARGEST_INTEGER:
            raise OverflowError(f"the draw {value} is too large for the journal")


def _settle(done: asyncio.Future[None], fault: SeedbedError | None) -> None:
    if done.done():
        return  # its caller was cancelled; the completion is recorded all the same
    if fault is None:
        done.set_result(None)
    else:
        done.set_exception(fault)

"""Vectors that were paid for, on disk: by model and text, so that none is asked for twice.

A vector is on the disk before it is used: what a run that goes on, or a command that is given again, computes with is
what it had. The key is what the model sees (its name and the text); where the server stands is no part of it.

Source: https://sqlite.org/wal.html
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from evaluators.embedding.vectors import Vectors
from generator.errors import ConfigError, SeedbedError

_BUSY_S = 60.0
_ASKED_AT_ONCE = 500  # SQLite's variables in one statement: 999 at least
_CREATE = "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"


class VectorStore:
    """Vectors by model and text. Threads may share it: every look opens the file anew, which costs less than any call."""

    def __init__(self, path: Path) -> None:
        """Open or make the file. Raises `ConfigError` where it is something else, or damaged."""
        self._path = path
        try:
            with contextlib.closing(self._open()) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute(_CREATE)
                connection.execute("SELECT key, vector FROM vectors LIMIT 1").fetchone()
        except sqlite3.Error as error:
            raise ConfigError(f"{path}: not a usable store of vectors ({error}). Move it away.") from error

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, timeout=_BUSY_S)
        connection.execute("PRAGMA synchronous=FULL")
        return connection

    def look_up(self, model: str, texts: Sequence[str]) -> dict[str, Vectors]:
        """Return the vectors (D,) that are there, by text. Raises `ConfigError` where the file is damaged."""
        keys = {make_key(model, text): text for text in texts}
        found: dict[str, Vectors] = {}
        wanted = list(keys)
        try:
            with contextlib.closing(self._open()) as connection:
                for start in range(0, len(wanted), _ASKED_AT_ONCE):
                    part = wanted[start : start + _ASKED_AT_ONCE]
                    query = f"SELECT key, vector FROM vectors WHERE key IN ({', '.join('?' * len(part))})"
                    for key, vector in connection.execute(query, part):
                        found[keys[key]] = np.frombuffer(vector, dtype="<f4")
        except (sqlite3.Error, ValueError) as error:
            raise ConfigError(f"{self._path}: the store of vectors is damaged ({error}). Move it away.") from error
        return found

    def keep(self, model: str, vectors: Mapping[str, Vectors]) -> None:
        """Write vectors by text; the first that came for a text stays. Raises `SeedbedError` where it cannot."""
        rows = [(make_key(model, text), vector.astype("<f4").tobytes()) for text, vector in vectors.items()]
        try:
            with contextlib.closing(self._open()) as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise SeedbedError(f"{self._path}: cannot be written ({error}). Is the disk full?") from error


def make_key(model: str, text: str) -> bytes:
    """Return the digest (32 bytes) of what the model sees."""
    return hashlib.sha256(f"{model}\0{text}".encode("utf-8", "surrogatepass")).digest()

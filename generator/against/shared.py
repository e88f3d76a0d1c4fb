"""A pool that several machines share, as one run sees it: asked at most once about a candidate, and never forgotten.

Others put texts into a shared pool while a run goes on, so what it answers is an input of the run, like a completion. It
is kept like one: every answer that decided something stands in `shared.jsonl` in the run's folder before it is used, and
a run that is resumed, or carried out again over that file, takes the answers from there.

Promise: with its `shared.jsonl`, a run is the function of its inputs that every run is; without it, it is not.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evaluators.novelty.minhash import Sketching
from evaluators.novelty.storage import RedisPool, read_address
from generator.config import RunConfig
from generator.errors import ConfigError
from generator.pool import Alike
from generator.types import Neighbour

FILE = "shared.jsonl"
USER_VARIABLE, PASSWORD_VARIABLE = "SEEDBED_REDIS_USER", "SEEDBED_REDIS_PASSWORD"
LOOK, ADD = "look", "add"  # the two questions: is there anything too like; may this come in


class Answers:
    """What the pool answered, by question and candidate; the first line names the run among those who share it."""

    def __init__(self, path: Path) -> None:
        """Read what is there; a last line that was cut off is cut away. Raises `ConfigError` for a damaged file."""
        self._answers: dict[tuple[str, str], Alike | None] = {}
        self._path = path
        self.owner = ""
        if path.exists():
            data = path.read_bytes()
            whole = data.rfind(b"\n") + 1
            for number, line in enumerate(data[:whole].splitlines(), 1):
                self._take(line, f"{path}:{number}")
            if whole < len(data):
                os.truncate(path, whole)
        if not self.owner:
            self.owner = uuid.uuid4().hex[:16]  # says only whose texts are one's own; nothing is drawn by it
            self._append({"owner": self.owner})

    def _take(self, line: bytes, place: str) -> None:
        try:
            row = json.loads(line)
            if "owner" in row:
                self.owner = str(row["owner"])
            else:
                self._answers[row["question"], row["id"]] = _read_alike(row["alike"])
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigError(f"{place}: damaged, not an answer of a shared pool.") from error

    def has(self, question: str, key: str) -> bool:
        """Say whether the question has been answered."""
        return (question, key) in self._answers

    def get(self, question: str, key: str) -> Alike | None:
        """Return the answer."""
        return self._answers[question, key]

    def keep(self, question: str, key: str, alike: Alike | None) -> None:
        """Keep an answer; it is with the operating system when this returns."""
        self._answers[question, key] = alike
        self._append({"question": question, "id": key, "alike": _describe(alike)})

    def _append(self, row: Mapping[str, Any]) -> None:
        with self._path.open("ab", buffering=0) as file:
            file.write(json.dumps(row, ensure_ascii=True).encode() + b"\n")


def _describe(alike: Alike | None) -> dict[str, Any] | None:
    if alike is None:
        return None
    one = alike.neighbour
    return {"source": alike.source, "neighbour": one.id, "similarity": one.similarity, "text": one.text}


def _read_alike(row: Any) -> Alike | None:
    if row is None:
        return None
    neighbour = Neighbour(str(row["neighbour"]), float(row["similarity"]), str(row["text"]))
    return Alike("minhash", neighbour, str(row["source"]), neighbour.id)


class SharedPool:
    """The shared pool, asked on behalf of one run."""

    def __init__(self, pool: RedisPool, answers: Answers) -> None:
        self._pool = pool
        self._answers = answers
        self._added: dict[str, str] = {}

    def foresee(self, key: str, text: str) -> Alike | None:
        """Return what a candidate is too like, for now; the answer is not kept unless it was already."""
        if self._answers.has(LOOK, key):
            return self._answers.get(LOOK, key)
        found = self._pool.find(text, self._answers.owner)
        self._restore()
        return self._make_alike(found)

    def decide(self, key: str, text: str) -> Alike | None:
        """Return what a candidate is too like, for good."""
        if not self._answers.has(LOOK, key):
            self._answers.keep(LOOK, key, self.foresee(key, text))
        return self._answers.get(LOOK, key)

    def add(self, key: str, text: str) -> Alike | None:
        """Put an accepted text in, unless somebody was faster with one that is too like: then return that."""
        if not self._answers.has(ADD, key):
            self._answers.keep(ADD, key, self._make_alike(self._pool.add(text, key, self._answers.owner)))
        elif self._answers.get(ADD, key) is None:
            self._pool.restore({key: text}, self._answers.owner)
        if self._answers.get(ADD, key) is None:
            self._added[key] = text
        self._restore()
        return self._answers.get(ADD, key)

    def _restore(self) -> None:
        """Put in again what a server that was away may have forgotten."""
        while self._pool.has_been_away():
            self._pool.restore(self._added, self._answers.owner)

    def _make_alike(self, found: Neighbour | None) -> Alike | None:
        return Alike("minhash", found, f"shared pool {self._pool.name}", found.id) if found else None


def open_shared(config: RunConfig, folder: Path | None) -> SharedPool | None:
    """Open the shared pool that the configuration names, for the run in that folder; None where it names none.

    Raises `ConfigError`.
    """
    novelty = config.novelty
    if novelty.minhash_storage is None or folder is None:
        return None
    sketching = Sketching(novelty.minhash, novelty.minhash_recall)
    user, password = os.environ.get(USER_VARIABLE) or None, os.environ.get(PASSWORD_VARIABLE) or None
    pool = RedisPool(read_address(novelty.minhash_storage), sketching, user, password)
    return SharedPool(pool, Answers(folder / FILE))

"""A MinHash index in Redis, which several machines fill and ask: datasketch's, with its texts beside it.

The bands lie where `datasketch.MinHashLSH` puts them, so that other programs can read and fill them; the texts lie in a
hash beside, so that a hit can be verified. A text is there once it is in that hash, which is written last: what a killed
process has half written is no neighbour of anything, and writing it again changes nothing.

How sketches are made is noted in the pool when it begins; who makes them otherwise is refused.

Source: datasketch's `storage_config` (documentation, "MinHash LSH at scale"). Keys are bytes and not pickled: what comes
from a server that others write to is never unpickled.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from evaluators.novelty.minhash import Sketching
from evaluators.novelty.shingles import compute_jaccard, list_shingles
from evaluators.novelty.sketches import AFFINE, PERMUTATIONS, SCHEME, SEED
from generator.errors import BackendGoneError, ConfigError
from generator.types import Neighbour

T = TypeVar("T")

GIVE_UP_S = 60.0  # a server may be away for this long, well below what a call to a model may take
WAITS_S = (0.05, 0.1, 0.2, 0.5, 1.0)  # between two tries; the last again and again
LOCK_S = 15.0  # a process that dies while it holds the pool holds it for this long
ANSWER_S = 5.0  # in which the server must answer
DEFAULT_NAME, DEFAULT_PORT = "seedbed", 6379


@dataclass(frozen=True, slots=True)
class Address:
    """Where a shared pool lies: `redis://HOST:PORT/DB#NAME`."""

    host: str
    port: int
    database: int
    name: str
    secure: bool = False


def read_address(text: str) -> Address:
    """Return the parts of an address that the configuration has found sound."""
    parts = urlsplit(text)
    return Address(
        parts.hostname or "", parts.port or DEFAULT_PORT, int(parts.path.strip("/") or 0),
        parts.fragment or DEFAULT_NAME, parts.scheme == "rediss",
    )  # fmt: skip


class RedisPool:
    """The texts of all who share a pool. Each has a key that begins with its owner's name."""

    def __init__(self, address: Address, sketching: Sketching, user: str | None = None, password: str | None = None):
        """Connect. Raises `ConfigError` without the extra, for a pool of another scheme or a wrong password."""
        try:
            import redis
        except ImportError as error:
            raise ConfigError("a shared pool needs the package redis: pip install 'seedbed[redis]'.") from error
        from datasketch import MinHash  # type: ignore[import-untyped, unused-ignore]

        self._refusals = redis.exceptions.RedisError
        self._faults = (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError, redis.exceptions.LockError)
        self._address = address
        self._sketching = sketching
        connection = redis.SSLConnection if address.secure else redis.Connection
        connections = redis.ConnectionPool(
            connection_class=connection, host=address.host, port=address.port, db=address.database, username=user,
            password=password, socket_timeout=ANSWER_S, socket_connect_timeout=ANSWER_S,
        )  # fmt: skip
        self._client = redis.Redis(connection_pool=connections)
        self._make_sketch = MinHash
        self._permutations = MinHash(num_perm=PERMUTATIONS, seed=SEED, scheme=AFFINE).permutations
        self._texts = f"{address.name}:texts"
        self._been_away = False
        self._lsh = self._open_index(redis, connections)

    def _open_index(self, redis: Any, connections: Any) -> Any:
        from datasketch import MinHashLSH

        bands = self._sketching.bands
        scheme = json.dumps({**SCHEME, "bands": [bands.count, bands.rows]}, sort_keys=True)
        key = f"{self._address.name}:scheme"
        try:
            self._client.setnx(key, scheme)
            held = _decode(self._client.get(key))
        except redis.exceptions.ConnectionError as error:  # a refused password is one of them
            raise ConfigError(f"the shared pool at {self._describe()}: {error}.") from error
        except redis.exceptions.RedisError as error:
            raise ConfigError(f"the shared pool at {self._describe()} cannot be used: {error}.") from error
        if held != scheme:
            raise ConfigError(
                f"the shared pool `{self._address.name}` at {self._describe()} compares texts otherwise ({held}) than "
                f"these settings ({scheme}). Give the same `novelty.minhash`, or another pool's name."
            )
        state = random.getstate()  # datasketch draws a name that is not used from the global random state
        try:
            storage = {
                "type": "redis",
                "basename": self._address.name.encode(),
                "redis": {"connection_pool": connections},
            }
            return MinHashLSH(
                num_perm=PERMUTATIONS, params=(bands.count, bands.rows), storage_config=storage, prepickle=False
            )
        finally:
            random.setstate(state)

    def _describe(self) -> str:
        return f"{self._address.host}:{self._address.port}"

    @property
    def name(self) -> str:
        """The pool's name."""
        return self._address.name

    def find(self, text: str, owner: str) -> Neighbour | None:
        """Return the text of another owner that this one is most like, where it is too like one; None where it is not.

        Of equals the one whose key comes first. Raises `BackendGoneError` where the server stays away.
        """
        return self._keep_trying(lambda: self._find(text, owner))

    def _find(self, text: str, owner: str) -> Neighbour | None:
        shingles = list_shingles(text)
        if not shingles:
            return None
        hits = sorted(
            key for key in self._lsh.query(self._sketch(shingles)) if not key.startswith(f"{owner}/".encode())
        )
        texts = self._client.hmget(self._texts, hits) if hits else []
        best: Neighbour | None = None
        for key, held in zip(hits, texts, strict=True):
            other = _decode(held)
            similarity = compute_jaccard(shingles, list_shingles(other))
            if similarity > (best.similarity if best else self._sketching.threshold):
                best = Neighbour(_decode(key), similarity, other)
        return best

    def add(self, text: str, key: str, owner: str) -> Neighbour | None:
        """Put a text in, unless one of another owner's is too like: then return that. No two owners get in between.

        What is there already is not put in again. Raises `BackendGoneError`.
        """

        def add() -> Neighbour | None:
            with self._hold():
                found = self._find(text, owner)
                if found is None:
                    self._put([(f"{owner}/{key}", text)])
            return found

        return self._keep_trying(add)

    def restore(self, texts: Mapping[str, str], owner: str) -> None:
        """Put in what is missing of texts (by key) that were put in before. Raises `BackendGoneError`."""
        rows = [(f"{owner}/{key}", text) for key, text in texts.items()]
        self._keep_trying(lambda: self._put(rows))

    def has_been_away(self) -> bool:
        """Say whether the server did not answer for a while since this was last asked: it may have forgotten texts."""
        been_away, self._been_away = self._been_away, False
        return been_away

    def _put(self, rows: Sequence[tuple[str, str]]) -> None:
        """Put texts in that are not there: first into the bands, then, when that is done, their texts."""
        held = self._client.hmget(self._texts, [key for key, _ in rows]) if rows else []
        for (key, text), known in zip(rows, held, strict=True):
            shingles = list_shingles(text)
            if known is None and shingles:
                with self._lsh.insertion_session() as session:  # one round trip a band instead of two
                    session.insert(key.encode(), self._sketch(shingles), check_duplication=False)
                self._client.hset(self._texts, key, text.encode("utf-8", "replace"))

    def _sketch(self, shingles: frozenset[str]) -> Any:
        return self._make_sketch(
            seed=SEED, scheme=AFFINE, hashvalues=self._sketching.sign(shingles), permutations=self._permutations
        )

    @contextmanager
    def _hold(self) -> Iterator[None]:
        with self._client.lock(f"{self._address.name}:lock", timeout=LOCK_S, sleep=0.005, blocking_timeout=GIVE_UP_S):
            yield

    def _keep_trying(self, work: Callable[[], T]) -> T:
        """Do the work, again and again while the server is away. Raises `BackendGoneError`."""
        began = time.monotonic()
        tries = 0
        while True:
            try:
                return work()
            except self._faults as error:
                self._been_away = True
                if time.monotonic() - began > GIVE_UP_S:
                    raise BackendGoneError(
                        f"the shared pool at {self._describe()} has not answered for {GIVE_UP_S:.0f} s ({error}). "
                        "Run the same command again when it does."
                    ) from error
                time.sleep(WAITS_S[min(tries, len(WAITS_S) - 1)])
                tries += 1
            except self._refusals as error:  # full, read-only, no right: waiting does not help
                raise BackendGoneError(f"the shared pool at {self._describe()} refuses: {error}.") from error


def _decode(data: Any) -> str:
    """Return bytes of the server as text; nothing as the empty one."""
    return bytes(data or b"").decode("utf-8", "replace")

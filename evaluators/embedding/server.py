"""Vectors from any server that speaks OpenAI's `/v1/embeddings` (OpenAI, vLLM, llama.cpp, TEI, Ollama, …).

Texts go in batches. A batch that may work later is tried again a bounded number of times, with waits that double and
never before the server's own Retry-After; then the server counts as gone. What was answered is kept in a store before
it is used, so that it is paid for once and stays the same. Every vector is checked (count, order, dimension, numbers)
and brought to length 1, whatever the server says of it. The key is in no message.

Source: https://platform.openai.com/docs/api-reference/embeddings
Deviations: vectors are asked for as numbers, not in base64, which not every server knows.
"""

from __future__ import annotations

import json
import os
import re
import time
import weakref
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from evaluators.embedding.server_faults import explain_connection, explain_status
from evaluators.embedding.store import VectorStore
from evaluators.embedding.vectors import Vectors, normalise
from generator.errors import (
    BackendError,
    BackendGoneError,
    BackendSetupError,
    ConfigError,
    RetryableError,
)

OFFICIAL_URL = "https://api.openai.com/v1"
KEY_VARIABLE = "OPENAI_API_KEY"
BATCH = 64  # texts a request: servers take 100 to 2,048
TRIES = 6  # with waits of 0.5, 1, 2, 4 and 8 s between them: a restart is waited for, a server that is gone is not
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 60.0  # longer than this is not waited for
TIMEOUT_S = 60.0
PROBE = "probe"  # the text that tells the dimension, and whether anything answers
NO_KEY = "not-needed"  # the SDK wants some key; servers on this machine do not read it
_LOOPBACK = re.compile(r"^(localhost|127(\.\d+){3}|::1|0\.0\.0\.0)$")


class ServerEmbedder:
    """Embeds by a server. Threads may share it."""

    languages: frozenset[str] = frozenset()

    def __init__(
        self, model: str | None, base_url: str | None = None, *, key_variable: str = KEY_VARIABLE,
        store: VectorStore | None = None, sleep: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        """Ask for one vector, unless the store has it: what is wrong with address, key or model shows at once.

        Raises `ConfigError` for a bad address, no key or no model, and the `BackendError` family.
        """
        if not model:
            raise ConfigError("the embedder `server` needs a model: name one, as the server calls it.")
        self._model = model
        self._store = store
        self._sleep = sleep
        self._client, self._url, self._key = _connect(base_url, key_variable)
        self._close = weakref.finalize(self, self._client.close)  # whoever holds it last need not think of it
        self._dimensions: int | None = None
        try:
            self._dimensions = int(self.embed([PROBE]).shape[1])
        except BackendError as error:
            self.close()
            if isinstance(error, BackendSetupError):
                raise
            raise BackendSetupError(
                f"{self._url} gives no vectors ({error}). Check the address and the model."
            ) from error
        self.name = f"{model}/{self._dimensions}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors (N, D), float32, each of length 1.

        Raises `RefusedError` where the server will not embed one of the texts, `BackendSetupError`, `BackendGoneError`.
        """
        wanted = list(dict.fromkeys(texts))
        known = self._store.look_up(self._model, wanted) if self._store is not None else {}
        missing = [text for text in wanted if text not in known]
        for start in range(0, len(missing), BATCH):
            batch = missing[start : start + BATCH]
            fresh = dict(zip(batch, self._ask(batch), strict=True))
            if self._store is not None:
                self._store.keep(self._model, fresh)
            known |= fresh
        if not texts:
            return np.zeros((0, self._dimensions or 0), dtype=np.float32)
        return np.stack([known[text] for text in texts])

    def _ask(self, texts: Sequence[str]) -> Vectors:
        """Ask, and ask again what may work later."""
        for again in range(TRIES):
            try:
                return self._read(self._post(texts), len(texts))
            except RetryableError as error:
                fault = error
                wait_s = max(FIRST_WAIT_S * 2**again, error.retry_after_s or 0.0)
                if again == TRIES - 1 or wait_s > LONGEST_WAIT_S:
                    break
                self._sleep(wait_s)
        tried = f"wants to be asked in {wait_s:.0f} s" if wait_s > LONGEST_WAIT_S else f"tried {again + 1} times"
        raise BackendGoneError(f"{self._url} does not embed ({fault}); {tried}.") from fault

    def _post(self, texts: Sequence[str]) -> bytes:
        import httpx2
        import openai

        body = json.dumps({"model": self._model, "input": list(texts), "encoding_format": "float"})
        try:
            response = self._client.post("/embeddings", cast_to=httpx2.Response, content=body.encode("ascii"))
        except openai.APIStatusError as error:
            raise explain_status(
                self._url, error.status_code, error.response.headers, self._clean(error.response.text)
            ) from None
        except (openai.APIConnectionError, httpx2.HTTPError) as error:
            raise explain_connection(error) from None
        content: bytes = response.content
        return content

    def _clean(self, text: str) -> str:
        return text.replace(self._key, "[key]") if self._key else text

    def _read(self, content: bytes, count: int) -> Vectors:
        """Return the vectors of a reply in the order asked for. Raises `RetryableError` where it is not in form."""
        try:
            rows = sorted(json.loads(content)["data"], key=lambda row: row["index"])
            vectors_nd = np.array([row["embedding"] for row in rows], dtype=np.float32)
        except (ValueError, LookupError, TypeError, RecursionError):
            raise RetryableError("the reply is not a list of vectors") from None
        sound = vectors_nd.ndim == 2 and np.isfinite(vectors_nd).all() and (vectors_nd != 0).any(axis=1).all()
        if not sound or [row["index"] for row in rows] != list(range(count)):
            raise RetryableError(f"the reply does not hold {count} sound vectors")
        if self._dimensions not in (None, vectors_nd.shape[1]):
            raise BackendSetupError(
                f"{self._url} gives vectors of {vectors_nd.shape[1]} numbers where it gave {self._dimensions}: "
                "another model answers."
            )
        return normalise(vectors_nd)

    def close(self) -> None:
        """Close the connections. That happens by itself, too, when nobody holds the embedder any more."""
        self._close()


def _connect(base_url: str | None, key_variable: str) -> tuple[Any, str, str]:
    """Return the client, its address and the key. Raises `ConfigError`."""
    url = base_url or os.environ.get("OPENAI_BASE_URL") or OFFICIAL_URL
    host = urlsplit(url).hostname or ""
    if not host or urlsplit(url).scheme not in ("http", "https"):
        raise ConfigError(f"the embedder's address {url} is none; it looks like http://127.0.0.1:8000/v1.")
    is_local = _LOOPBACK.match(host) is not None
    key = os.environ.get(key_variable, "").strip()
    if not key and not is_local:
        raise ConfigError(f"No key for the embedder at {host}: set {key_variable}, or use a server on this machine.")
    import openai

    transport = openai.DefaultHttpxClient(trust_env=not is_local)  # no proxy on the way to this machine
    client = openai.OpenAI(
        api_key=key or NO_KEY, base_url=url, max_retries=0, timeout=TIMEOUT_S, http_client=transport,
        default_headers={"content-type": "application/json"},
    )  # fmt: skip
    return client, url, key

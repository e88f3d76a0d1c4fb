"""Any server that speaks OpenAI's chat completions: OpenAI's own, vLLM's, and local ones of every make.

A feature that a server rejects (a way to ask for a schema, log-probabilities, sampling parameters of classic models) is
left out from then on, once a request without it was answered, and that is said once. The key is in no message.

Deviation: the SDK's reply model is not built (a tenth of its time, and stricter than servers are).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from generator.backends.openai_address import OFFICIAL_URL, allow_connections, check_address
from generator.backends.openai_dialect import Dialect, concede, list_lost
from generator.backends.openai_faults import FaultReader
from generator.backends.openai_limits import read_rate_limits
from generator.backends.openai_transport import Transport
from generator.backends.openai_wire import make_body, read_completion, read_error
from generator.backends.server_load import locate_metrics, read_server_load
from generator.errors import BackendError, RefusedError
from generator.protocols import RateLimits, ServerLoad
from generator.types import ChatRequest, Completion

OFFICIAL_MODEL = "gpt-4.1-mini"  # used at OpenAI's own address where the user names none
UNNAMED_MODEL = "default"  # a server of one model takes any name
FAILURES_OF_A_WAY = 3  # and half of all calls sent that way: failures by chance come in long before the first answer
_NO_LIST = frozenset({404, 405, 501})  # a server that does not list its models
_NO_CHAT = re.compile(r"embed|rerank|whisper|\btts\b|moderation", re.IGNORECASE)  # models that some servers list, too


class OpenAIBackend:
    """Chat completions from a server. One instance serves one event loop.

    `announce` is told what the server turns out not to understand.
    """

    name = "openai"

    def __init__(
        self, *, base_url: str | None, api_key_env: str, timeout_s: float, connections: int, name: str = "openai",
        dialect: Dialect | None = None,
    ) -> None:  # fmt: skip
        """Connect to nothing yet. Raises `ConfigError` for a bad address or a missing key."""
        self.name = name
        url, key = check_address(base_url, api_key_env)
        allow_connections(connections)
        self._url = url
        self._faults = FaultReader(url.partition("?")[0], key or "")
        self._transport = Transport(url, key, self._faults, timeout_s=timeout_s, connections=connections)
        self._dialect = dialect or Dialect()
        self._ways_taken: set[str] = set()
        self._ways_sent: Counter[str] = Counter()
        self._ways_failed: Counter[str] = Counter()
        self._tells_load = url != OFFICIAL_URL
        self.limits: RateLimits | None = None
        self.announce: Callable[[str], None] = lambda _: None

    async def complete(self, request: ChatRequest) -> Completion:
        """Answer one request. Raises the `BackendError` family."""
        import openai

        dialect = self._dialect
        while True:
            if request.schema is not None:
                self._ways_sent[dialect.ways[0]] += 1
            try:
                completion = self._read(await self._post(request, dialect))
            except openai.APIStatusError as error:
                self._note_limits(error.response)
                dialect = dialect.narrow(self._dialect)  # another call may have learned more by now
                conceded = concede(dialect, request, error.status_code, error.response.text)
                if conceded is None and self._is_way_suspect(request, dialect, error.status_code):
                    conceded = dialect.leave_way()
                if conceded is None:
                    raise self._explain_status(error) from None
                dialect = conceded
            else:
                if request.schema is not None:
                    self._ways_taken.add(dialect.ways[0])
                self._learn(dialect)
                return completion

    def _is_way_suspect(self, request: ChatRequest, dialect: Dialect, status: int) -> bool:
        """Say whether a way to ask for a schema has failed so often, and never been answered, that it may be at fault.

        Some servers break down at what they do not know, and say no more than that.
        """
        way = dialect.ways[0]
        if request.schema is None or status != 500 or way in self._ways_taken or len(dialect.ways) == 1:
            return False
        self._ways_failed[way] += 1
        return self._ways_failed[way] >= max(FAILURES_OF_A_WAY, self._ways_sent[way] / 2)

    def _learn(self, dialect: Dialect) -> None:
        """Keep to what a call that was answered could do without."""
        self._faults.has_answered = True
        before, self._dialect = self._dialect, self._dialect.narrow(dialect)
        for lost in list_lost(before, self._dialect):
            self.announce(f"{self._faults.url}: {lost}")

    async def find_model(self) -> str:
        """Return the server's first model for chats. Raises `BackendSetupError`, or `RetryableError` where it is not ready."""
        import openai

        if self._url == OFFICIAL_URL:
            return OFFICIAL_MODEL
        try:
            response = await self._transport.get("/models")
            names = [str(model["id"]) for model in json.loads(response.content)["data"]]
            return next((name for name in names if not _NO_CHAT.search(name)), names[0])
        except openai.APIStatusError as error:
            if error.status_code in _NO_LIST:
                return UNNAMED_MODEL
            raise self._explain_status(error) from None
        except (ValueError, LookupError, TypeError, RecursionError):
            return UNNAMED_MODEL  # it answers, but lists no models

    async def read_load(self) -> ServerLoad | None:
        """Return how busy the server is; None where it does not tell, and from then on without asking."""
        import openai

        if not self._tells_load:
            return None
        try:
            response = await self._transport.get(locate_metrics(self._url))
            load = read_server_load(response.text)
        except BackendError:
            return None  # not now
        except openai.APIStatusError:
            load = None
        self._tells_load = load is not None
        return load

    async def _post(self, request: ChatRequest, dialect: Dialect) -> Any:
        try:
            body = make_body(request, dialect)
        except UnicodeEncodeError as error:
            raise RefusedError(f"the request is no valid Unicode ({error.reason})") from None
        return await self._transport.post("/chat/completions", body)

    def _read(self, response: Any) -> Completion:
        self._note_limits(response)
        if response.request.method != "POST":
            raise self._faults.explain_redirect(response.history[0].status_code, str(response.url))
        try:
            reply = json.loads(response.content)
            error = read_error(reply)
            if error is None:
                return self._faults.hide_key(read_completion(reply))
        except (ValueError, RecursionError):
            content_type = response.headers.get("content-type", "")
            raise self._faults.explain_reply(response.content, content_type) from None
        raise self._faults.explain_status(error[0], response.headers, error[1])

    def _note_limits(self, response: Any) -> None:
        limits = read_rate_limits(response.headers.raw)
        if limits is not None:
            self.limits = limits

    def _explain_status(self, error: Any) -> BackendError:
        response = error.response
        if response.history and response.request.method != response.history[0].request.method:
            return self._faults.explain_redirect(response.history[0].status_code, str(response.url))
        return self._faults.explain_status(error.status_code, response.headers, response.text)

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

"""Any server that speaks OpenAI's chat completions: OpenAI's own, vLLM's, and local ones of every make.

A feature that a server rejects (a way to ask for a schema, log-probabilities, sampling parameters of classic models) is
left out from then on, once a request without it was answered, and that is said once. The key is in no message.

Deviation: the SDK's reply model is not built (stricter than servers are).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable

from generator.backends.openai_address import OFFICIAL_URL, allow_connections, check_address
from generator.backends.openai_dialect import Dialect, concede, list_lost
from generator.backends.openai_faults import FaultReader
from generator.backends.openai_limits import read_rate_limits
from generator.backends.openai_transport import Answer, Transport
from generator.backends.openai_wire import make_body, read_completion, read_error
from generator.backends.server_load import locate_metrics, read_server_load
from generator.errors import BackendError, RefusedError
from generator.protocols import RateLimits, ServerLoad
from generator.types import ChatRequest, Completion

OFFICIAL_MODEL = "gpt-4.1-mini"  # used at OpenAI's own address where the user names none
UNNAMED_MODEL = "default"  # a server of one model takes any name
FAILURES_OF_A_WAY = 3  # and half of all calls sent that way: failures by chance come in long before the first answer
KEEPS_METHOD = (307, 308)  # redirects that do not make a GET of a POST
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
        dialect = self._dialect
        while True:
            if request.schema is not None:
                self._ways_sent[dialect.ways[0]] += 1
            answer = await self._post(request, dialect)
            self._note_limits(answer)
            if answer.is_success:
                completion = self._read(answer)
                if request.schema is not None:
                    self._ways_taken.add(dialect.ways[0])
                self._learn(dialect)
                return completion
            dialect = dialect.narrow(self._dialect)  # another call may have learned more by now
            conceded = concede(dialect, request, answer.status, answer.text)
            if conceded is None and self._is_way_suspect(request, dialect, answer.status):
                conceded = dialect.leave_way()
            if conceded is None:
                raise self._explain_status(answer)
            dialect = conceded

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
        if self._url == OFFICIAL_URL:
            return OFFICIAL_MODEL
        answer = await self._transport.get("/models")
        if answer.status in _NO_LIST:
            return UNNAMED_MODEL
        if not answer.is_success:
            raise self._explain_status(answer)
        try:
            names = [str(model["id"]) for model in json.loads(answer.content)["data"]]
            return next((name for name in names if not _NO_CHAT.search(name)), names[0])
        except (ValueError, LookupError, TypeError, RecursionError):
            return UNNAMED_MODEL  # it answers, but lists no models

    async def read_load(self) -> ServerLoad | None:
        """Return how busy the server is; None where it does not tell, and from then on without asking."""
        if not self._tells_load:
            return None
        try:
            answer = await self._transport.get(locate_metrics(self._url))
        except BackendError:
            return None  # not now
        load = read_server_load(answer.text) if answer.is_success else None
        self._tells_load = load is not None
        return load

    async def _post(self, request: ChatRequest, dialect: Dialect) -> Answer:
        try:
            body = make_body(request, dialect)
        except UnicodeEncodeError as error:
            raise RefusedError(f"the request is no valid Unicode ({error.reason})") from None
        return await self._transport.post("/chat/completions", body)

    def _read(self, answer: Answer) -> Completion:
        if answer.moved is not None and answer.method != "POST":
            raise self._faults.explain_redirect(answer.moved, answer.url)
        try:
            reply = json.loads(answer.content)
            error = read_error(reply)
            if error is None:
                return self._faults.hide_key(read_completion(reply))
        except (ValueError, RecursionError):
            content_type = answer.headers.get("content-type", "")
            raise self._faults.explain_reply(answer.content, content_type) from None
        raise self._faults.explain_status(error[0], answer.headers, error[1])

    def _note_limits(self, answer: Answer) -> None:
        limits = read_rate_limits(answer.raw_headers)
        if limits is not None:
            self.limits = limits

    def _explain_status(self, answer: Answer) -> BackendError:
        if answer.moved is not None and answer.moved not in KEEPS_METHOD:
            return self._faults.explain_redirect(answer.moved, answer.url)
        return self._faults.explain_status(answer.status, answer.headers, answer.text)

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

"""Any server that speaks OpenAI's chat completions, through OpenAI's SDK on its aiohttp transport.

The SDK's own retries are off (the retry layer owns them), its connection pool is as large as the limit of calls in
flight, and one deadline holds for the whole reply: a server that sends a byte a minute does not hold a slot for ever. A
feature that a server rejects (a schema, sampling parameters of classic models) is left out from then on, once a request
without it was answered. The key is in no message.

Source: https://github.com/openai/openai-python
Deviations: the SDK's reply model is not built (a tenth of its time, and stricter than servers are); HTTP proxies of the
environment are not used for addresses on this machine.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Awaitable
from typing import Any
from urllib.parse import urlsplit

from generator.backends.openai_faults import FaultReader
from generator.backends.openai_wire import Dialect, concede, make_body, read_completion, read_error
from generator.errors import BackendError, ConfigError, RefusedError, RetryableError
from generator.types import ChatRequest, Completion

OFFICIAL_URL = "https://api.openai.com/v1"
OFFICIAL_MODEL = "gpt-4.1-mini"  # used at OpenAI's own address where the user names none
UNNAMED_MODEL = "default"  # a server of one model takes any name
NO_KEY = "not-needed"  # the SDK wants some key; servers on this machine do not read it
CONNECT_S = 10.0  # to an address where nothing answers, not even with a refusal
KEEP_ALIVE_S = 4.0  # uvicorn, under many servers, drops an idle connection after 5: be the first
SPARE_FILES = 128  # open files beside the connections
_LOOPBACK = re.compile(r"^(localhost|127(\.\d+){3}|::1|0\.0\.0\.0)$")
_NO_LIST = frozenset({404, 405, 501})  # a server that does not list its models
_KEY = re.compile(r"^[!-~]+$")


def check_address(base_url: str | None, api_key_env: str) -> tuple[str, str | None]:
    """Return address and key to use. Raises `ConfigError` for a malformed address or key, or a missing key."""
    url = base_url or os.environ.get("OPENAI_BASE_URL") or OFFICIAL_URL
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or parts.scheme not in ("http", "https"):
        raise ConfigError(f"--base-url {url}: not an address; it looks like http://127.0.0.1:8000/v1.")
    if "@" in parts.netloc:
        raise ConfigError(f"--base-url: a key or password has no place in the address; put the key into {api_key_env}.")
    key = os.environ.get(api_key_env, "").strip()
    if key and not _KEY.match(key):
        raise ConfigError(f"{api_key_env}: not a key; it holds spaces or signs beyond ASCII.")
    if not key and not _LOOPBACK.match(host):
        raise ConfigError(
            f"No key for {host}: set {api_key_env}, or point --base-url at a server on this machine, "
            "or use --backend embedded, which needs none."
        )
    return url, key or None


def allow_connections(count: int) -> None:
    """Let this process hold so many connections. Raises `ConfigError` where the system does not."""
    try:
        import resource
    except ImportError:
        return  # Windows has no such limit
    wanted = count + SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (ValueError, OSError) as error:
        raise ConfigError(
            f"--concurrency {count}: the system allows this process {hard} open files. Ask for less, or raise "
            "`ulimit -n`."
        ) from error


class OpenAIBackend:
    """Chat completions from a server. One instance serves one event loop."""

    name = "openai"

    def __init__(self, *, base_url: str | None, api_key_env: str, timeout_s: float, connections: int) -> None:
        self._url, self._key = check_address(base_url, api_key_env)
        allow_connections(connections)
        self._timeout_s = timeout_s
        self._connections = connections
        self._client: Any = None
        self._dialect = Dialect()
        self._faults = FaultReader(self._url.partition("?")[0], self._key or "")

    async def complete(self, request: ChatRequest) -> Completion:
        """Answer one request. Raises the `BackendError` family."""
        import openai

        dialect = self._dialect
        while True:
            try:
                completion = self._read(await self._post(request, dialect))
            except openai.APIStatusError as error:
                conceded = concede(dialect, request, error.status_code, error.response.text)
                if conceded is None:
                    raise self._explain_status(error) from None
                dialect = conceded
            else:
                self._dialect = self._dialect.narrow(dialect)
                self._faults.has_answered = True
                return completion

    async def find_model(self) -> str:
        """Return the server's first model. Raises `BackendSetupError`, or `RetryableError` where it is not ready."""
        import httpx2
        import openai

        if self._url == OFFICIAL_URL:
            return OFFICIAL_MODEL
        try:
            response = await self._exchange(self._connect().get("/models", cast_to=httpx2.Response))
            return str(json.loads(response.content)["data"][0]["id"])
        except openai.APIStatusError as error:
            if error.status_code in _NO_LIST:
                return UNNAMED_MODEL
            raise self._explain_status(error) from None
        except (ValueError, LookupError, TypeError, RecursionError):
            return UNNAMED_MODEL  # it answers, but lists no models

    async def _post(self, request: ChatRequest, dialect: Dialect) -> Any:
        import httpx2

        try:
            body = make_body(request, dialect)
        except UnicodeEncodeError as error:
            raise RefusedError(f"the request is no valid Unicode ({error.reason})") from None
        client = self._connect()
        return await self._exchange(client.post("/chat/completions", cast_to=httpx2.Response, content=body))

    async def _exchange(self, exchange: Awaitable[Any]) -> Any:
        """Return the HTTP response. Raises `BackendError` where there is none, the SDK's own error for a bad status."""
        import aiohttp
        import httpx2
        import openai

        try:
            async with asyncio.timeout(self._timeout_s):
                response = await exchange
        except TimeoutError:
            raise RetryableError(f"no answer within {self._timeout_s:g} s") from None
        except openai.APIStatusError:
            self._faults.was_reached = True
            raise
        except (openai.APIConnectionError, httpx2.HTTPError, aiohttp.ClientError) as error:
            raise self._faults.explain_connection(_find_root(error)) from None
        self._faults.was_reached = True
        return response

    def _read(self, response: Any) -> Completion:
        if response.request.method != "POST":
            raise self._faults.explain_redirect(response.history[0].status_code, str(response.url))
        try:
            reply = json.loads(response.content)
            error = read_error(reply)
            if error is None:
                return read_completion(reply)
        except (ValueError, RecursionError):
            content_type = response.headers.get("content-type", "")
            raise self._faults.explain_reply(response.content, content_type) from None
        raise self._faults.explain_status(error[0], response.headers, error[1])

    def _explain_status(self, error: Any) -> BackendError:
        response = error.response
        if response.history and response.request.method != response.history[0].request.method:
            return self._faults.explain_redirect(response.history[0].status_code, str(response.url))
        return self._faults.explain_status(error.status_code, response.headers, response.text)

    def _connect(self) -> Any:
        if self._client is None:
            import httpx2
            import openai

            count = self._connections
            limits = httpx2.Limits(
                max_connections=count, max_keepalive_connections=count, keepalive_expiry=KEEP_ALIVE_S
            )
            timeout = httpx2.Timeout(None, connect=CONNECT_S)  # the deadline is set around the whole exchange
            is_local = _LOOPBACK.match(urlsplit(self._url).hostname or "") is not None
            try:
                transport = openai.DefaultAioHttpClient(limits=limits, timeout=timeout, trust_env=not is_local)
            except ValueError as error:
                raise self._faults.explain_proxy(error) from None
            self._client = openai.AsyncOpenAI(
                api_key=self._key or NO_KEY, base_url=self._url, max_retries=0, timeout=timeout, http_client=transport
            )
        return self._client

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()


def _find_root(error: BaseException) -> BaseException:
    """Return what the transport raised: the SDK wraps it twice, and calls a dropped connection a time-out."""
    import aiohttp

    while not isinstance(error, aiohttp.ClientError) and error.__cause__ is not None:
        error = error.__cause__
    return error

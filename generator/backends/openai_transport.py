"""HTTP to one server, through OpenAI's SDK on its aiohttp transport: a body out, a response back.

The SDK's own retries are off (the retry layer owns them), its pool of connections is a little larger than the limit of
calls in flight, and one deadline holds for the whole exchange: a server that sends a byte a minute holds no slot for ever.

A connection that lies idle may be closed by the server in the very moment it is used again. No keep-alive time of ours,
however short, rules that out: a server that stood still for some seconds looks at its timers before it looks at what has
come meanwhile, and closes all its idle connections with requests lying in them (seen with vLLM under uvloop). So where a
connection breaks and nothing was said on it, the request goes out a second time, on a connection of its own.

Source: https://github.com/openai/openai-python; https://www.rfc-editor.org/rfc/rfc9112#section-9.3.1 (retrying requests)
Deviations: the section allows it for requests that are safe to repeat; a chat completion is, but for its price, and the
retry layer would repeat it anyway. HTTP proxies of the environment are not used for addresses on this machine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from generator.backends.openai_address import is_on_this_machine
from generator.backends.openai_faults import FaultReader
from generator.errors import RetryableError

NO_KEY = "not-needed"  # the SDK wants some key; servers on this machine do not read it
CONNECT_S = 10.0  # to an address where nothing answers, not even with a refusal
KEEP_ALIVE_S = 4.0  # uvicorn, under many servers, drops an idle connection after 5: be the first
SPARE_CONNECTIONS = 2  # beside the calls in flight, so that a question about the server's load does not wait for one


class Transport:
    """The connections to one server. Raises `BackendError` where there is no response, the SDK's own for a bad status."""

    def __init__(self, url: str, key: str | None, faults: FaultReader, *, timeout_s: float, connections: int) -> None:
        self.url = url
        self._key = key
        self._faults = faults
        self._timeout_s = timeout_s
        self._connections = connections
        self._client: Any = None
        self._single: Any = None  # a client that keeps no connection

    async def post(self, path: str, content: bytes) -> Any:
        """Return the response to a POST."""
        import httpx2

        return await self._exchange(lambda client: client.post(path, cast_to=httpx2.Response, content=content))

    async def get(self, path: str) -> Any:
        """Return the response to a GET."""
        import httpx2

        return await self._exchange(lambda client: client.get(path, cast_to=httpx2.Response))

    async def _exchange(self, send: Callable[[Any], Awaitable[Any]]) -> Any:
        import aiohttp
        import httpx2
        import openai

        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._send(send)
        except TimeoutError:
            raise RetryableError(f"no answer within {self._timeout_s:g} s", overloaded=True) from None
        except openai.APIStatusError:
            self._faults.was_reached = True
            raise
        except (openai.APIConnectionError, httpx2.HTTPError, aiohttp.ClientError) as error:
            raise self._faults.explain_connection(_find_root(error)) from None
        self._faults.was_reached = True
        return response

    async def _send(self, send: Callable[[Any], Awaitable[Any]]) -> Any:
        import openai

        if self._client is None:
            self._client = self._make_client(KEEP_ALIVE_S)
        try:
            return await send(self._client)
        except openai.APIConnectionError as error:
            if not (self._faults.was_reached and _has_broken(error)):
                raise
        if self._single is None:
            self._single = self._make_client(0.0)
        return await send(self._single)

    def _make_client(self, keep_alive_s: float) -> Any:
        import httpx2
        import openai

        count = self._connections + SPARE_CONNECTIONS
        limits = httpx2.Limits(max_connections=count, max_keepalive_connections=count, keepalive_expiry=keep_alive_s)
        timeout = httpx2.Timeout(None, connect=CONNECT_S)  # the deadline is set around the whole exchange
        try:
            transport = openai.DefaultAioHttpClient(
                limits=limits, timeout=timeout, trust_env=not is_on_this_machine(self.url)
            )
        except ValueError as error:
            raise self._faults.explain_proxy(error) from None
        return openai.AsyncOpenAI(
            api_key=self._key or NO_KEY, base_url=self.url, max_retries=0, timeout=timeout, http_client=transport
        )

    async def close(self) -> None:
        """Close the connections."""
        for client in (self._client, self._single):
            if client is not None:
                await client.close()


def _has_broken(error: BaseException) -> bool:
    """Say whether a connection that stood was lost before any of the response came."""
    import aiohttp

    root = _find_root(error)
    never_stood = isinstance(root, aiohttp.ClientConnectorError)
    return isinstance(root, (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)) and not never_stood


def _find_root(error: BaseException) -> BaseException:
    """Return what the transport raised: the SDK wraps it twice, and calls a dropped connection a time-out."""
    import aiohttp

    while not isinstance(error, aiohttp.ClientError) and error.__cause__ is not None:
        error = error.__cause__
    return error

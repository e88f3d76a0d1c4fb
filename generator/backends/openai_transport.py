"""HTTP to one server: a body out, an answer back, over aiohttp and signed as OpenAI's SDK signs.

The SDK says which headers a request carries (key, organisation, project, its own name), once. The exchange itself goes
straight to aiohttp, which is the SDK's own fastest transport: what the SDK lays over it (options, copies, two models of a
request, four layers of a client) is nine tenths of what a call costs there, and with some hundred calls in flight it
delays them all.

There are no retries here (the retry layer owns them), a little more connections than calls in flight, and one deadline
for the whole exchange: a server that sends a byte a minute holds no slot for ever.

A connection that lies idle may be closed by the server in the very moment it is used again. No keep-alive time of ours,
however short, rules that out: a server that stood still for some seconds looks at its timers before it looks at what has
come meanwhile, and closes all its idle connections with requests lying in them (seen with vLLM under uvloop). So where a
connection breaks and nothing was said on it, the request goes out a second time, on a connection of its own.

Source: https://github.com/openai/openai-python; https://docs.aiohttp.org;
https://www.rfc-editor.org/rfc/rfc9112#section-9.3.1 (retrying requests)
Deviations: the section allows it for requests that are safe to repeat; a chat completion is, but for its price, and the
retry layer would repeat it anyway. HTTP proxies of the environment are not used for addresses on this machine.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from generator.backends.openai_address import OFFICIAL_URL, is_on_this_machine
from generator.backends.openai_faults import FaultReader
from generator.errors import RetryableError

NO_KEY = "not-needed"  # the SDK wants some key; servers on this machine do not read it
CONNECT_S = 10.0  # to an address where nothing answers, not even with a refusal
KEEP_ALIVE_S = 4.0  # uvicorn, under many servers, drops an idle connection after 5: be the first
SPARE_CONNECTIONS = 2  # beside the calls in flight, so that a question about the server's load does not wait for one
PROXY_SCHEMES = ("http", "https")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered, whatever the status.

    `headers` can be asked in any case; `method` and `url` are those of the last request, after redirects, of which
    `moved` is the first one's status.
    """

    status: int
    headers: Mapping[str, str]
    raw_headers: Sequence[tuple[bytes, bytes]]
    content: bytes
    method: str
    url: str
    moved: int | None

    @property
    def is_success(self) -> bool:
        """Whether the status says that all went well."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The content as text."""
        return self.content.decode("utf-8", "replace")


class Transport:
    """The connections to one server. Raises `BackendError` where no answer comes."""

    def __init__(self, url: str, key: str | None, faults: FaultReader, *, timeout_s: float, connections: int) -> None:
        self.url = url
        self._key = key
        self._faults = faults
        self._timeout_s = timeout_s
        self._connections = connections
        self._session: Any = None
        self._single: Any = None  # a session that keeps no connection

    async def post(self, path: str, content: bytes) -> Answer:
        """Return the answer to a POST."""
        return await self._exchange("POST", self._locate(path), content)

    async def get(self, place: str) -> Answer:
        """Return the answer to a GET of a path, or of a whole address."""
        return await self._exchange("GET", place if "://" in place else self._locate(place), None)

    def _locate(self, path: str) -> str:
        base, sign, query = self.url.partition("?")
        return base.rstrip("/") + path + sign + query

    async def _exchange(self, method: str, url: str, content: bytes | None) -> Answer:
        import aiohttp

        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await self._send(method, url, content)
        except aiohttp.ClientError as error:
            raise self._faults.explain_connection(error) from None
        except TimeoutError:
            raise RetryableError(f"no answer within {self._timeout_s:g} s", overloaded=True) from None
        except (OSError, ValueError) as error:  # what aiohttp lets through of a socket, a codec or a name
            raise self._faults.explain_connection(error) from None
        self._faults.was_reached = True
        return answer

    async def _send(self, method: str, url: str, content: bytes | None) -> Answer:
        import aiohttp

        if self._session is None:
            self._session = self._make_session(KEEP_ALIVE_S)
        try:
            return await _request(self._session, method, url, content)
        except aiohttp.ClientError as error:
            if not (self._faults.was_reached and _has_broken(error)):
                raise
        if self._single is None:
            self._single = self._make_session(0.0)
        return await _request(self._single, method, url, content)

    def _make_session(self, keep_alive_s: float) -> Any:
        import aiohttp
        import httpx2

        count = self._connections + SPARE_CONNECTIONS
        kept: dict[str, Any] = {"keepalive_timeout": keep_alive_s} if keep_alive_s else {"force_close": True}
        # The SDK's own choice of certificates: those of SSL_CERT_FILE or SSL_CERT_DIR, else certifi's.
        trusted = httpx2.create_ssl_context() if self.url.startswith("https") else True
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=count, ssl=trusted, **kept), headers=self._sign(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S), proxy=self._find_proxy(),
            cookie_jar=aiohttp.DummyCookieJar(),
        )  # fmt: skip

    def _sign(self) -> dict[str, str]:
        """Return the headers that the SDK gives a request."""
        import openai

        # Never used: without it, the SDK would look for proxies of its own. It trusts nobody, which takes no time to load.
        unused = openai.DefaultAioHttpClient(trust_env=False, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        client = openai.AsyncOpenAI(
            api_key=self._key or NO_KEY, base_url=OFFICIAL_URL, max_retries=0, http_client=unused
        )
        headers = client.default_headers | client.auth_headers
        return {name: value for name, value in headers.items() if isinstance(value, str)}

    def _find_proxy(self) -> str | None:
        """Return the proxy that the environment names for this server. Raises `BackendSetupError` for a bad one."""
        parts = urlsplit(self.url)
        if is_on_this_machine(self.url) or proxy_bypass(parts.netloc):
            return None
        proxies = getproxies()
        proxy = proxies.get(parts.scheme) or proxies.get("all")
        if not proxy:
            return None
        proxy = proxy if "://" in proxy else f"http://{proxy}"
        if urlsplit(proxy).scheme not in PROXY_SCHEMES:
            raise self._faults.explain_proxy(ValueError(f"{urlsplit(proxy).scheme} is no way to a proxy that is known"))
        return proxy

    async def close(self) -> None:
        """Close the connections."""
        for session in (self._session, self._single):
            if session is not None:
                await session.close()


async def _request(session: Any, method: str, url: str, content: bytes | None) -> Answer:
    async with session.request(method, url, data=content) as response:
        history = response.history
        return Answer(
            response.status, response.headers, response.raw_headers, await response.read(), response.method,
            str(response.url), history[0].status if history else None,
        )  # fmt: skip


def _has_broken(error: Exception) -> bool:
    """Say whether a connection that stood was lost before any of the answer came."""
    import aiohttp

    never_stood = isinstance(error, aiohttp.ClientConnectorError)
    return isinstance(error, (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)) and not never_stood

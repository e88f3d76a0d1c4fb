"""What went wrong between here and a server, in our own errors: what may work later, what never will, and for whom.

What holds for every request (address, key, model) is a fault of the setup *until the server has answered once*: then it
may be a gateway that is being changed, and is tried again. The key is in no message.

Source: https://www.rfc-editor.org/rfc/rfc9110 (status codes, Retry-After); https://platform.openai.com/docs/guides/error-codes
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from email.utils import parsedate_to_datetime

from generator.backends.openai_wire import find_message
from generator.errors import BackendError, BackendSetupError, RefusedError, RetryableError
from generator.types import Completion

LONGEST_QUOTE = 300
HIDDEN = "[key]"
# A key that is one: local servers are given words like `EMPTY` or `ollama`, which a text may hold in its own right.
_SECRET = re.compile(r"(?=\S*\d)\S{8}|\S{16}")
_TOO_LARGE = re.compile(r"request too large", re.IGNORECASE)  # OpenAI's 429 for a request above the limit of a minute
_NO_MONEY = "insufficient_quota"  # OpenAI's 429 for an account without credit: no waiting helps
_NO_MODEL = "model_not_found"  # OpenAI's code, which some servers send with 400
_MARKUP = re.compile(r"<(script|style)\b.*?</\1>|<[^>]{0,500}>", re.DOTALL | re.IGNORECASE)
_PROXIES = "Check HTTP_PROXY, HTTPS_PROXY and ALL_PROXY, or name the host in NO_PROXY."
_LOOKED_AT = 20_000  # characters of an error page
PAGES_IN_A_ROW = 4  # web pages from a server that has said nothing else: there is no API at the address


class FaultReader:
    """Turns what a server said, or how a connection ended, into a `BackendError`. `key` is kept out of all of them."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self._key = key
        self.was_reached = False  # something speaks HTTP at the address
        self.has_answered = False  # … and has given a completion
        self._pages = 0  # web pages in a row, with nothing else said between them

    def explain_status(self, status: int, headers: Mapping[str, str], body: str) -> BackendError:
        """Return the error for an HTTP status other than success."""
        self._pages = 0
        if 300 <= status < 400:
            return self.explain_redirect(status, headers.get("location", "nowhere"))
        said = self.quote(body)
        what = f"HTTP {status}: {said}" if said else f"HTTP {status}"
        if status == 401 or (status == 403 and not self.has_answered):
            return BackendSetupError(f"{self.url} refused the key ({what}). Check the key and its rights.")
        if status == 402 or (status == 429 and _NO_MONEY in body):
            return BackendSetupError(f"{self.url} wants payment ({what}). Check the account's credit.")
        is_unknown = status in (404, 405) or (status == 400 and _NO_MODEL in body)
        if is_unknown and not self.has_answered:
            return BackendSetupError(
                f"{self.url} knows no such address or model ({what}). Check --base-url (it usually ends in /v1) and "
                "--model."
            )
        if status in (404, 405, 408, 409, 425) or (status >= 500 and status != 501):
            wait_s = read_retry_after(headers)
            is_overloaded = status == 529 or (status == 503 and wait_s is not None)
            return RetryableError(
                what, retry_after_s=wait_s, limited=is_overloaded, overloaded=status in (503, 504, 529)
            )
        if status == 429 and not _TOO_LARGE.search(body):
            return RetryableError(what, retry_after_s=read_retry_after(headers), limited=True)
        return RefusedError(what, is_answer=True)

    def explain_redirect(self, status: int, target: str) -> BackendError:
        """Return the error for a redirect that cannot be followed without losing the request."""
        return BackendSetupError(
            f"{self.url} has moved to {self.quote(target)} (HTTP {status}). Give --base-url the new address."
        )

    def explain_reply(self, body: bytes, content_type: str) -> BackendError:
        """Return the error for a reply with status 200 that is no chat completion."""
        said = self.quote(body[:_LOOKED_AT].decode("utf-8", "replace"))
        self._pages = self._pages + 1 if "html" in content_type else 0
        if self._pages >= PAGES_IN_A_ROW and not self.has_answered:  # one alone may be a proxy's passing excuse
            return BackendSetupError(
                f"{self.url} answers with a web page ({said}). Check --base-url (it usually ends in /v1)."
            )
        return RetryableError(f"not a chat completion: {said}")

    def explain_connection(self, error: BaseException) -> BackendError:
        """Return the error for a call without a whole reply; `error` is what the transport raised, at the root."""
        import aiohttp

        said = self.quote(str(error)) or type(error).__name__
        if isinstance(error, aiohttp.ClientProxyConnectionError) and not self.was_reached:
            return BackendSetupError(f"The proxy on the way to {self.url} does not answer ({said}). {_PROXIES}")
        if isinstance(error, aiohttp.TooManyRedirects) and not self.has_answered:
            return BackendSetupError(f"{self.url} redirects in a circle. Check --base-url.")
        insecure = (aiohttp.ClientSSLError, aiohttp.ClientConnectorCertificateError)
        if isinstance(error, insecure) and not self.was_reached:
            return BackendSetupError(f"No secure connection to {self.url} ({said}). Check the server's certificate.")
        unreachable = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
        if isinstance(error, unreachable) and not self.was_reached:
            return BackendSetupError(f"Nothing answers at {self.url} ({said}). Is the server up? Check --base-url.")
        if isinstance(error, ValueError) and not self.was_reached:
            return BackendSetupError(f"{self.url}: not an address that can be asked ({said}). Check --base-url.")
        if isinstance(error, aiohttp.ClientResponseError) and not self.was_reached:
            return BackendSetupError(f"What answers at {self.url} does not speak HTTP ({said}). Check --base-url.")
        if isinstance(error, aiohttp.ClientPayloadError):
            return RetryableError(f"the answer broke off ({said})")
        return RetryableError(f"the connection failed ({said})")

    def explain_proxy(self, error: Exception) -> BackendError:
        """Return the error for a proxy that the environment names in no way that can be used."""
        said = self.quote(str(error))
        return BackendSetupError(f"The proxy on the way to {self.url} cannot be used ({said}). {_PROXIES}")

    def quote(self, text: str) -> str:
        """Return what a text says: an error's message or a page's words, one line, short, and without the key."""
        text = text[:_LOOKED_AT]
        try:
            text = find_message(json.loads(text)) or text
        except (ValueError, RecursionError):
            text = _MARKUP.sub(" ", text)
        shown = "".join(sign if sign.isprintable() else " " for sign in text)
        return " ".join(self._redact(shown).split())[:LONGEST_QUOTE]

    def hide_key(self, completion: Completion) -> Completion:
        """Return the completion without the key, where a server that echoes what it was sent has put it in."""
        said = (completion.text, completion.finish_reason, completion.model, completion.reasoning or "")
        if not _SECRET.match(self._key) or not any(self._key in text for text in said):
            return completion
        text, finish_reason, model, reasoning = map(self._redact, said)
        return replace(
            completion, text=text, finish_reason=finish_reason, model=model, reasoning=reasoning or None, logprobs=None
        )

    def _redact(self, text: str) -> str:
        return text.replace(self._key, HIDDEN) if self._key else text


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that the server asks to wait: `retry-after-ms`, or `retry-after` in seconds or as a date."""
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) * unit_s
        except (KeyError, ValueError):
            continue
        return max(0.0, seconds) if math.isfinite(seconds) else None
    when = _read_date(headers, "retry-after")
    now = _read_date(headers, "date")  # the server's own clock, where it says it: ours may differ
    return None if when is None else max(0.0, when - (time.time() if now is None else now))


def _read_date(headers: Mapping[str, str], name: str) -> float | None:
    try:
        return parsedate_to_datetime(headers[name]).timestamp()
    except (KeyError, ValueError, TypeError, OverflowError):
        return None

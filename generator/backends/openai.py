"""Any server that speaks OpenAI's chat completions, through OpenAI's SDK on its aiohttp transport.

The SDK's own retries are off (the retry layer owns them), its connection pool is as large as the limit of calls in
flight, and its reply is read tolerantly: usage, finish reason and model may be missing. What is not a chat completion at
all is a fault that may pass, never an empty answer.

Source: https://github.com/openai/openai-python; https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from generator.errors import BackendError, BackendSetupError, ConfigError, RefusedError, RetryableError
from generator.types import ChatRequest, Completion, Sampling, Usage

OFFICIAL_URL = "https://api.openai.com/v1"
OFFICIAL_MODEL = "gpt-4.1-mini"  # used at OpenAI's own address where the user names none
UNNAMED_MODEL = "default"  # a server of one model takes any name
NO_KEY = "not-needed"  # the SDK wants some key; servers on this machine do not read it
_LOOPBACK = re.compile(r"^(localhost|127(\.\d+){3}|\[?::1\]?)$")
_REASONING_MODEL = re.compile(r"^(o\d|gpt-5)")  # these take max_completion_tokens and refuse temperature and top_p
_LONGEST_QUOTE = 300


def check_address(base_url: str | None, api_key_env: str) -> str:
    """Return the key to use for an address. Raises `ConfigError` for a malformed address or a missing key."""
    parts = urlsplit(base_url or OFFICIAL_URL)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"--base-url {base_url}: not an address; it looks like http://127.0.0.1:8000/v1.")
    key = os.environ.get(api_key_env, "").strip()
    if not key and not _LOOPBACK.match(parts.hostname):
        raise ConfigError(
            f"No key for {parts.hostname}: set {api_key_env}, or point --base-url at a server on this machine, "
            "or use --backend embedded, which needs none."
        )
    return key or NO_KEY


class OpenAIBackend:
    """Chat completions from a server. One instance serves one event loop."""

    name = "openai"

    def __init__(self, *, base_url: str | None, api_key_env: str, timeout_s: float, connections: int) -> None:
        base_url = base_url or os.environ.get("OPENAI_BASE_URL")
        self._key = check_address(base_url, api_key_env)
        self._url = base_url or OFFICIAL_URL
        self._timeout_s = timeout_s
        self._connections = connections
        self._client: Any = None
        self._has_answered = False
        self._takes_schema = True

    async def complete(self, request: ChatRequest) -> Completion:
        """Answer one request. Raises the `BackendError` family."""
        body = _make_body(request, with_schema=self._takes_schema)
        try:
            reply = await self._post(body)
        except RefusedError as error:
            if "response_format" not in body or not re.search(r"response_format|schema|grammar", str(error)):
                raise
            self._takes_schema = False
            reply = await self._post(_make_body(request, with_schema=False))
        completion = read_completion(reply)
        self._has_answered = True
        return completion

    async def find_model(self) -> str:
        """Return the server's first model. Raises `BackendSetupError` where nothing answers at the address."""
        import openai

        if self._url == OFFICIAL_URL:
            return OFFICIAL_MODEL
        try:
            models = await self._connect().models.list()
            return str(models.data[0].id)
        except openai.APIConnectionError as error:
            raise self._explain_connection(error) from None
        except (openai.OpenAIError, AttributeError, IndexError, TypeError, ValueError):
            return UNNAMED_MODEL  # it answers, but lists no models

    def _connect(self) -> Any:
        if self._client is None:
            import httpx2
            import openai

            limits = httpx2.Limits(max_connections=self._connections, max_keepalive_connections=self._connections)
            self._client = openai.AsyncOpenAI(
                api_key=self._key, base_url=self._url, max_retries=0, timeout=self._timeout_s,
                http_client=openai.DefaultAioHttpClient(limits=limits),
            )  # fmt: skip
        return self._client

    async def _post(self, body: Mapping[str, Any]) -> bytes:
        import httpx2
        import openai

        try:
            response = await self._connect().post("/chat/completions", cast_to=httpx2.Response, body=body)
            return bytes(response.content)
        except openai.APIStatusError as error:
            raise self._explain_status(error) from None
        except openai.APITimeoutError:
            raise RetryableError(f"no answer within {self._timeout_s:g} s") from None
        except openai.APIConnectionError as error:
            raise self._explain_connection(error) from None
        except httpx2.HTTPError as error:  # a body that was cut off
            raise RetryableError(f"the answer broke off ({type(error).__name__})") from None

    def _explain_status(self, error: Any) -> BackendError:
        status = int(error.status_code)
        said = self._redact(_quote(error))
        if status in (408, 409, 425, 429) or status >= 500:
            wait_s = _read_retry_after(error.response.headers)
            return RetryableError(f"HTTP {status}: {said}", retry_after_s=wait_s, limited=status == 429)
        if status in (401, 403):
            return BackendSetupError(f"{self._url} refused the key (HTTP {status}: {said}). Check the key and its rights.")
        if status == 404:
            return BackendSetupError(
                f"{self._url} knows no such address or model (HTTP 404: {said}). Check --base-url (it usually ends in "
                "/v1) and --model."
            )
        return RefusedError(f"HTTP {status}: {said}")

    def _explain_connection(self, error: Any) -> BackendError:
        import httpx2

        cause = error.__cause__
        said = self._redact(str(cause or error))[:_LONGEST_QUOTE]
        if not self._has_answered and isinstance(cause, httpx2.ConnectError):
            return BackendSetupError(f"Nothing answers at {self._url} ({said}). Is the server up? Check --base-url.")
        return RetryableError(f"connection failed: {said}")

    def _redact(self, text: str) -> str:
        return text if self._key == NO_KEY else text.replace(self._key, "[key]")

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()


def _make_body(request: ChatRequest, *, with_schema: bool) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [{"role": role, "content": content} for role, content in request.messages],
    }
    body |= _make_sampling(request.sampling, reasoning=bool(_REASONING_MODEL.match(request.model)))
    if request.schema is not None and with_schema:
        schema = {"name": "reply", "schema": dict(request.schema), "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return body


def _make_sampling(sampling: Sampling, *, reasoning: bool) -> dict[str, Any]:
    limit = "max_completion_tokens" if reasoning else "max_tokens"
    values: dict[str, Any] = {limit: sampling.max_tokens, "stop": list(sampling.stop) or None}
    if not reasoning:
        values |= {
            "temperature": sampling.temperature, "top_p": sampling.top_p, "presence_penalty": sampling.presence_penalty,
        }  # fmt: skip
    return {name: value for name, value in values.items() if value is not None}


def read_completion(body: bytes) -> Completion:
    """Return the completion in a server's reply. Raises `RetryableError` where it is none."""
    try:
        reply = json.loads(body)
        choice = reply["choices"][0]
        message = choice["message"]
        text = message.get("content")
        reasoning = message.get("reasoning_content") or message.get("reasoning")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        raise RetryableError(f"not a chat completion: {body[:80]!r}") from None
    if message.get("refusal") or choice.get("finish_reason") == "content_filter":
        raise RefusedError(f"refused by the server: {message.get('refusal') or 'content filter'}")
    if text is not None and not isinstance(text, str):
        raise RetryableError("the message's content is not a text")
    return Completion(
        text=text or "", finish_reason=str(choice.get("finish_reason") or "stop"), model=str(reply.get("model") or ""),
        usage=_read_usage(reply.get("usage")), reasoning=reasoning if isinstance(reasoning, str) else None,
    )  # fmt: skip


def _read_usage(usage: object) -> Usage:
    if not isinstance(usage, Mapping):
        return Usage()
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, Mapping) else None
    counts = [usage.get("prompt_tokens"), usage.get("completion_tokens"), cached]
    return Usage(*(count if isinstance(count, int) and count >= 0 else None for count in counts))


def _read_retry_after(headers: Mapping[str, str]) -> float | None:
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) * unit_s)
        except (KeyError, ValueError):
            continue
    return None


def _quote(error: Any) -> str:
    body = error.body
    said = body.get("message") if isinstance(body, Mapping) else None
    return str(said or error.message)[:_LONGEST_QUOTE]

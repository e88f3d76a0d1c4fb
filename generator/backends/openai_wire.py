"""What goes over the wire in OpenAI's chat completions: requests out, replies in. Pure.

A reply is read tolerantly, because servers differ: usage, finish reason and model may be missing, the content may come
in parts, and thinking may stand in a field of its own; it is kept apart. What is not a chat completion at all is never
taken for an empty answer. What a server understands of a request is its dialect.

Source: https://platform.openai.com/docs/api-reference/chat; vLLM, llama.cpp, Mistral and OpenRouter for the variants.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from generator.backends.openai_dialect import Dialect, ask_in_words, describe_schema
from generator.backends.openai_logprobs import read_logprobs
from generator.types import ChatRequest, Completion, Sampling, Usage

REFUSED = "content_filter"  # the finish reason of a refusal, whichever way the server says it
_ERROR_STATUS = re.compile(r"[45]\d\d", re.ASCII)
_THOUGHT = re.compile(r"think|thought|reason", re.IGNORECASE)  # in the type of a part of a content
_REASONING_MODEL = re.compile(r"^([\w.-]+/)?(o\d|gpt-5)")  # take max_completion_tokens, but no temperature or stop


def make_body(request: ChatRequest, dialect: Dialect) -> bytes:
    """Return the request as JSON. Raises `UnicodeEncodeError` where a text is no valid Unicode."""
    messages = [{"role": role, "content": content} for role, content in request.messages]
    body: dict[str, Any] = {"model": request.model, "messages": messages}
    classic = dialect.classic and _REASONING_MODEL.match(request.model) is None
    body |= _describe_sampling(request.sampling, classic=classic)
    if request.logprobs and dialect.logprobs:
        body |= {"logprobs": True, "top_logprobs": request.logprobs}
    if request.schema is not None:
        body |= describe_schema(request.schema, dialect.ways[0])
        ask_in_words(messages, request.schema, dialect.ways[0])
    return json.dumps(body, ensure_ascii=False, allow_nan=False).encode()


def _describe_sampling(sampling: Sampling, *, classic: bool) -> dict[str, Any]:
    if not classic:
        return {} if sampling.max_tokens is None else {"max_completion_tokens": sampling.max_tokens}
    values = {
        "max_tokens": sampling.max_tokens, "temperature": sampling.temperature, "top_p": sampling.top_p,
        "presence_penalty": sampling.presence_penalty, "stop": list(sampling.stop) or None,
    }  # fmt: skip
    return {name: value for name, value in values.items() if value is not None}


def read_error(reply: object) -> tuple[int, str] | None:
    """Return status and message where a reply with status 200 says an error all the same, else None."""
    if not isinstance(reply, Mapping) or reply.get("choices"):
        return None
    error = reply if reply.get("object") == "error" else reply.get("error")
    if not error:
        return None
    code = str(error.get("code")) if isinstance(error, Mapping) else ""
    return (int(code) if _ERROR_STATUS.fullmatch(code) else 500), find_message(reply)


def find_message(reply: object) -> str:
    """Return what an error's body says, whichever form it has; empty where it says nothing."""
    for name in ("error", "message", "detail", "msg"):
        if isinstance(reply, Mapping) and reply.get(name):
            return find_message(reply[name])
    if isinstance(reply, list):
        return "; ".join(filter(None, map(find_message, reply)))
    return reply if isinstance(reply, str) else ""


def read_completion(reply: object) -> Completion:
    """Return the completion in a server's reply (parsed JSON). Raises `ValueError` where it holds none."""
    try:
        choice = reply["choices"][0]  # type: ignore[index]
        message = choice["message"]
        reason = str(choice.get("finish_reason") or "stop")
        text, thought, refusal = _read_content(message.get("content"))
        thought = message.get("reasoning_content") or message.get("reasoning") or thought
        refusal = message.get("refusal") or refusal
        model = str(reply.get("model") or "")  # type: ignore[attr-defined]
        usage = _read_usage(reply.get("usage"))  # type: ignore[attr-defined]
        logprobs = read_logprobs(choice.get("logprobs"))
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise ValueError("not a chat completion") from error
    if reason == "error":
        raise ValueError("the server broke off")
    if refusal or reason == REFUSED:
        text, reason = str(refusal or text), REFUSED
    reasoning = thought if isinstance(thought, str) and thought else None
    return Completion(text, reason, model, usage, reasoning, logprobs=logprobs)


def _read_content(content: object) -> tuple[str, str, str]:
    """Return text, thinking and refusal of a message's content: a text, None, or a list of parts."""
    if content is None:
        return "", "", ""
    if isinstance(content, str):
        return content, "", ""
    if not isinstance(content, list):
        raise TypeError(f"content is a {type(content).__name__}")
    told: dict[str, str] = {"text": "", "thinking": "", "refusal": ""}
    for part in content:
        is_thought = _THOUGHT.search(str(part.get("type"))) is not None
        for name in told:
            inner = part.get(name)
            kind = "thinking" if is_thought and name == "text" else name
            told[kind] += _read_content(inner)[0] if isinstance(inner, (str, list)) else ""
    return told["text"], told["thinking"], told["refusal"]


def _read_usage(usage: object) -> Usage:
    if not isinstance(usage, Mapping):
        return Usage()
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, Mapping) else None
    counts = [usage.get("prompt_tokens"), usage.get("completion_tokens"), cached]
    return Usage(*(count if type(count) is int and count >= 0 else None for count in counts))

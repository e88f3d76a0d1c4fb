"""Log-probabilities in a reply, in the two forms that servers give them; read tolerantly, like the rest of a reply. Pure.

Source: https://platform.openai.com/docs/api-reference/chat (`logprobs.content`); the older form of completions
(`tokens`, `token_logprobs`, `top_logprobs`) is what llama-cpp-python sends for chats as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from generator.types import TokenLogprobs

LEAST_LOGPROB = -9999.0  # what OpenAI and vLLM send for a token that is impossible; some send minus infinity


def read_logprobs(told: object) -> tuple[TokenLogprobs, ...] | None:
    """Return the log-probabilities of a choice, one entry a token; None where there are none that can be read."""
    if not isinstance(told, Mapping):
        return None
    try:
        content = told.get("content")
        places = tuple(_read_content(content) if content else _read_columns(told))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    return places or None


def _read_content(content: Any) -> Iterator[TokenLogprobs]:
    for place in content:
        top = [
            (_read_token(other["token"]), floor_logprob(other["logprob"])) for other in place.get("top_logprobs") or ()
        ]
        yield TokenLogprobs(_read_token(place["token"]), floor_logprob(place["logprob"]), tuple(top))


def _read_columns(told: Mapping[str, Any]) -> Iterator[TokenLogprobs]:
    tokens = told.get("tokens") or []
    tops = told.get("top_logprobs") or [None] * len(tokens)
    for token, logprob, top in zip(tokens, told.get("token_logprobs") or [], tops, strict=True):
        ranked = sorted((top or {}).items(), key=lambda item: -item[1])
        likeliest = tuple((_read_token(other), floor_logprob(value)) for other, value in ranked)
        yield TokenLogprobs(_read_token(token), floor_logprob(logprob), likeliest)


def _read_token(token: object) -> str:
    if not isinstance(token, str):
        raise TypeError("not a token")
    return token


def floor_logprob(value: Any) -> float:
    """Return a log-probability between `LEAST_LOGPROB` and 0. Raises `ValueError` where it is no number."""
    logprob = float(value)
    if math.isnan(logprob):
        raise ValueError("not a number")
    return min(0.0, max(LEAST_LOGPROB, logprob))

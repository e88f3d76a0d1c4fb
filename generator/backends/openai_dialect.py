"""What one server understands, learned from what it refuses: structured output step by step, and parameters to leave out.

Structured output is asked for in the strongest way first. A way that the server refuses is left for the next one, for
good, once a request without it was answered: where the weaker request fails as well, the request itself was at fault.
Which way was taken is no part of a request, nor of its key; every reply is validated, whatever way it came.

Source: https://platform.openai.com/docs/guides/structured-outputs; vLLM's and llama-cpp-python's servers for the others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from generator.types import ChatRequest

# The ways to ask for a reply by schema, the strongest first; each a name, as a person is told of it.
JSON_SCHEMA = "json_schema"
OBJECT_WITH_SCHEMA = "json_object with a schema"  # llama-cpp-python
JSON_OBJECT = "json_object"
IN_WORDS = "plain text, with the schema in the prompt"
STRUCTURED_OUTPUTS = "structured_outputs"  # vLLM's own; its older `guided_*` are ignored without a word
WAYS = (JSON_SCHEMA, OBJECT_WITH_SCHEMA, JSON_OBJECT, IN_WORDS)
VLLM_WAYS = (STRUCTURED_OUTPUTS, *WAYS)

_CLASSIC = frozenset({"max_tokens", "temperature", "top_p", "presence_penalty", "stop"})
_SCHEMA_WORDS = re.compile(r"response_format|json_schema|json_object|schema|grammar|guided|structured", re.IGNORECASE)
_UNSUPPORTED = ("unsupported_parameter", "unsupported_value")  # OpenAI's error codes
_REJECTING = frozenset({400, 404, 422, 500, 501})
_WORDS = "Reply with one JSON object that meets this JSON schema, and with nothing else:\n"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a server understands: the ways left to ask for a schema, best first; classic sampling; log-probabilities."""

    ways: tuple[str, ...] = WAYS
    classic: bool = True
    logprobs: bool = True

    def leave_way(self) -> Dialect:
        """Return the dialect that asks for a schema in the next way."""
        return replace(self, ways=self.ways[1:])

    def narrow(self, other: Dialect) -> Dialect:
        """Return what both understand."""
        if self == other:
            return self
        return Dialect(
            min(self.ways, other.ways, key=len), self.classic and other.classic, self.logprobs and other.logprobs
        )


def concede(dialect: Dialect, request: ChatRequest, status: int, said: str) -> Dialect | None:
    """Return the dialect to try after a rejection that blames a feature; None where it blames none to do without."""
    if status not in _REJECTING:
        return None
    if dialect.logprobs and request.logprobs and "logprobs" in said:
        return replace(dialect, logprobs=False)
    if dialect.classic and any(code in said for code in _UNSUPPORTED) and any(f'"{name}"' in said for name in _CLASSIC):
        return replace(dialect, classic=False)
    if request.schema is not None and len(dialect.ways) > 1 and _SCHEMA_WORDS.search(said):
        return dialect.leave_way()
    return None


def list_lost(before: Dialect, after: Dialect) -> list[str]:
    """Return what a server was found not to understand, in words."""
    lost = []
    if before.ways != after.ways:
        refused = ", ".join(f"`{way}`" for way in before.ways[: -len(after.ways)])
        lost.append(f"it takes no {refused}; replies by schema are asked for as {after.ways[0]}, and validated as ever")
    if before.classic and not after.classic:
        lost.append("its model takes no sampling parameters but a limit of tokens")
    if before.logprobs and not after.logprobs:
        lost.append("it gives no log-probabilities")
    return lost


def describe_schema(schema: Mapping[str, Any], way: str) -> dict[str, Any]:
    """Return the fields of a request's body that ask for a reply by schema."""
    if way == STRUCTURED_OUTPUTS:
        return {"structured_outputs": {"json": schema}}
    if way == JSON_SCHEMA:
        named = {"name": "reply", "schema": schema, "strict": True}
        return {"response_format": {"type": "json_schema", "json_schema": named}}
    if way == OBJECT_WITH_SCHEMA:
        return {"response_format": {"type": "json_object", "schema": schema}}
    return {"response_format": {"type": "json_object"}} if way == JSON_OBJECT else {}


def ask_in_words(messages: list[dict[str, str]], schema: Mapping[str, Any], way: str) -> None:
    """Append the schema to the last message where the server does not hold the reply to it."""
    if way in (JSON_OBJECT, IN_WORDS) and messages:
        asked = f"{_WORDS}{json.dumps(schema, ensure_ascii=False)}"
        messages[-1] = messages[-1] | {"content": f"{messages[-1]['content']}\n\n{asked}"}

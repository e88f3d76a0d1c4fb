"""A record as the messages of a chat, for all forms that are made of them."""

from __future__ import annotations

from collections.abc import Sequence

from generator.conversation import join_turns
from generator.types import Example, Turn

Message = dict[str, str]

CHAT = frozenset({"instruction", "response", "system", "history"})  # what messages carry
JOINED = frozenset({"input"})  # it goes into the user's message, after an empty line, as the model that answered saw it
NO_RESPONSE = "without a response"


def join_task(example: Example) -> str:
    """Return instruction and input as one text."""
    return f"{example.instruction}\n\n{example.input}" if example.input else example.instruction


def _join(example: Example, response: str) -> Sequence[Turn]:
    system = example.system or None
    return join_turns(join_task(example), response, system=system, history=example.history, tags=example.tags)


def make_messages(example: Example) -> list[Message]:
    """Return the whole conversation."""
    return [turn.model_dump() for turn in _join(example, example.response)]


def make_prompt(example: Example) -> list[Message]:
    """Return the conversation up to where the response comes."""
    return [turn.model_dump() for turn in _join(example, "")]


def make_reply(text: str) -> list[Message]:
    """Return the model's message."""
    return [{"role": "assistant", "content": text}]

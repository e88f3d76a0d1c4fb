"""A conversation ⇄ a task: the last user turn is the instruction, the last assistant turn after it the response.

What is said before the instruction is the history. What stands between the instruction and the response (calls of
tools and what they gave) is kept in the tag `between`, as JSON, since a record has no other place for it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from generator.types import Turn

BETWEEN = "between"  # the tag


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as the parts of a task; `instruction` is None where no user says anything."""

    system: str | None
    history: tuple[Turn, ...]
    instruction: str | None
    between: tuple[Turn, ...]
    response: str


def split_turns(turns: Sequence[Turn]) -> Conversation:
    """Return the parts of a conversation; a first turn of the system is the system prompt."""
    system = turns[0].content if turns and turns[0].role == "system" else None
    turns = turns[1:] if system is not None else turns
    at = max((n for n, turn in enumerate(turns) if turn.role == "user"), default=None)
    if at is None:
        return Conversation(system, tuple(turns), None, (), "")
    after = tuple(turns[at + 1 :])
    answered = bool(after) and after[-1].role == "assistant"
    return Conversation(
        system=system, history=tuple(turns[:at]), instruction=turns[at].content,
        between=after[:-1] if answered else after, response=after[-1].content if answered else "",
    )  # fmt: skip


def dump_turns(turns: Sequence[Turn]) -> str:
    """Return turns as the text of the tag `between`."""
    return json.dumps([turn.model_dump() for turn in turns], ensure_ascii=False)


def read_between(tags: Mapping[str, str]) -> tuple[Turn, ...]:
    """Return the turns between instruction and response; none where the tag is missing or holds something else."""
    try:
        turns = json.loads(tags.get(BETWEEN, "[]"))
        return tuple(Turn.model_validate(turn) for turn in turns)
    except (ValueError, TypeError):
        return ()


def join_turns(
    instruction: str, response: str, *, system: str | None = None, history: Sequence[Turn] = (),
    tags: Mapping[str, str] | None = None,
) -> tuple[Turn, ...]:  # fmt: skip
    """Return the conversation that `split_turns` makes these parts of; an empty response is no turn."""
    turns = [Turn(role="system", content=system)] if system is not None else []
    turns += [*history, Turn(role="user", content=instruction), *read_between(tags or {})]
    return (*turns, Turn(role="assistant", content=response)) if response else tuple(turns)

"""MOSS' conversations: turns by name with what was thought and called in each (003), or one text with marks (002).

The meta instruction is the system prompt; a command and what it gave stand between question and answer, as calls of tools do.
Source: Sun et al. 2023 (MOSS), the published moss-002-sft-data (`plain_text`) and moss-003-sft-data (`chat`). Deviations:
inner thoughts are left out, with a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from generator.seed_files.fields import Fields
from generator.seed_files.records import Shape
from generator.seed_files.shapes.turns import make_task, mark_call
from generator.types import SeedTask, Turn

TURNS, TEXT = "chat", "plain_text"
_MARK = re.compile(r"\s*\[(Human|MOSS)\]:")
_AROUND = re.compile(r"^\s*<\|[\w ]+\|>:\s*|\s*(?:<eo[a-z]>|</?s>)\s*$")
_NOTHING = frozenset({"", "None"})


def matches(values: Mapping[str, object]) -> bool:
    """Say whether there are turns by name, or a text in which Human and MOSS speak."""
    chat, text = values.get(TURNS), values.get(TEXT)
    return (isinstance(chat, Mapping) and "turn_1" in chat) or (isinstance(text, str) and _MARK.match(text) is not None)


def read_tasks(fields: Fields) -> list[SeedTask]:
    """Read a conversation."""
    meta = fields.read_text("meta_instruction") or fields.read_text("prefix")
    head = (Turn(role="system", content=_strip(meta)),) if meta.strip() else ()
    tags: dict[str, str] = {}
    fields.put_plain(tags, "category", "category")
    return make_task(fields, (*head, *(_read_chat(fields) if TURNS in fields.values else _read_text(fields))), tags)


def _read_chat(fields: Fields) -> Iterator[Turn]:
    chat = fields.values[TURNS]
    for name, values in chat.items() if isinstance(chat, Mapping) else ():
        turn = fields.enter(values if isinstance(values, Mapping) else {}, f"{TURNS}.{name}.")
        yield Turn(role="user", content=_strip(turn.read_text("Human")))
        if _strip(turn.read_text("Inner Thoughts")) not in _NOTHING:
            fields.warn("a message holds what the model thought. It is left out of the text.")
        if (command := _strip(turn.read_text("Commands"))) not in _NOTHING:
            yield Turn(role="assistant", content=mark_call(command))
            yield Turn(role="tool", content=_strip(turn.read_text("Tool Responses")))
        if answer := _strip(turn.read_text("MOSS")):
            yield Turn(role="assistant", content=answer)


def _read_text(fields: Fields) -> Iterator[Turn]:
    text = fields.read_text(TEXT)
    found = list(_MARK.finditer(text))
    ends = [mark.start() for mark in found[1:]] + [len(text)]
    for mark, end in zip(found, ends, strict=True):
        yield Turn(role="user" if mark[1] == "Human" else "assistant", content=_strip(text[mark.end() : end]))


def _strip(text: str) -> str:
    return _AROUND.sub("", text).strip()


MOSS = Shape("moss", (), matches, read_tasks)

"""A conversation written as one text: after an empty line "Human: …", "Assistant: …"; or "### Human: …### Assistant: …".

Source: Anthropic HH-RLHF (arXiv:2204.05862), the form of its `chosen` and `rejected`; openassistant-guanaco's `text`;
BELLE's `instruction` of several turns, a line each.
Deviations: white space around a turn is taken as the form's own.
"""

from __future__ import annotations

import re

from generator.types import Turn

_MARK = re.compile(r"(?:\A|\n\n)(Human|Assistant):|(?:\A|\n?)### (Human|Assistant|System):")
_LINE = re.compile(r"(?:\A|\n)(?:(Human|Assistant)|(System))[:：]")
_OPEN = re.compile(r"\s*Human[:：].*\nAssistant[:：]\s*", re.DOTALL)
_ROLES = {"Human": "user", "Assistant": "assistant", "System": "system"}
_START = re.compile(r"\s*(?:### )?(?:Human|Assistant|System):")


def is_transcript(value: object) -> bool:
    """Say whether a value is a text that begins with who speaks."""
    return isinstance(value, str) and _START.match(value) is not None and _MARK.search(value) is not None


def is_open(text: str) -> bool:
    """Say whether a text is a transcript, a line a turn, that ends where the assistant is to speak."""
    return _OPEN.fullmatch(text) is not None


def read_open(text: str) -> list[Turn]:
    """Return the turns of such a transcript, without the one to come."""
    return _read(text, _LINE)[:-1]


def read_transcript(text: str) -> list[Turn]:
    """Return the turns of a transcript; a last turn of the user without words is none."""
    turns = _read(text, _MARK)
    return turns[:-1] if turns and turns[-1] == Turn(role="user", content="") else turns


def _read(text: str, mark_of_turn: re.Pattern[str]) -> list[Turn]:
    found = list(mark_of_turn.finditer(text))
    ends = [mark.start() for mark in found[1:]] + [len(text)]
    return [
        Turn(role=_ROLES[mark[1] or mark[2]], content=text[mark.end() : end].strip())
        for mark, end in zip(found, ends, strict=True)
    ]

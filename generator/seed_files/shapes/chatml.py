"""ChatML text: one field with a whole conversation, each turn between `<|im_start|>ROLE` and `<|im_end|>`.

Source: OpenAI, "Chat Markup Language" (chatml.md). Deviations: an opened last turn of the assistant without words is no
turn; the name after a role is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from generator.seed_files.fields import Fields
from generator.seed_files.records import Shape
from generator.seed_files.shapes.turns import ROLES, make_task
from generator.types import SeedTask, Turn

KEYS = ("text", "chatml", "prompt", "content", "messages", "conversation")
START, END = "<|im_start|>", "<|im_end|>"
_TURN = re.compile(r"<\|im_start\|>(\w+)[^\n]*\n(.*?)(?:<\|im_end\|>|\Z)", re.DOTALL)


def _find_key(values: Mapping[str, object]) -> str | None:
    for key in KEYS:
        value = values.get(key)
        if isinstance(value, str) and value.lstrip().startswith(START):
            return key
    return None


def matches(values: Mapping[str, object]) -> bool:
    """Say whether a field holds ChatML; a header that names one may."""
    return _find_key(values) is not None or values.get("chatml") == "" or values.get("text") == ""


def read_tasks(fields: Fields) -> list[SeedTask]:
    """Read a conversation."""
    key = _find_key(fields.values) or "text"
    turns = []
    for role, said in _TURN.findall(fields.read_text(key)):
        if role.lower() not in ROLES:
            fields.fault(f"the role {role[:40]!r} is not known. Use user, assistant, system or tool.")
        turns.append(Turn(role=ROLES.get(role.lower(), "user"), content=said))
    if turns and turns[-1] == Turn(role="assistant", content=""):
        turns.pop()
    return make_task(fields, turns)


CHATML = Shape("chatml", (), matches, read_tasks)

"""A `prompt`: a text, a transcript, ChatML, or messages → turns."""

from __future__ import annotations

from generator.seed_files.faults import quote_text
from generator.seed_files.fields import Fields
from generator.seed_files.shapes.transcript import is_transcript, read_transcript
from generator.seed_files.shapes.turns import read_turns
from generator.types import Turn


def read_prompt(fields: Fields, key: str | None) -> tuple[Turn, ...]:
    """Return what is asked as turns; nothing where there is no such field. A trailing empty reply is no turn."""
    if key is None:
        return ()
    value = fields.values.get(key)
    if isinstance(value, list):
        return read_turns(fields, key)
    if is_transcript(value):
        turns = read_transcript(fields.read_text(key))
        if turns and turns[-1] == Turn(role="assistant", content=""):
            turns.pop()
        return tuple(turns)
    text = fields.read_text(key)
    if not text.strip() and not fields.faulty:
        fields.fault(f"`{fields.prefix}{quote_text(key)[1:-1]}` is empty. Write what is asked, or remove the record.")
    system = fields.values.get("system") or fields.values.get("system_prompt")
    head = (Turn(role="system", content=fields.settle("system", system)),) if system else ()
    return (*head, Turn(role="user", content=text))

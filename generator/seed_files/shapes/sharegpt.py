"""ShareGPT's shape: `conversations` [{from, value}], with system, tools, chosen and rejected as LLaMA-Factory adds them.

Source: the published ShareGPT data (human, gpt), and LLaMA-Factory's `sharegpt` form (function_call, observation).
Deviations: `items` and `conversation` name the list too; the record's id is left out.
"""

from __future__ import annotations

from collections.abc import Mapping

from generator.seed_files.fields import Fields
from generator.seed_files.records import Shape
from generator.seed_files.shapes.turns import make_task, read_turn, read_turns
from generator.types import SeedTask

KEYS = ("conversations", "conversation", "items", "dialog", "dialogue")


def matches(values: Mapping[str, object]) -> bool:
    """Say whether there is a list of turns under one of the names in use."""
    return any(key in values and (isinstance(values[key], list) or values[key] == "") for key in KEYS)


def read_tasks(fields: Fields) -> list[SeedTask]:
    """Read a conversation."""
    key = next(key for key in KEYS if key in fields.values)
    turns = read_turns(fields, key)
    tags: dict[str, str] = {}
    fields.put_plain(tags, "tools", "tools")
    rejected = None
    chosen = fields.values.get("chosen")
    if isinstance(chosen, Mapping):
        turns = (*turns, read_turn(fields.enter(chosen, "chosen.")))
        other = fields.values.get("rejected")
        if isinstance(other, Mapping):
            rejected = read_turn(fields.enter(other, "rejected.")).content
    return make_task(fields, turns, tags, rejected)


SHAREGPT = Shape("sharegpt", (), matches, read_tasks)

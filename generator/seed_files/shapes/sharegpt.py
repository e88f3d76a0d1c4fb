"""ShareGPT's shape: `conversations` [{from, value}], with system, tools, chosen and rejected as LLaMA-Factory adds them.

Source: the published ShareGPT data (human, gpt), and LLaMA-Factory's `sharegpt` form (function_call, observation).
UltraChat's `data` and LIMA's `conversations` are bare texts, turn by turn.
Gemini's `contents` are messages in parts.
Deviations: `items`, `conversation` and `turns` name the list too; the record's id is left out.
"""

from __future__ import annotations

from collections.abc import Mapping

from generator.seed_files.fields import Fields
from generator.seed_files.records import Shape
from generator.seed_files.shapes.turns import are_messages, make_task, read_ranked, read_turns
from generator.types import SeedTask

ASKED = "turns"  # messages; or what a user asks, turn by turn, as MT-Bench has it
KEYS = ("conversations", "conversation", "items", "dialog", "dialogue", "contents")


def matches(values: Mapping[str, object]) -> bool:
    """Say whether there is a list of turns under one of the names in use."""
    return _find_key(values) is not None


def _find_key(values: Mapping[str, object]) -> str | None:
    named = next((key for key in KEYS if isinstance(values.get(key), list) or values.get(key) == ""), None)
    if named is None and _are_texts(values.get("data")):
        return "data"
    asked = values.get(ASKED)
    return ASKED if named is None and (are_messages(asked) or _are_texts(asked)) else named


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(text, str) for text in value)


def read_tasks(fields: Fields) -> list[SeedTask]:
    """Read a conversation."""
    key = _find_key(fields.values) or KEYS[0]
    turns = read_turns(fields, key)
    if key == ASKED and _are_texts(fields.values[key]):
        if len(turns) > 1:
            fields.warn("questions after the first have no answer before them. They are left out.", len(turns) - 1)
        turns = turns[:1]
    tags: dict[str, str] = {}
    fields.put_plain(tags, "category", "category")
    fields.put_plain(tags, "tools", "tools")
    turns, rejected = read_ranked(fields, turns)
    return make_task(fields, turns, tags, rejected)


SHAREGPT = Shape("sharegpt", (), matches, read_tasks)

"""Labels that hang on the words of an instruction: slots with their places, which a new wording moves.

The response of a record of intents and slots is JSON with spans of characters. Where the instruction is said anew and the
response is kept, every slot has to be found again, and its span is set to where it stands now; where one is not, the label is
lost. Tags that hold one BIO tag a token are made anew where the tokens are the words between spaces, and else left out.

Source: the form is that of `seed_files/shapes/slots.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generator.types import Example

BY_TOKEN = ("tokens", "bio")  # tags


@dataclass(frozen=True, slots=True)
class Labels:
    """A response with its spans where they are now, and the tags; `lost` is a value that is not there any more."""

    response: str
    tags: Mapping[str, str]
    lost: str | None = None


def has_spans(record: Example) -> bool:
    """Say whether the response of a record holds slots with their places in the instruction."""
    return bool(_read_slots(record.response))


def _read_slots(response: str) -> list[dict[str, Any]] | None:
    if not response.startswith("{"):
        return None
    try:
        said = json.loads(response)
    except ValueError:
        return None
    slots = said.get("slots") if isinstance(said, dict) and "intent" in said else None
    if not isinstance(slots, list):
        return None
    whole = all(isinstance(slot, dict) and {"value", "start", "end"} <= slot.keys() for slot in slots)
    return slots if whole else None


def carry_labels(record: Example, instruction: str, response: str, tags: Mapping[str, str]) -> Labels:
    """Return the labels of a record for its instruction said anew; `response` is the record's, names in it exchanged."""
    slots = _read_slots(response)
    if slots is None:
        return Labels(response, tags)
    taken: list[tuple[int, int]] = []
    moved = []
    for slot in slots:
        value = str(slot["value"])
        start = _find(value, instruction, taken)
        if start is None:
            return Labels(response, tags, lost=value)
        taken.append((start, start + len(value)))
        moved.append(
            {**slot, "start": start, "end": start + len(value), "value": instruction[start : start + len(value)]}
        )
    bio = _tag_tokens(record, instruction, moved)
    tags = {name: text for name, text in tags.items() if name not in BY_TOKEN} | bio
    return Labels(json.dumps({**json.loads(response), "slots": moved}, ensure_ascii=False), tags)


def _find(value: str, text: str, taken: Sequence[tuple[int, int]]) -> int | None:
    """Return where a value stands that is not taken yet, its case aside; None where it does not."""
    folded, wanted, start = text.lower(), value.lower(), -1
    if len(folded) != len(text) or not wanted:
        folded, wanted = text, value
    while (start := folded.find(wanted, start + 1)) >= 0:
        if all(start >= last or start + len(value) <= first for first, last in taken):
            return start
    return None


def _tag_tokens(record: Example, instruction: str, slots: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    try:
        known = json.loads(record.tags.get("tokens", ""))
    except ValueError:
        return {}
    if known != record.instruction.split():
        return {}
    tokens, tags, at = instruction.split(), [], 0
    for token in tokens:
        start = instruction.index(token, at)
        at = start + len(token)
        over = next((slot for slot in slots if slot["start"] < at and start < slot["end"]), None)
        tags.append("O" if over is None else f"{'B' if start <= over['start'] else 'I'}-{over.get('slot', '')}")
    return {"tokens": json.dumps(tokens, ensure_ascii=False), "bio": json.dumps(tags, ensure_ascii=False)}

"""Anthropic HH-RLHF's shape: two transcripts, `chosen` and `rejected`, alike but for the last reply; also one `transcript`.

The last reply of the chosen one is the response, that of the other is kept as the rejected one. Where the two differ
earlier, they answer different questions: the chosen one is read, without a preference, with a warning.
Source: Bai et al. 2022, arXiv:2204.05862, and the README of the published data (also its red-team attempts, and
openassistant-guanaco's `text`).
"""

from __future__ import annotations

from collections.abc import Mapping

from generator.seed_files.fields import Fields
from generator.seed_files.records import Shape
from generator.seed_files.shapes.transcript import is_transcript, read_transcript
from generator.seed_files.shapes.turns import make_task
from generator.types import SeedTask

_ALONE = ("transcript", "text")


def matches(values: Mapping[str, object]) -> bool:
    """Say whether there are transcripts, and no prompt apart from them."""
    pair = "prompt" not in values and is_transcript(values.get("chosen"))
    return pair or any(is_transcript(values.get(key)) for key in _ALONE)


def read_tasks(fields: Fields) -> list[SeedTask]:
    """Read a conversation, with what was rejected."""
    if not is_transcript(fields.values.get("chosen")):
        key = next(key for key in _ALONE if is_transcript(fields.values.get(key)))
        return make_task(fields, read_transcript(fields.read_text(key)))
    turns = read_transcript(fields.read_text("chosen"))
    rejected = None
    other = read_transcript(fields.read_text("rejected")) if "rejected" in fields.values else []
    if other and other[:-1] == turns[:-1]:
        rejected = other[-1].content if other[-1].role == "assistant" else None
    elif other:
        fields.warn("`chosen` and `rejected` differ before the last reply. Read without a preference.")
    return make_task(fields, turns, rejected=rejected)


HH_RLHF = Shape("hh_rlhf", (), matches, read_tasks)

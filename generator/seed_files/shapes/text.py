"""A text alone: a bare string in a JSON array or on a line of JSONL is an instruction."""

from __future__ import annotations

from collections.abc import Mapping

from generator.seed_files.fields import Fields
from generator.seed_files.records import Shape
from generator.seed_files.strict_json import BARE
from generator.types import SeedTask


def matches(values: Mapping[str, object]) -> bool:
    """Say whether the record was a text."""
    return isinstance(values.get(BARE), str)


def read_tasks(fields: Fields) -> list[SeedTask]:
    """Read an instruction."""
    value = str(fields.values[BARE])
    if not value.strip():
        fields.fault("the text is empty. Write what is asked, or remove it.")
    return [SeedTask(instruction=fields.settle("text", value))]


TEXT = Shape("text", (), matches, read_tasks)

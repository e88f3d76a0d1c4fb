"""Dolly 2.0's shape: instruction, context, response, category; the category becomes a tag, the context the input.

Source: Databricks 2023, databricks-dolly-15k, and its README.
"""

from __future__ import annotations

from collections.abc import Mapping

from generator.seed_files.fields import Fields
from generator.seed_files.records import Shape
from generator.types import SeedTask

FIELDS = ("instruction", "context", "response", "category")


def matches(values: Mapping[str, object]) -> bool:
    """Say whether instruction, response and category are there (a null context may be missing)."""
    return all(key in values for key in FIELDS if key != "context")


def read_tasks(fields: Fields) -> list[SeedTask]:
    """Read a task."""
    tags = fields.read_tags()
    fields.put_plain(tags, "category", "category")
    task = SeedTask(
        instruction=fields.read_instruction(), input=fields.read_text("context"),
        response=fields.read_text("response"), system=fields.read_text("system") or None,
        language=fields.read_language(), tags=tags,
    )  # fmt: skip
    return [task]


DOLLY = Shape("dolly", ("instruction",), matches, read_tasks)

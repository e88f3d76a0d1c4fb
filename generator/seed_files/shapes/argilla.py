"""Argilla's shape: `fields` with the texts, `metadata` with what one filters by; texts become tags, numbers scores.

Source: Argilla 2, "Import and export datasets" (`dataset.records.to_json`). Deviations: responses and suggestions of
annotators are left out. Earlier turns are a chat field, `history`.
"""

from __future__ import annotations

from collections.abc import Mapping

from generator.seed_files.fields import Fields
from generator.seed_files.records import Shape
from generator.seed_files.shapes.turns import read_history
from generator.types import SeedTask

_NO_TAGS = frozenset({"language", "recipe", "operator", "round", "model"})


def matches(values: Mapping[str, object]) -> bool:
    """Say whether there are fields with an instruction."""
    fields = values.get("fields")
    return isinstance(fields, Mapping) and "instruction" in fields


def read_tasks(fields: Fields) -> list[SeedTask]:
    """Read a record."""
    given, metadata = fields.values["fields"], fields.values.get("metadata")
    texts = fields.enter(given if isinstance(given, Mapping) else {}, "fields.")
    said = fields.enter(metadata if isinstance(metadata, Mapping) else {}, "metadata.")
    tags: dict[str, str] = {}
    scores: dict[str, object] = {}
    for key, value in said.values.items():
        if isinstance(value, str) and key not in _NO_TAGS:
            said.put_tag(tags, key, value, f"metadata.{key}")
        elif isinstance(value, (int, float)) and not isinstance(value, bool) and key not in _NO_TAGS:
            scores[key] = float(value)
    if scores:
        fields.extras["scores"] = scores
    if isinstance(own := fields.values.get("id"), str) and own:
        fields.extras["id"] = own
    task = SeedTask(
        instruction=texts.read_instruction(), input=texts.read_text("input"), response=texts.read_text("response"),
        system=texts.read_text("system") or None, history=read_history(texts, "history"),
        rejected=texts.read_text("rejected") or None, language=said.read_language(), tags=tags,
    )  # fmt: skip
    return [task]


ARGILLA = Shape("argilla", (), matches, read_tasks)

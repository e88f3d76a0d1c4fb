"""Argilla: an array of records with id, fields and metadata, as `dataset.records.from_json` reads them.

Fields are the texts that people read, earlier turns as a chat field; metadata says, flat, what one would filter by. A field
that a record has nothing for is not there, so make those fields with `required=False`. Names of scores are folded to what
Argilla takes (`critic.overall` is `critic_overall`), which is why they count as left out.
Source: Argilla 2, `rg.Record.to_dict`, `rg.ChatField`, and "Import and export datasets".
"""

from __future__ import annotations

import re
from typing import Any

from generator.export.form import Form, Rows
from generator.types import Example

_NO_NAME = re.compile(r"[^a-z0-9_-]")  # what the name of a metadata property must not hold


def make_rows(example: Example) -> Rows:
    """Return the record's row."""
    texts: dict[str, Any] = {
        "instruction": example.instruction, "input": example.input, "response": example.response,
        "system": example.system, "rejected": example.rejected, "history": [turn.model_dump() for turn in example.history],
    }  # fmt: skip
    texts = {name: text for name, text in texts.items() if text or name == "instruction"}
    lineage = example.lineage
    scores = {
        _NO_NAME.sub("_", name.lower()): score for name, score in example.scores.items() if isinstance(score, int | float)
    }  # fmt: skip
    metadata: dict[str, Any] = {
        **scores, **example.tags, "language": example.language, "recipe": lineage.recipe, "operator": lineage.operator,
        "round": lineage.round, "model": lineage.model,
    }  # fmt: skip
    named = {name: value for name, value in metadata.items() if value not in ("", None)}
    row = {"id": example.id, "fields": texts, "metadata": named, "suggestions": {}, "responses": {}, "vectors": {}}
    return [row]


ARGILLA = Form(
    "argilla", ".json",
    frozenset({"id", "instruction", "input", "response", "system", "rejected", "history", "language", "tags"}),
    make_rows,
)  # fmt: skip

"""A table's row → the values of a record: what has parts is JSON in its cell, what is not there is an empty cell."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from generator.seed_files.strict_json import StrictDecoder
from generator.table_row import is_row

# Fields that are objects or lists wherever they occur.
PARTS = frozenset({
    "tags", "history", "messages", "conversations", "conversation", "lineage", "scores", "checks", "instances", "slots",
    "entities", "tokens", "answers", "question", "choices", "fields", "data", "annotations", "metadata", "responses",
    "suggestions", "predictions", "replies", "labels", "bio_tags", "ner_tags", "between", "verifiers",
})  # fmt: skip
TURNS = frozenset({"prompt", "completion", "chosen", "rejected"})  # a text, or a list of messages


def read_cells(columns: Sequence[str], row: Sequence[str]) -> Mapping[str, object]:
    """Return the values of a row by the names of its columns; a column without a name is left out.

    A row of a table that Seedbed wrote stays as it is, for `generator.table_row` to restore.
    """
    named = {name: cell for name, cell in zip(columns, row, strict=True) if name}
    return named if is_row(named) else {name: _read_cell(name, cell) for name, cell in named.items()}


def _read_cell(name: str, cell: str) -> object:
    if name not in PARTS and name not in TURNS:
        return cell
    text = cell.strip()
    if not text.startswith(("{", "[")):
        return cell
    decoder = StrictDecoder()
    try:
        value, end = decoder.decode_at(text, 0)
    except json.JSONDecodeError:
        return cell
    if end < len(text) or decoder.problems or (name in TURNS and not _are_turns(value)):
        return cell
    return value


def _are_turns(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(turn, dict) and "role" in turn for turn in value)

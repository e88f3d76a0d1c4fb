"""A record as one flat row of a table (CSV, TSV, Parquet), and back, without loss.

Texts stand as they are; what is nested (history, tags, scores, lineage, checks) stands as JSON in one cell, so that the
columns are the same for every data set. A cell that a spreadsheet would take for a formula can be disarmed: it gets an
apostrophe in front, and the row's column `escaped` names it, so that reading takes the apostrophe off again, and no other.

Source: OWASP, "CSV Injection", for the characters that begin a formula.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from generator.types import Example

COLUMNS = (
    "id", "instruction", "input", "response", "system", "history", "rejected", "language", "tags", "scores", "lineage",
    "checks",
)  # fmt: skip
ESCAPED = "escaped"  # the column that names, separated by spaces, the cells of the row that were disarmed
NESTED = frozenset({"history", "tags", "scores", "lineage", "checks"})
NULLABLE = frozenset({"system", "rejected"})
# OWASP's list: the four signs, tab, carriage return, line feed, and the full-width forms that some locales take for them
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
GUARD = "'"

Cells = dict[str, str | None]
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def is_lost(score: object) -> bool:
    """Say whether JSON has no way to write a score: not a number, or infinite. It is null there, as in our own records."""
    return isinstance(score, float) and not math.isfinite(score)


def make_row(example: Example) -> Cells:
    """Return the record as cells by column; None only where the record has nothing for a text that may be missing."""
    values = example.model_dump(mode="json")
    values["scores"] = {name: None if is_lost(score) else score for name, score in example.scores.items()}
    row: Cells = {}
    for column in COLUMNS:
        value = values.get(column)
        if column in NESTED:
            row[column] = _encode(value) if value else ""
        else:
            row[column] = value
    return row


def disarm_row(row: Mapping[str, str | None]) -> Cells:
    """Return the row with every cell that could begin a formula disarmed, and `escaped` naming those."""
    guarded = [column for column, cell in row.items() if cell and cell.startswith(FORMULA_STARTS)]
    safe: Cells = {column: GUARD + (cell or "") if column in guarded else cell for column, cell in row.items()}
    return safe | {ESCAPED: " ".join(guarded)}


def is_row(values: Mapping[str, object]) -> bool:
    """Say whether a raw record is a row of such a table: what is nested in a record is a text here."""
    return isinstance(values.get("lineage"), str) and "id" in values


def restore_row(values: Mapping[str, object]) -> dict[str, Any]:
    """Return a row as the raw record it was made from. Raises `ValueError` for a cell that is no JSON."""
    escaped = str(values.get(ESCAPED) or "").split()
    record: dict[str, Any] = {}
    for column, value in values.items():
        if column == ESCAPED:
            continue
        cell = value.removeprefix(GUARD) if column in escaped and isinstance(value, str) else value
        if column in NESTED and isinstance(cell, str):
            if cell:
                record[column] = json.loads(cell)
        elif cell is not None and not (column in NULLABLE and cell == ""):
            record[column] = cell
    return record

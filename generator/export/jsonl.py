"""Our own records, one a line, as a run's `dataset.jsonl` has them."""

from __future__ import annotations

from generator.export.form import Form, Rows
from generator.export.tally import EVERYTHING
from generator.types import Example


def make_rows(example: Example) -> Rows:
    """Return the record's line."""
    return [example.model_dump_json()]


JSONL = Form("jsonl", ".jsonl", EVERYTHING, make_rows)

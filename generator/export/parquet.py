"""Parquet: our own records as rows of a table; what is nested is JSON in a text."""

from __future__ import annotations

from generator.export.form import Form, Rows
from generator.export.tally import EVERYTHING
from generator.table_row import COLUMNS, make_row
from generator.types import Example


def make_rows(example: Example) -> Rows:
    """Return the record's row."""
    return [make_row(example)]


PARQUET = Form("parquet", ".parquet", EVERYTHING, make_rows, columns=COLUMNS)

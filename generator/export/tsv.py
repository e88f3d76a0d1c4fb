"""TSV: as CSV, with tabs between the cells; a cell that holds one is quoted."""

from __future__ import annotations

from generator.export.form import Form
from generator.export.parquet import make_rows
from generator.export.tally import EVERYTHING
from generator.table_row import COLUMNS

TSV = Form("tsv", ".tsv", EVERYTHING, make_rows, columns=COLUMNS)

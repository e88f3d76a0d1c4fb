"""CSV: our own records as rows of a table under a header; what is nested is JSON in a cell.

Source: RFC 4180. NUL, which no CSV can hold, becomes U+FFFD, and is counted.
"""

from __future__ import annotations

from generator.export.form import Form
from generator.export.parquet import make_rows
from generator.export.tally import EVERYTHING
from generator.table_row import COLUMNS

CSV = Form("csv", ".csv", EVERYTHING, make_rows, columns=COLUMNS)

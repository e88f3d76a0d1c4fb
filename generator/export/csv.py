"""CSV: our own records as rows of a table under a header; what is nested is JSON in a cell.

Source: RFC 4180. NUL, which no CSV can hold, becomes U+FFFD, and is counted.
"""

from __future__ import annotations

from dataclasses import replace

from generator.export.parquet import PARQUET

CSV = replace(PARQUET, name="csv", ending=".csv")

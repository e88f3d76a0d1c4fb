"""TSV: as CSV, with tabs between the cells; a cell that holds one is quoted."""

from __future__ import annotations

from dataclasses import replace

from generator.export.csv import CSV

TSV = replace(CSV, name="tsv", ending=".tsv")

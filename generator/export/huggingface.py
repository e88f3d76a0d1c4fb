"""A data set folder as Hugging Face's hub and `datasets.load_dataset` have it: splits, shards, and a card.

The rows are those of our tables: what is nested is JSON in a text, so that all splits have the same columns.
Source: Hugging Face, "Structure your repository" and "Dataset Cards".
"""

from __future__ import annotations

from dataclasses import replace

from generator.export.parquet import PARQUET

HUGGINGFACE = replace(PARQUET, name="huggingface", within="data", needs_folder=True)

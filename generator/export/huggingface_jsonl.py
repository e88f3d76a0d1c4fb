"""The same folder with JSONL instead of Parquet: nothing more to install, and a person can read it."""

from __future__ import annotations

from dataclasses import replace

from generator.export.huggingface import HUGGINGFACE

HUGGINGFACE_JSONL = replace(HUGGINGFACE, name="huggingface_jsonl", ending=".jsonl")

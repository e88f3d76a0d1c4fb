"""Alpaca: an array of instruction, input, output.

Source: Taori et al. 2023, `alpaca_data.json`.
"""

from __future__ import annotations

from generator.export.form import Form, Rows
from generator.types import Example


def make_rows(example: Example) -> Rows:
    """Return the record's row."""
    return [{"instruction": example.instruction, "input": example.input, "output": example.response}]


ALPACA = Form("alpaca", ".json", frozenset({"instruction", "input", "response"}), make_rows, also=(".jsonl",))

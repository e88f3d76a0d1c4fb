"""LLaMA-Factory: rows in its Alpaca form, and the `dataset_info.json` that names them.

A `dataset_info.json` that is there keeps its other entries. History is pairs of what was asked and answered; a record
whose other turns are anything else is left out.
Source: LLaMA-Factory, `data/README.md`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from generator.conversation import read_between
from generator.errors import ConfigError
from generator.export.form import Form, Rows, Written
from generator.export.messages import NO_RESPONSE
from generator.types import Example

INFO = "dataset_info.json"
COLUMNS = {
    "prompt": "instruction", "query": "input", "response": "output", "system": "system", "history": "history",
}  # fmt: skip


def make_rows(example: Example) -> Rows:
    """Return the record's row."""
    if not example.response:
        return NO_RESPONSE
    asked, answered = example.history[::2], example.history[1::2]
    roles = {turn.role for turn in asked} <= {"user"} and {turn.role for turn in answered} <= {"assistant"}
    if len(asked) != len(answered) or not roles or read_between(example.tags):
        return "whose other turns are not user and assistant in turn"
    row = {
        "instruction": example.instruction, "input": example.input, "output": example.response,
        "system": example.system or "",
        "history": [[one.content, other.content] for one, other in zip(asked, answered, strict=True)],
    }  # fmt: skip
    return [row]


def describe(written: Written) -> Mapping[str, str]:
    """Return `dataset_info.json`: one entry a file, named after the set."""
    entries: dict[str, Any] = _read_entries(written)
    many = len(written.files) > 1
    for file in written.files:
        name = f"{written.title}_{file.name.partition('.')[0]}" if many else written.title
        entries[name] = {"file_name": file.name, "formatting": "alpaca", "columns": COLUMNS}
    return {INFO: json.dumps(entries, ensure_ascii=False, indent=2) + "\n"}


def _read_entries(written: Written) -> dict[str, Any]:
    path = written.folder / INFO
    if not path.is_file():
        return {}
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConfigError(
            f"{path}: not JSON ({error}); it is not written over. Mend it, or choose another -o."
        ) from error
    if not isinstance(entries, dict):
        raise ConfigError(f"{path}: no object of data sets; it is not written over. Choose another -o.")
    return entries


LLAMA_FACTORY = Form(
    "llama_factory", ".json", frozenset({"instruction", "input", "response", "system", "history"}), make_rows,
    also=(".jsonl",), describe=describe,
)  # fmt: skip

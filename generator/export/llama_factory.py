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
COLUMNS = {"prompt": "instruction", "query": "input", "system": "system", "history": "history"}
NOT_IN_TURN = "whose other turns are not user and assistant in turn"
CARRIED = frozenset({"instruction", "input", "response", "system", "history"})


def make_asked(example: Example) -> dict[str, Any] | None:
    """Return what is asked, with the turns before it; None where they are not user and assistant in turn."""
    asked, answered = example.history[::2], example.history[1::2]
    roles = {turn.role for turn in asked} <= {"user"} and {turn.role for turn in answered} <= {"assistant"}
    if len(asked) != len(answered) or not roles or read_between(example.tags):
        return None
    return {
        "instruction": example.instruction, "input": example.input, "system": example.system or "",
        "history": [[one.content, other.content] for one, other in zip(asked, answered, strict=True)],
    }  # fmt: skip


def make_rows(example: Example) -> Rows:
    """Return the record's row."""
    asked = make_asked(example)
    if not example.response:
        return NO_RESPONSE
    return NOT_IN_TURN if asked is None else [asked | {"output": example.response}]


def describe(written: Written) -> Mapping[str, str]:
    """Return `dataset_info.json` for rows of instruction and output."""
    return write_info(written, COLUMNS | {"response": "output"})


def write_info(written: Written, columns: Mapping[str, str], **more: Any) -> dict[str, str]:
    """Return `dataset_info.json`: one entry a file, named after the set, beside those that are there."""
    entries: dict[str, Any] = _read_entries(written)
    many = len(written.files) > 1
    for file in written.files:
        name = f"{written.title}_{file.name.partition('.')[0]}" if many else written.title
        entries[name] = {"file_name": file.name, "formatting": "alpaca", **more, "columns": dict(columns)}
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


LLAMA_FACTORY = Form("llama_factory", ".json", CARRIED, make_rows, also=(".jsonl",), describe=describe)

"""Reference answers: held to be right, for a critic of mathematics, reasoning and code to compare with.

Source: Zheng et al. 2023 (MT-Bench, arXiv:2306.05685), section 3.4, reference-guided judge.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from evaluators.critic.manner import FindReference
from generator.errors import ConfigError
from generator.types import Example

TAG = "reference"  # the tag of a record that holds its reference answer


def read_references(path: Path) -> dict[str, str]:
    """Return the reference answers of a JSONL file by id and by instruction. Raises `ConfigError` with the line."""
    found: dict[str, str] = {}
    try:
        lines = path.read_bytes().decode("utf-8-sig").split("\n")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 (byte {error.start + 1}).") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        for key, reference in _read_line(line, f"{path}:{number}").items():
            if found.setdefault(key, reference) != reference:
                raise ConfigError(f"{path}:{number}: another reference answer to {key!r:.60} than on a line before.")
    return found


def _read_line(line: str, place: str) -> dict[str, str]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict) or not isinstance(row.get("reference"), str) or not row["reference"].strip():
        raise ConfigError(f'{place}: not a reference answer; write {{"id" or "instruction": …, "reference": …}}.')
    keys = [row[name] for name in ("id", "instruction") if isinstance(row.get(name), str)]
    if not keys:
        raise ConfigError(f"{place}: whose reference answer it is does not stand there: `id` or `instruction`.")
    return {key.strip(): row["reference"] for key in keys}


def make_finder(references: Mapping[str, str]) -> FindReference:
    """Return what finds a record's reference answer: by id, by instruction, or in its tag; else nothing."""

    def find(example: Example) -> str:
        own = references.get(example.id) or references.get(example.instruction.strip())
        return own or example.tags.get(TAG, "")

    return find

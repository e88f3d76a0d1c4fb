"""The lines of `rejects.jsonl` and `review.jsonl`: candidates that were not accepted, and records that wait for a person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from generator.types import Outcome


def describe_reject(outcome: Outcome) -> str:
    """Return the line of `rejects.jsonl` for a candidate that was not accepted."""
    candidate = outcome.candidate
    row = {
        "id": candidate.id, "status": outcome.status, "stage": outcome.stage, "reason": outcome.reason,
        "evidence": dict(outcome.evidence), "instruction": candidate.instruction, "input": candidate.input,
        "language": candidate.language, "raw": candidate.raw, "lineage": candidate.lineage.model_dump(mode="json"),
        "checks": [check.model_dump(mode="json") for check in candidate.checks],
    }  # fmt: skip
    return _dump(row)


def describe_review(outcome: Outcome) -> str:
    """Return the line of `review.jsonl` for a record that waits for a person: the record, and why it waits."""
    assert outcome.example is not None
    why = {
        "status": outcome.status, "stage": outcome.stage, "reason": outcome.reason, "evidence": dict(outcome.evidence),
    }  # fmt: skip
    return _dump(outcome.example.model_dump(mode="json") | why)


def _dump(row: Mapping[str, Any]) -> str:
    text = json.dumps(row, ensure_ascii=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate in a raw completion: escaped, the line stays valid UTF-8
        return json.dumps(row)
    return text

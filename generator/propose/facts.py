"""The structured form of a task, for a back end that works by rules."""

from __future__ import annotations

from typing import Any

from generator.types import Candidate, Example


def describe_task(task: Example | Candidate) -> dict[str, Any]:
    """Return a task as JSON-able facts; a candidate has no response yet."""
    return {
        "id": task.id, "instruction": task.instruction, "input": task.input, "response": task.response or "",
        "system": task.system, "language": task.language, "tags": dict(task.tags),
        "checks": [{"kind": check.kind, "params": check.params, "verdict": check.verdict} for check in task.checks],
    }  # fmt: skip

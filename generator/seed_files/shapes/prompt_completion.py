"""Prompt–completion: prompt with completion or response, as texts or messages; a prompt alone; KTO's rows with a label.

A prompt for GRPO may carry `checks` (JSON), the `input` that its last message ends with, and a `reference` response.
What a `label` says of the completion is read by `seed_files/labels.py`.
Source: TRL, "Dataset formats and types": prompt-completion, prompt-only, unpaired preference; OpenAI's legacy
fine-tuning form. Deviations: the marks that a prompt or a completion ends with are kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from generator.seed_files.fields import Fields
from generator.seed_files.records import Shape
from generator.seed_files.shapes.prompt import read_prompt
from generator.seed_files.shapes.turns import make_task, read_turns
from generator.types import Check, SeedTask, Turn

ANSWERS = ("completion", "response", "output", "answer", "reference")
JOIN = "\n\n"  # what stands between instruction and input in one text


def matches(values: Mapping[str, object]) -> bool:
    """Say whether there is a prompt."""
    return "prompt" in values and "instruction" not in values


def read_tasks(fields: Fields) -> list[SeedTask]:
    """Read a prompt with its completion."""
    tasks = make_task(fields, (*read_prompt(fields, "prompt"), *_read_answer(fields)))
    _read_checks(fields)
    return [_part_input(task, fields.read_text("input")) for task in tasks]


def _read_answer(fields: Fields) -> tuple[Turn, ...]:
    key = next((key for key in ANSWERS if key in fields.values), None)
    if key is None:
        return ()
    if isinstance(fields.values[key], list):
        return read_turns(fields, key)
    text = fields.read_text(key)
    return (Turn(role="assistant", content=text),) if text else ()


def _part_input(task: SeedTask, given: str) -> SeedTask:
    """Return the task with the input apart, where the instruction ends with it."""
    if not given:
        return task
    asked = task.instruction.removesuffix(JOIN + given)
    if asked == task.instruction:
        return task if task.input else task.model_copy(update={"input": given})
    return task.model_copy(update={"instruction": asked, "input": given})


def _read_checks(fields: Fields) -> None:
    """Take over the checks of a row that Seedbed wrote."""
    value = fields.values.get("checks")
    try:
        checks: Any = json.loads(value) if isinstance(value, str) else value
        found = [Check.model_validate(check).model_dump() for check in checks or []]
    except (ValueError, TypeError):
        fields.warn("`checks` are not those of Seedbed. They are left out.")
        return
    if found:
        fields.extras["checks"] = found


PROMPT_COMPLETION = Shape("prompt_completion", (), matches, read_tasks)

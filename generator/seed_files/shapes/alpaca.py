"""Alpaca's shape: instruction, input, output, all three there; other fields are tolerated and left out.

An input that only says there is none ("<noinput>", "N/A") is read as empty, with a warning.
Source: Taori et al. 2023, the form of the published data; BELLE's sets have it too, some with a transcript as instruction.
Deviations: an empty output is a task without a response.
"""

from __future__ import annotations

from collections.abc import Mapping

from generator.seed_files.fields import Fields
from generator.seed_files.records import Shape
from generator.seed_files.shapes.own import OWN_ONLY
from generator.seed_files.shapes.transcript import is_open, read_open
from generator.seed_files.shapes.turns import make_task
from generator.types import SeedTask, Turn

FIELDS = ("instruction", "input", "output")


def matches(values: Mapping[str, object]) -> bool:
    """Say whether the three fields are there, and none that only our own shape has."""
    return all(key in values for key in FIELDS) and OWN_ONLY.isdisjoint(values)


def read_tasks(fields: Fields) -> list[SeedTask]:
    """Read a task, or a conversation written as one."""
    if is_open(said := fields.read_text("instruction")):
        return make_task(fields, (*read_open(said), Turn(role="assistant", content=fields.read_text("output"))))
    return [
        SeedTask(
            instruction=fields.read_instruction(), input=fields.read_input(), response=fields.read_text("output"),
            tags=fields.read_origin(),
        )
    ]  # fmt: skip


ALPACA = Shape("alpaca", FIELDS, matches, read_tasks)

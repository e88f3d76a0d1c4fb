"""FLAN's shape: inputs, targets, and the task that they belong to.

Source: Wei et al. 2021, arXiv:2109.01652; Longpre et al. 2023, arXiv:2301.13688, as published (`task`, or `_task_name`,
`_task_source`, `_template_type`, `_template_idx`), P3's rows, whose inputs are tokens beside `inputs_pretokenized`, and
Natural Instructions' with their `definition` apart. Deviations: of several targets the first is the response, the others
are left out with a warning; `input` with `target` or `output` is read so where there is no `instruction`.
"""

from __future__ import annotations

from collections.abc import Mapping

from generator.seed_files.fields import Fields
from generator.seed_files.records import Shape
from generator.types import SeedTask

PAIRS = (
    ("inputs_pretokenized", "targets_pretokenized"), ("inputs", "targets"), ("inputs", "target"), ("input", "targets"),
    ("input", "target"), ("input", "output"),
)  # fmt: skip
TAGS = {
    "task": ("task", "task_name", "_task_name"), "task_source": ("task_source", "_task_source"),
    "template": ("template_type", "_template_type"), "template_index": ("template_idx", "_template_idx"),
    "choices": ("answer_choices",),
}  # fmt: skip


def _find_pair(values: Mapping[str, object]) -> tuple[str, str] | None:
    if "instruction" in values or isinstance(values.get("input"), Mapping):
        return None
    return next((pair for pair in PAIRS if all(key in values for key in pair)), None)


def matches(values: Mapping[str, object]) -> bool:
    """Say whether there are inputs and targets."""
    return _find_pair(values) is not None


def read_tasks(fields: Fields) -> list[SeedTask]:
    """Read a task."""
    inputs, targets = _find_pair(fields.values) or PAIRS[0]
    tags = fields.read_tags()
    for tag, keys in TAGS.items():
        fields.put_plain(tags, tag, *keys)
    defined = "definition" in fields.values
    task = SeedTask(
        instruction=fields.read_instruction("definition" if defined else inputs),
        input=fields.read_text(inputs) if defined else "", response=_read_targets(fields, targets),
        language=fields.read_language(), tags=tags,
    )  # fmt: skip
    return [task]


def _read_targets(fields: Fields, key: str) -> str:
    value = fields.values.get(key)
    if not isinstance(value, list):
        return fields.read_loose(key)
    if len(value) > 1:
        fields.warn("there are targets after the first. They are left out.", len(value) - 1)
    return fields.settle(key, value[0]) if value else ""


FLAN = Shape("flan", (), matches, read_tasks)

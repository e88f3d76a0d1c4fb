"""Self-Instruct's shape: instruction and instances [{input, output}], with a name and is_classification.

The first instance is the task's; the name and the kind of task become tags. Other fields are tolerated and left out.
Source: Wang et al. 2022, arXiv:2212.10560, `seed_tasks.jsonl`. Deviations: instances after the first are left out,
with a count in a warning.
"""

from __future__ import annotations

from collections.abc import Mapping

from generator.seed_files.fields import Fields
from generator.seed_files.records import Shape
from generator.types import SeedTask


def matches(values: Mapping[str, object]) -> bool:
    """Say whether there are instances."""
    return "instances" in values


def read_tasks(fields: Fields) -> list[SeedTask]:
    """Read a task with its first instance."""
    instances = fields.read_list("instances")
    count = len(instances)
    given = response = ""
    for instance in instances[:1]:
        given, response = instance.read_text("input"), instance.read_text("output")
    if count > 1:
        fields.warn("there are instances after the first. They are left out.", count - 1)
    elif count == 0 and not fields.faulty:
        fields.warn("`instances` is empty. The task has neither input nor response.")
    instruction = fields.read_instruction()
    task = SeedTask(
        instruction=instruction, input=given, response=response, language=fields.read_language(),
        tags=_read_tags(fields),
    )  # fmt: skip
    return [task]


def _read_tags(fields: Fields) -> dict[str, str]:
    tags: dict[str, str] = {}
    fields.put_tag(tags, "name", fields.values.get("name"), "name")
    if fields.read_flag("is_classification"):
        tags["task_type"] = "classification"
    return tags | fields.read_origin()


SELF_INSTRUCT = Shape("self_instruct", ("instruction",), matches, read_tasks)

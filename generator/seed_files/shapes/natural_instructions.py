"""Natural Instructions: a `Definition` and its `Instances` in one file a task, or one `Instance` with its definition.

Every instance is a task: the definition is the instruction, the instance's input the input, the first output the response.
Several outputs are kept in the tag `answers`, as JSON; categories and domains become tags.
Source: Wang et al. 2022, arXiv:2204.07705, `tasks/*.json`, and the rows that its own loader makes. Deviations: positive and
negative examples are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from generator.language_names import LANGUAGE_CODES
from generator.seed_files.fields import Fields
from generator.seed_files.records import Shape
from generator.seed_files.shapes.question_answer import read_answer
from generator.types import SeedTask

TAGS = {"task": ("Task", "task"), "category": ("Categories",), "domain": ("Domains",)}


def matches(values: Mapping[str, object]) -> bool:
    """Say whether there is a definition with instances."""
    return "Definition" in values and ("Instances" in values or isinstance(values.get("Instance"), Mapping))


def read_tasks(fields: Fields) -> list[SeedTask]:
    """Read every instance."""
    definition = _read_definition(fields)
    tags: dict[str, str] = fields.read_origin()
    for tag, keys in TAGS.items():
        if texts := _list_texts(next((fields.values[key] for key in keys if key in fields.values), None)):
            tags[tag] = ", ".join(fields.settle(tag, text) for text in texts)
    language = next(iter(_list_texts(fields.values.get("Input_language"))), "").lower()
    one = fields.values.get("Instance")
    instances = [fields.enter(one, "Instance.")] if isinstance(one, Mapping) else fields.read_list("Instances")
    tasks = []
    for instance in instances:
        own = dict(tags)
        response = read_answer(instance, own)
        tasks.append(SeedTask(
            instruction=definition, input=instance.read_text("input"), response=response,
            language=LANGUAGE_CODES.get(language, ""), tags=own,
        ))  # fmt: skip
    return tasks


def _read_definition(fields: Fields) -> str:
    texts = _list_texts(fields.values.get("Definition"))
    text = "\n".join(fields.settle("Definition", text) for text in texts)
    if not text.strip() and not fields.faulty:
        fields.fault("`Definition` is empty. Write what is asked, or remove the record.")
    return text


def _list_texts(value: object) -> Sequence[str]:
    listed = value if isinstance(value, list) else [value]
    return [text for text in listed if isinstance(text, str)]


NATURAL_INSTRUCTIONS = Shape("natural_instructions", ("Definition",), matches, read_tasks)

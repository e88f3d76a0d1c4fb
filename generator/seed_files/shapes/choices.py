"""A question with choices, and which of them is right: the choices go below the question, the response names one.

Source: MMLU (`choices`, an index), ARC (`choices.text` and `label`, `answerKey`), RACE (`article`, `options`, a letter),
C-Eval and CMMLU (columns A to D), COIG's examinations (`textbox_…`: their choices stand in the question already).
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence

from generator.seed_files.fields import Fields
from generator.seed_files.records import Shape
from generator.types import SeedTask

LISTS = ("choices", "options")
KEYS = ("answer", "answerKey", "label")
COLUMNS = ("A", "B", "C", "D"), ("a", "b", "c", "d")
EXAM = "textbox_question"


def matches(values: Mapping[str, object]) -> bool:
    """Say whether there is a question, with choices; or an examination's."""
    listed = any(_list_choices(values.get(key)) for key in LISTS) or _find_columns(values) is not None
    return EXAM in values or (listed and "question" in values and any(key in values for key in KEYS))


def _find_columns(values: Mapping[str, object]) -> tuple[str, ...] | None:
    return next((columns for columns in COLUMNS if all(key in values for key in columns)), None)


def _list_choices(value: object) -> list[tuple[str, str]]:
    """Return the choices with their letters; nothing where there are none."""
    texts: object = value
    labels: object = None
    if isinstance(value, Mapping):
        texts, labels = value.get("text"), value.get("label")
    if not isinstance(texts, Sequence) or isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
        return []
    named = labels if isinstance(labels, list) and len(labels) == len(texts) else string.ascii_uppercase[: len(texts)]
    return [(str(name), text) for name, text in zip(named, texts, strict=False)]


def read_tasks(fields: Fields) -> list[SeedTask]:
    """Read a question."""
    tags = fields.read_tags()
    for tag, keys in {"question_id": ("id", "example_id"), "category": ("subject", "category")}.items():
        fields.put_plain(tags, tag, *keys)
    if EXAM in fields.values:
        return [_read_exam(fields, tags)]
    values = fields.values
    choices = next((found for key in LISTS if (found := _list_choices(values.get(key)))), [])
    choices = choices or [(name.upper(), fields.read_loose(name)) for name in _find_columns(values) or ()]
    material = "\n\n".join(filter(None, (fields.read_text(key) for key in ("article", "context", "passage"))))
    listed = "\n".join(f"{name}. {text}" for name, text in choices)
    task = SeedTask(
        instruction=fields.read_instruction("question"), input=f"{material}\n\n{listed}" if material else listed,
        response=_read_answer(fields, choices), language=fields.read_language(), tags=tags,
    )  # fmt: skip
    return [task]


def _read_answer(fields: Fields, choices: Sequence[tuple[str, str]]) -> str:
    """Return the choice that is right, with its letter; what names none is kept as it is."""
    key = next(key for key in KEYS if key in fields.values)
    value = fields.values[key]
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(choices):
        return ". ".join(choices[value])
    said = fields.read_loose(key)
    found = next((choice for choice in choices if said.strip() in choice), None)
    return ". ".join(found) if found else said


def _read_exam(fields: Fields, tags: dict[str, str]) -> SeedTask:
    fields.put_plain(tags, "analysis", "textbox_answer_analysis")
    asked = [fields.read_text(f"textbox_{name}") for name in ("q_instruction", "q_context", "question")]
    instruction, *material = filter(None, asked) if any(asked) else ("",)
    if not instruction:
        fields.fault(f"`{EXAM}` is empty. Write what is asked, or remove the record.")
    return SeedTask(
        instruction=instruction, input="\n\n".join(material), response=fields.read_text("textbox_answer"),
        language=fields.read_language(), tags=tags,
    )  # fmt: skip


CHOICES = Shape("choices", (), matches, read_tasks)

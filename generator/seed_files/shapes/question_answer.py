"""A question with its answer, its context, and where it was taken from: document, paragraph, confidence, source weight.

The provenance becomes tags, numbers as they are written; it may stand beside the question or in `provenance` or
`metadata`. Of several answers the first is the response, and all of them are kept in the tag `answers`, as JSON.
Source: the form in use for extracted question–answer sets; SQuAD's rows (answers.text) and OpenOrca's (system_prompt,
question, response), ms-swift's (query, response, history) and MATH's (problem, solution) are read too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from generator.seed_files.fields import Fields, name_kind
from generator.seed_files.records import Shape
from generator.seed_files.shapes.turns import read_history
from generator.types import SeedTask

ASKED = ("question", "query", "problem")
ANSWERS = ("answer", "answers", "response", "output", "std_answer", "solution")
CONTEXTS = ("context", "passage", "contexts")
PROVENANCE = {
    "document_id": ("document_id", "doc_id", "document", "doc"),
    "paragraph": ("paragraph", "paragraph_id", "para_id", "para"),
    "confidence": ("confidence", "extraction_confidence", "score"),
    "source_weight": ("source_weight", "weight"),
    "source": ("source", "source_url", "url"), "title": ("title",), "question_id": ("question_id", "id", "qid"),
}  # fmt: skip
_NESTED = ("provenance", "metadata")


def matches(values: Mapping[str, object]) -> bool:
    """Say whether there is a question and something to answer it, or something of a provenance."""
    return any(key in values for key in ASKED) and not any(key in values for key in ("instruction", "answer_0"))


def read_tasks(fields: Fields) -> list[SeedTask]:
    """Read a question."""
    key = next(key for key in ASKED if key in fields.values)
    tags = fields.read_tags()
    response = read_answer(fields, tags)
    for part in (fields, *_enter_nested(fields)):
        for tag, keys in PROVENANCE.items():
            if tag not in tags:
                part.put_plain(tags, tag, *keys)
    task = SeedTask(
        instruction=fields.read_instruction(key), input=_read_context(fields), response=response,
        system=fields.read_text("system") or fields.read_text("system_prompt") or None,
        history=read_history(fields, "history"),
        language=fields.read_language(), tags=tags,
    )  # fmt: skip
    return [task]


def _enter_nested(fields: Fields) -> list[Fields]:
    nested = [(key, fields.values.get(key)) for key in _NESTED]
    return [fields.enter(value, f"{key}.") for key, value in nested if isinstance(value, Mapping)]


def _read_context(fields: Fields) -> str:
    key = next((key for key in CONTEXTS if fields.values.get(key) is not None), None)
    value = fields.values.get(key) if key else None
    if isinstance(value, list):
        return "\n\n".join(fields.settle(str(key), text) for text in value)
    return fields.read_text(key) if key else ""


def read_answer(fields: Fields, tags: dict[str, str]) -> str:
    """Return the first answer; with several, all of them go into the tag `answers`."""
    key = next((key for key in ANSWERS if fields.values.get(key) is not None), None)
    value = fields.values.get(key) if key else None
    if isinstance(value, Mapping) and "text" in value:  # SQuAD's
        value = value["text"]
    if not isinstance(value, list):
        if isinstance(value, (bool, int, float)):
            return fields.read_loose(str(key))
        return "" if value is None else fields.settle(str(key), value)
    texts = [text.get("text") if isinstance(text, Mapping) else text for text in value]
    if not all(isinstance(text, str) for text in texts):
        wrong = next(text for text in texts if not isinstance(text, str))
        fields.fault(f"`{key}` holds {name_kind(wrong)}. Make it a list of strings.")
        return ""
    if len(texts) > 1:
        tags["answers"] = fields.settle("answers", json.dumps(texts, ensure_ascii=False))
    return fields.settle(str(key), texts[0]) if texts else ""


QUESTION_ANSWER = Shape("question_answer", (), matches, read_tasks)

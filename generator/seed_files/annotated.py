"""Tasks back from Label Studio: records of ours, or of others, with what people made of them.

The newest annotation that was not cancelled counts (one marked as ground truth before all): its text becomes the
response, its rating the score `human.quality`, its choice the tag `decision`.

Source: Label Studio's documentation, "Export annotations", JSON.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from generator.types import Example, SeedTask, Turn

HUMAN_SCORE, DECISION = "human.quality", "decision"


def is_task(values: Mapping[str, object]) -> bool:
    """Say whether a raw record is a task of Label Studio over a record: ours, or any with an instruction."""
    data = values.get("data")
    return isinstance(data, Mapping) and "instruction" in data


def read_task(values: Mapping[str, Any]) -> Example:
    """Return the record of a task, with what people made of it. Raises `ValueError` where it is none."""
    data = dict(values["data"])
    data["system"] = data.get("system") or None
    if "lineage" in data and "id" in data:
        example = Example.model_validate(data)
    else:
        example = _make_task(data).to_example()
    annotation = choose_annotation(values.get("annotations") or [])
    return example if annotation is None else _apply(example, annotation.get("result") or [])


def _make_task(data: Mapping[str, Any]) -> SeedTask:
    known = {name: data.get(name) or "" for name in ("instruction", "input", "response", "language")}
    history = tuple(Turn.model_validate(turn) for turn in data.get("history") or ())
    return SeedTask(
        **known, system=data["system"], history=history, rejected=data.get("rejected"), tags=data.get("tags") or {}
    )


def choose_annotation(annotations: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the annotation that counts: ground truth before others, then the newest; None where there is none."""
    sound = [one for one in annotations if not one.get("was_cancelled")]
    return max(sound, key=_weigh, default=None)


def _weigh(annotation: Mapping[str, Any]) -> tuple[bool, str]:
    return bool(annotation.get("ground_truth")), str(annotation.get("updated_at") or annotation.get("created_at") or "")


def _apply(example: Example, result: Sequence[Mapping[str, Any]]) -> Example:
    """Return the record with the response, the score and the decision of an annotation."""
    changes: dict[str, Any] = {}
    for one in result:
        name, value = one.get("from_name"), one.get("value") or {}
        if name == "response" and value.get("text"):
            text = value["text"]
            changes["response"] = text if isinstance(text, str) else text[0]
        elif name == "quality" and isinstance(value.get("rating"), int | float):
            changes["scores"] = {**example.scores, HUMAN_SCORE: float(value["rating"])}
        elif name == "decision" and value.get("choices"):
            changes["tags"] = {**example.tags, DECISION: str(value["choices"][0])}
    return Example.model_validate(example.model_dump() | changes) if changes else example

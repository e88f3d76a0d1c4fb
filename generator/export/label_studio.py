"""Label Studio's form: an array of tasks, with the response as a prediction, and the interface to edit and judge it.

`data` is the record itself, `predictions` offer its response for editing and the critic's score as a rating;
`label_studio.xml` is the labelling interface that the names refer to. What people made of the tasks is read by
`seed_files/annotated.py`.

Source: Label Studio's documentation, "Task format", "Import pre-annotations", and the tags TextArea, Rating and Choices.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from generator.export.form import Form, Rows, Written
from generator.export.tally import EVERYTHING
from generator.types import Example

SCORE = "critic.overall"
MAX_RATING = 10
INTERFACE = "label_studio.xml"
_XML = f"""<View>
  <Header value="System"/>
  <Text name="system" value="$system"/>
  <Header value="Instruction"/>
  <Text name="instruction" value="$instruction"/>
  <Header value="Input"/>
  <Text name="input" value="$input"/>
  <Header value="Response"/>
  <TextArea name="response" toName="instruction" rows="10" editable="true" maxSubmissions="1"/>
  <Rating name="quality" toName="instruction" maxRating="{MAX_RATING}"/>
  <Choices name="decision" toName="instruction" choice="single">
    <Choice value="accept"/>
    <Choice value="reject"/>
    <Choice value="review"/>
  </Choices>
</View>
"""


def make_rows(example: Example) -> Rows:
    """Return the record's task."""
    data = json.loads(example.model_dump_json())
    task = {"data": data | {"system": data["system"] or ""}, "predictions": _predict(example)}
    return [task]


def _predict(example: Example) -> list[dict[str, Any]]:
    result = []
    if example.response:
        result.append(_make_result("response", "textarea", {"text": [example.response]}))
    score = example.scores.get(SCORE)
    if isinstance(score, int | float):
        result.append(_make_result("quality", "rating", {"rating": min(MAX_RATING, max(1, round(score)))}))
    if not result:
        return []
    return [{"model_version": example.lineage.model or example.lineage.recipe, "result": result}]


def _make_result(name: str, kind: str, value: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": name, "from_name": name, "to_name": "instruction", "type": kind, "value": dict(value)}


def describe(written: Written) -> Mapping[str, str]:
    """Return the labelling interface."""
    return {INTERFACE: _XML}


LABEL_STUDIO = Form("label_studio", ".json", EVERYTHING, make_rows, describe=describe)

"""The critic: a model judges a record against a rubric, pointwise. Its verdict is parsed strictly, never made up.

A reply that is not in form is an error with the raw text kept, never a zero or a middle score. The schema is asked for,
and validated all the same.

Source: rubric practice after Zheng et al. 2023 (MT-Bench, arXiv:2306.05685); the composite is the mean of the dimensions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.parsing.json_reply import parse_scores
from generator.protocols import Ask
from generator.types import Completion, Example, Verdict

DIMENSIONS = ("instruction", "response", "alignment")
LOWEST_SCORE, HIGHEST_SCORE = 1, 10
_PART: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "explanation": {"type": "string"},
        "score": {"type": "integer", "minimum": LOWEST_SCORE, "maximum": HIGHEST_SCORE},
    },
    "required": ["explanation", "score"],
    "additionalProperties": False,
}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": dict.fromkeys(DIMENSIONS, _PART),
    "required": list(DIMENSIONS),
    "additionalProperties": False,
}


class PointwiseCritic:
    """Scores instruction, response and their alignment from 1 to 10, one call a record. Satisfies `protocols.Critic`."""

    name = "overall"

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self.model = ask.model

    async def judge(self, example: Example, *, order: int = 0) -> Verdict:
        """Return the verdict. Raises `ReplyError` where the critic did not answer in form, and `RefusedError`."""
        variables = {
            "instruction": example.instruction, "input": example.input, "response": example.response,
            "system": example.system,
        }  # fmt: skip
        reply = await self._ask(
            f"critic/{self.name}", example.language, variables, _read_scores, facts=_describe(example), schema=SCHEMA,
            about=example.id, order=order,
        )  # fmt: skip
        scores, explanations = reply.value
        return Verdict(scores, sum(scores.values()) / len(scores), explanations)


def _read_scores(completion: Completion) -> tuple[dict[str, float], dict[str, str]]:
    return parse_scores(completion.text, DIMENSIONS, LOWEST_SCORE, HIGHEST_SCORE)


def _describe(example: Example) -> dict[str, Any]:
    task = {
        "id": example.id, "instruction": example.instruction, "input": example.input, "response": example.response,
        "system": example.system, "language": example.language, "tags": example.tags,
        "checks": [check.model_dump() for check in example.checks],
    }  # fmt: skip
    return {"task": task, "language": example.language}

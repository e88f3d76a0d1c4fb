"""WebGPT comparisons: one question, two answers with their scores; also as published first, two objects in a list.

The answer with the higher score is the response, the other is kept as the rejected one. With equal scores the first is
the response, and there is no preference.
Source: Nakano et al. 2021, arXiv:2112.09332, appendix K, and the card of the published data. Deviations: quotes and
tokens are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from generator.seed_files.fields import Fields, name_kind
from generator.seed_files.records import Shape
from generator.seed_files.strict_json import BARE
from generator.types import SeedTask

FIELDS = ("question", "answer_0", "answer_1")
_SIDES = 2


def matches(values: Mapping[str, object]) -> bool:
    """Say whether there are a question and two answers."""
    return all(key in values for key in FIELDS) or _is_pair(values.get(BARE))


def _is_pair(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(side, Mapping) and {"question", "answer", "score"} <= side.keys() for side in value
    )


def read_tasks(fields: Fields) -> list[SeedTask]:
    """Read a comparison."""
    pair = fields.values.get(BARE)
    if isinstance(pair, list):
        sides = [fields.enter(side, f"[{n}].") for n, side in enumerate(pair)]
        answers = [side.read_text("answer") for side in sides]
        scores = [_read_score(side, "score") for side in sides]
        return _make_task(fields, pair[0].get("question"), answers, scores)
    answers = [fields.read_text(f"answer_{n}") for n in range(_SIDES)]
    scores = [_read_score(fields, f"score_{n}") for n in range(_SIDES)]
    return _make_task(fields, fields.values["question"], answers, scores)


def _make_task(
    fields: Fields, question: object, answers: Sequence[str], scores: Sequence[float | None]
) -> list[SeedTask]:
    tags = fields.read_tags()
    if isinstance(question, Mapping):
        asked = fields.enter(question, "question.")
        text = asked.read_instruction("full_text")
        asked.put_plain(tags, "source", "dataset")
        asked.put_plain(tags, "question_id", "id")
    else:
        text = fields.settle("question", question)
    first, second = scores
    wins = 0 if first is None or second is None or first >= second else 1
    tie = first is None or second is None or first == second
    task = SeedTask(
        instruction=text, response=answers[wins], rejected=None if tie else answers[1 - wins],
        language=fields.read_language(), tags=tags,
    )  # fmt: skip
    return [task]


def _read_score(fields: Fields, key: str) -> float | None:
    value = fields.values.get(key)
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            value = value or None
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return value
    fields.fault(f"`{fields.prefix}{key}` is {name_kind(value)}. Make it a number.")
    return None


WEBGPT = Shape("webgpt", (), matches, read_tasks)

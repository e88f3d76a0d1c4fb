"""One instruction with several responses, each with a rank or a score: the best is the response, the worst the rejected one.

Source: Nectar (`answers` with `rank`, 1 is the best), UltraFeedback (`completions` with `overall_score`), the lists of
responses with a `score` or `rating` of other sets. Deviations: those between the best and the worst are left out, with a
warning; without a number, or where all are equal, the first is the response and there is no preference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from generator.seed_files.fields import Fields
from generator.seed_files.records import Shape
from generator.seed_files.shapes.prompt import read_prompt
from generator.seed_files.shapes.turns import make_task
from generator.types import SeedTask, Turn

LISTS = ("answers", "completions", "responses")
ASKED = ("prompt", "instruction", "question", "query")
_TEXTS = ("answer", "response", "text", "content", "completion")
_SCORES = ("overall_score", "fine-grained_score", "score", "rating", "reward")
_RANK = "rank"
_PAIR = 2


def matches(values: Mapping[str, object]) -> bool:
    """Say whether there is something asked, and a list of responses that are objects."""
    return any(isinstance(values.get(key), str) for key in ASKED) and _find_list(values) is not None


def _find_list(values: Mapping[str, object]) -> str | None:
    return next((key for key in LISTS if _are_ranked(values.get(key))), None)


def _are_ranked(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(
        isinstance(one, Mapping) and _find_text(one) is not None and (_RANK in one or any(key in one for key in _SCORES))
        for one in value
    )  # fmt: skip


def _find_text(values: Mapping[str, object]) -> str | None:
    return next((key for key in _TEXTS if isinstance(values.get(key), str)), None)


def read_tasks(fields: Fields) -> list[SeedTask]:
    """Read what is asked with the best response and the worst."""
    asked = read_prompt(fields, next(key for key in ASKED if isinstance(fields.values.get(key), str)))
    listed = fields.read_list(_find_list(fields.values) or LISTS[0])
    texts = [one.read_text(_find_text(one.values) or _TEXTS[0]) for one in listed]
    best, worst = _choose([_weigh(one.values) for one in listed])
    if len(texts) > _PAIR:
        fields.warn(
            "of several responses the best and the worst are read. The others are left out.", len(texts) - _PAIR
        )
    rejected = None if worst is None or texts[worst] == texts[best] else texts[worst]
    return make_task(fields, (*asked, Turn(role="assistant", content=texts[best])), rejected=rejected)


def _weigh(values: Mapping[str, object]) -> float | None:
    """Return how good a response is said to be: the more, the better."""
    rank = values.get(_RANK)
    if isinstance(rank, (int, float)) and not isinstance(rank, bool):
        return -float(rank)
    scores = (values.get(key) for key in _SCORES)
    return next(
        (float(score) for score in scores if isinstance(score, (int, float)) and not isinstance(score, bool)), None
    )


def _choose(weights: Sequence[float | None]) -> tuple[int, int | None]:
    """Return the places of the best and the worst; None for the latter where nothing tells them apart."""
    known = [(weight, place) for place, weight in enumerate(weights) if weight is not None]
    if not known:
        return 0, None
    best = max(known, key=lambda one: (one[0], -one[1]))
    worst = min(known)
    return best[1], worst[1] if worst[0] < best[0] else None


RANKED = Shape("ranked", (), matches, read_tasks)

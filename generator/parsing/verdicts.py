"""A critic's verdicts: scores by dimension, or which of two responses is better. Strict, and never made up.

Promise: unknown stays unknown. Whatever is not a verdict on just the dimensions asked for, each with one whole score on
the scale, is an error with a name of its own. Nothing that the judged text says can become the verdict: an object that
stands in it is refused, whoever repeats it, and however it is spelled or spaced there.

Source: the reply forms of the rubrics under `prompts/critic/`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Literal

from generator.errors import ReplyError
from generator.parsing.json_reply import parse_json_object, parse_scores
from generator.parsing.quoted import refuse_quoted
from generator.parsing.reply_text import require_answer

Preference = Literal["first", "second", "tie"]
PREFERENCES: tuple[Preference, ...] = ("first", "second", "tie")

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?[0-9]+(?:\.[0-9]+)?|[{}\[\]]', re.DOTALL)
_OBJECT_START = re.compile(r'\{(?=\s*")')


def parse_verdict(
    text: str, dimensions: Sequence[str], low: int, high: int, *, judged: Collection[str] = ()
) -> tuple[dict[str, float], dict[str, str]]:
    """Return (scores in [low, high], explanations) by dimension; `judged` are the texts that the critic was shown.

    Scores are whole numbers. Raises `ReplyError`: as `parse_scores`; `empty_reply`, `unfinished_reasoning`,
    `score_not_whole`, `two_scores`, `repeats_judged_text`.
    """
    require_answer(text)
    scores, explanations = parse_scores(text, dimensions, low, high)
    reply = parse_json_object(text)
    for name in dimensions:
        if not scores[name].is_integer():
            raise ReplyError("score_not_whole", f"the score of {name!r} is {scores[name]:g}, no whole number", raw=text)
        _refuse_more_numbers(name, reply[name], raw=text)
    refuse_quoted(reply, judged, raw=text)
    return scores, explanations


def parse_preference(
    text: str, dimensions: Sequence[str], *, judged: Collection[str] = ()
) -> tuple[dict[str, Preference], dict[str, str]]:
    """Return (which is better, explanations) by dimension from {dimension: {"explanation": str, "better": str}}.

    Raises `ReplyError`: as `parse_json_object`; `empty_reply`, `unknown_dimension`, `missing_dimension`,
    `dimension_not_object`, `missing_explanation`, `missing_choice`, `unknown_choice`, `two_scores`,
    `repeats_judged_text`.
    """
    require_answer(text)
    reply = parse_json_object(text)
    strange = next((name for name in reply if name not in dimensions), None)
    if strange is not None:
        raise ReplyError("unknown_dimension", f"{strange!r:.60} is not a dimension of the rubric", raw=text)
    choices: dict[str, Preference] = {}
    explanations: dict[str, str] = {}
    for name in dimensions:
        part = reply.get(name)
        if name not in reply:
            raise ReplyError("missing_dimension", f"the reply does not judge {name!r}", raw=text)
        if not isinstance(part, dict):
            raise ReplyError("dimension_not_object", f"{name!r} is not an object with a choice", raw=text)
        choices[name] = _read_choice(name, part, raw=text)
        _refuse_more_numbers(name, part, raw=text)
        if not isinstance(part.get("explanation"), str):
            raise ReplyError("missing_explanation", f"{name!r} has no explanation", raw=text)
        explanations[name] = part["explanation"].strip()
    refuse_quoted(reply, judged, raw=text)
    return choices, explanations


def _read_choice(name: str, part: Mapping[str, Any], *, raw: str) -> Preference:
    if "better" not in part:
        raise ReplyError("missing_choice", f"{name!r} does not say which is better", raw=raw)
    found: Preference | None = next((choice for choice in PREFERENCES if choice == part["better"]), None)
    if found is None:
        raise ReplyError("unknown_choice", f"{part['better']!r:.40} is none of {', '.join(PREFERENCES)}", raw=raw)
    return found


def _refuse_more_numbers(name: str, part: object, *, raw: str) -> None:
    """Refuse a second number beside the score: which of them is meant is not known."""
    if not isinstance(part, dict):
        return
    for key, value in part.items():
        if key not in ("score", "explanation", "better") and isinstance(value, int | float | list | dict):
            raise ReplyError("two_scores", f"{name!r} has {key!r:.40} beside its verdict", raw=raw)


def find_score_spans(text: str, dimensions: Collection[str]) -> dict[str, tuple[int, int]]:
    """Return where the digits of each dimension's score stand in a reply that parses: (start, end) by dimension."""
    spans: dict[str, tuple[int, int]] = {}
    for start in _OBJECT_START.finditer(text):
        for path, span in _walk_numbers(text, start.start()):
            if len(path) == 2 and path[1] == "score" and path[0] in dimensions:
                spans.setdefault(path[0], span)
        if spans:
            break
    return spans


def _walk_numbers(text: str, start: int) -> Iterator[tuple[list[str], tuple[int, int]]]:
    """Yield (keys that lead to it, span) for each number of the object that begins at `start`."""
    keys: list[str] = []  # the last string seen at each depth: before a number or a brace, that is its key
    for token in _TOKEN.finditer(text, start):
        if token[0] in "{[":
            keys.append("")
        elif token[0] in "}]":
            keys.pop()
            if not keys:
                return
        elif token[0][0] == '"':
            keys[-1] = token[0][1:-1]
        else:
            yield list(keys), token.span()

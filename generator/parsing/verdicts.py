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
from generator.parsing.json_reply import parse_json_object, read_explanation
from generator.parsing.quoted import refuse_quoted
from generator.parsing.reply_text import require_answer

Preference = Literal["first", "second", "tie"]
PREFERENCES: tuple[Preference, ...] = ("first", "second", "tie")

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?[0-9]+(?:\.[0-9]+)?|[{}\[\]]', re.DOTALL)
_SCORE_IN_TEXT = re.compile(r"\s*[-+]?[\d零〇一二三四五六七八九十百]+(?:[.．]\d+)?\s*(?:$|[/／%％分点]|out of\b)")
_OBJECT_START = re.compile(r'\{(?=\s*")')


def parse_verdict(
    text: str, dimensions: Sequence[str], low: int, high: int, *, judged: Collection[str] = ()
) -> tuple[dict[str, float], dict[str, str]]:
    """Return (whole scores in [low, high], explanations) by dimension from {dimension: {"explanation": str, "score": n}}.

    `judged` are the texts that the critic was shown. Raises `ReplyError`: as `parse_json_object`; `empty_reply`,
    `unfinished_reasoning`, `unknown_dimension`, `missing_dimension`, `dimension_not_object`, `missing_score`,
    `score_not_a_number`, `score_out_of_range`, `score_not_whole`, `two_scores`, `missing_explanation`,
    `explanation_not_text`, `repeats_judged_text`.
    """
    parts = _read_parts(text, dimensions)
    scores = {name: _read_score(name, parts[name], low, high, raw=text) for name in dimensions}
    return scores, _read_explanations(parts, "score", dimensions, judged, raw=text)


def parse_preference(
    text: str, dimensions: Sequence[str], *, judged: Collection[str] = ()
) -> tuple[dict[str, Preference], dict[str, str]]:
    """Return (which is better, explanations) by dimension from {dimension: {"explanation": str, "better": str}}.

    Raises `ReplyError` as `parse_verdict`, with `missing_choice` and `unknown_choice` in the place of what it says of scores.
    """
    parts = _read_parts(text, dimensions)
    choices = {name: _read_choice(name, parts[name], raw=text) for name in dimensions}
    return choices, _read_explanations(parts, "better", dimensions, judged, raw=text)


def _read_parts(text: str, dimensions: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the reply, an object for each of the dimensions asked for and nothing else."""
    require_answer(text)
    reply = parse_json_object(text)
    parts = {name: part for name, part in reply.items() if isinstance(part, dict)}
    for name in reply:
        if name not in dimensions:
            raise ReplyError("unknown_dimension", f"{name!r:.60} is not a dimension of the rubric", raw=text)
    for name in dimensions:
        if name not in reply:
            raise ReplyError("missing_dimension", f"the reply does not judge {name!r}", raw=text)
        if name not in parts:
            raise ReplyError("dimension_not_object", f"{name!r} is not an object with a verdict", raw=text)
    return parts


def _read_score(name: str, part: Mapping[str, Any], low: int, high: int, *, raw: str) -> float:
    if "score" not in part:
        raise ReplyError("missing_score", f"{name!r} has no score", raw=raw)
    score = part["score"]
    if isinstance(score, bool) or not isinstance(score, int | float):
        raise ReplyError("score_not_a_number", f"the score of {name!r} is {score!r:.40}, not a number", raw=raw)
    if not low <= score <= high:
        shown = f"{score:.6g}" if isinstance(score, float) else f"a number of {score.bit_length()} bits"
        raise ReplyError("score_out_of_range", f"the score of {name!r} is {shown}, not {low} to {high}", raw=raw)
    if not float(score).is_integer():
        raise ReplyError("score_not_whole", f"the score of {name!r} is {score:g}, no whole number", raw=raw)
    return float(score)


def _read_choice(name: str, part: Mapping[str, Any], *, raw: str) -> Preference:
    if "better" not in part:
        raise ReplyError("missing_choice", f"{name!r} does not say which is better", raw=raw)
    found: Preference | None = next((choice for choice in PREFERENCES if choice == part["better"]), None)
    if found is None:
        raise ReplyError("unknown_choice", f"{part['better']!r:.40} is none of {', '.join(PREFERENCES)}", raw=raw)
    return found


def _read_explanations(
    parts: Mapping[str, Mapping[str, Any]],
    verdict: str,
    dimensions: Sequence[str],
    judged: Collection[str],
    *,
    raw: str,
) -> dict[str, str]:
    """Return why, by dimension; refuse what may be a second verdict, and a verdict that a judged text gave itself."""
    for name in dimensions:
        for key, value in parts[name].items():
            if key not in (verdict, "explanation") and not _is_remark(value):
                raise ReplyError("two_scores", f"{name!r} has {key!r:.40} beside its verdict", raw=raw)
    explanations = {name: read_explanation(parts[name], name, raw=raw) for name in dimensions}
    refuse_quoted(parts, judged, raw=raw)
    return explanations


def _is_remark(value: object) -> bool:
    """Say whether a value is nothing at all, or a text that reads neither as a score nor as a choice."""
    if not isinstance(value, str):
        return value is None
    return _SCORE_IN_TEXT.match(value) is None and value.strip().casefold() not in PREFERENCES


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

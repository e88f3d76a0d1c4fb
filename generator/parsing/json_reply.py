"""JSON replies: exactly one object, and from it a judgement of equality.

Promise: unknown stays unknown. A number that is not finite, a key given twice and an object that was cut off are errors
with a reason of their own. Nothing is salvaged from inside an object that does not parse.

Source: RFC 8259 for the grammar; the form of the template `judge/equal`.

Deviations: a raw line break inside a string is accepted (small models write it, and it changes no value). An object may
stand in a code fence or in prose, and may be repeated as long as it says the same.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Mapping
from typing import Any

from generator.errors import ReplyError
from generator.parsing.quoted import refuse_quoted
from generator.parsing.reply_text import refuse_broken_text, take_answer

_OBJECT_START = re.compile(r'\{(?=\s*["}])')  # a brace in prose (`{name}`) is not one


def parse_json_object(text: str) -> dict[str, object]:
    """Return the one JSON object of the reply.

    Raises `ReplyError`: `no_json`, `truncated_json`, `malformed_json`, `several_objects`, `duplicate_key`,
    `not_finite`.
    """
    if (whole := _read_whole(text)) is not None:
        return whole
    answer = take_answer(text)
    found: dict[str, object] | None = None
    position = 0
    while start := _OBJECT_START.search(answer, position):
        value, position = _decode(answer, start.start(), raw=text)
        if found and value and _canonical(found) != _canonical(value):
            raise ReplyError("several_objects", "the reply holds two different JSON objects", raw=text)
        found = found or value
    if found is None:
        raise ReplyError("no_json", "the reply holds no JSON object", raw=text)
    return found


def _read_whole(text: str) -> dict[str, object] | None:
    """Return the object that the whole text is, whatever its strings hold (`</think>`, too); None where it is none."""
    stripped = text.strip()
    try:
        value, end = _DECODER.raw_decode(stripped)
    except (ReplyError, ValueError, RecursionError):
        return None  # the slower way finds the reason
    if end != len(stripped) or not isinstance(value, dict):
        return None
    refuse_broken_text(json.dumps(value, ensure_ascii=False) if "\\u" in stripped else stripped, raw=text)
    return value


def load_strict(text: str, *, raw: str) -> Any:
    """Return the JSON value that is the whole text. Raises `ReplyError` as `parse_json_object` does."""
    stripped = text.strip()
    value, end = _decode(stripped, 0, raw=raw)
    if end != len(stripped):
        raise ReplyError("malformed_json", "text follows the JSON value", raw=raw)
    return value


def parse_equal(text: str, judged: Collection[str] = ()) -> tuple[bool, str]:
    """Return the judgement {"explanation": str, "equal": bool} as (equal, explanation); `judged` are the texts compared.

    Raises `ReplyError`: as `parse_json_object`; `missing_equal`, `equal_not_boolean`, `missing_explanation`,
    `explanation_not_text`, `repeats_judged_text`.
    """
    reply = parse_json_object(text)
    if "equal" not in reply:
        raise ReplyError("missing_equal", "the judgement does not say whether the tasks are equal", raw=text)
    equal = reply["equal"]
    if not isinstance(equal, bool):
        raise ReplyError("equal_not_boolean", f"equal is {equal!r:.40}, neither true nor false", raw=text)
    explanation = read_explanation(reply, "the judgement", raw=text)
    refuse_quoted(reply, judged, raw=text)
    return equal, explanation


def read_explanation(part: Mapping[str, Any], name: str, *, raw: str) -> str:
    """Return the explanation beside a verdict. Raises `ReplyError`: `missing_explanation`, `explanation_not_text`."""
    if "explanation" not in part:
        raise ReplyError("missing_explanation", f"{name} has no explanation", raw=raw)
    explanation = part["explanation"]
    if not isinstance(explanation, str):
        raise ReplyError("explanation_not_text", f"the explanation of {name} is not a text", raw=raw)
    return explanation.strip()


def _decode(text: str, start: int, *, raw: str) -> tuple[Any, int]:
    """Return the JSON value at `start` and where it ends; each failure has its own reason."""
    try:
        value, end = _DECODER.raw_decode(text, start)
    except ReplyError as error:
        raise ReplyError(error.reason, str(error), raw=raw) from None
    except json.JSONDecodeError as error:
        cut = error.msg.startswith("Unterminated") or not any(mark in text[error.pos :] for mark in "}]")
        reason = "truncated_json" if cut else "malformed_json"
        raise ReplyError(reason, f"the JSON does not parse: {error.msg}", raw=raw) from None
    except RecursionError:
        raise ReplyError("malformed_json", "the JSON is nested too deeply", raw=raw) from None
    except ValueError as error:  # an integer of more digits than Python converts
        raise ReplyError("malformed_json", f"the JSON does not parse: {error}", raw=raw) from None
    if "\\u" in text[start:end]:
        refuse_broken_text(json.dumps(value, ensure_ascii=False), raw=raw)
    return value, end


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object; a key given twice says two things at once."""
    built = dict(pairs)
    if len(built) != len(pairs):
        raise ReplyError("duplicate_key", "a key is given twice in one JSON object")
    return built


def _refuse_constant(name: str) -> float:
    raise ReplyError("not_finite", f"{name} is not a JSON number")


def _read_float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ReplyError("not_finite", f"{digits:.40} is too large for a number")
    return value


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_refuse_duplicates, parse_constant=_refuse_constant, parse_float=_read_float, strict=False
)

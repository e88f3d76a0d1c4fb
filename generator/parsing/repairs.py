"""What had to be mended before a reply that was asked for as JSON could be read: named, to be counted. Pure.

It judges nothing: a reply that comes here was parsed already, and what it says is its parser's business.

Source: RFC 8259 for what a reply should have been: one value, and white space around it.
"""

from __future__ import annotations

import json
import re

from generator.parsing.reply_text import take_answer, unwrap_fence

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f]")

REASONING, CODE_FENCE, PROSE, CONTROL_CHARACTERS = "reasoning", "code_fence", "prose", "control_characters"


def list_repairs(text: str) -> list[str]:
    """Return what was mended in a reply that was read as a JSON object: nothing where the text is JSON as it stands.

    `reasoning` before it was dropped, a `code_fence` taken off, `prose` around it passed over, raw
    `control_characters` in strings accepted.
    """
    if _is_json(text):
        return []
    repairs = []
    answer = take_answer(text)
    if answer != text.strip().removeprefix("\ufeff").strip():
        repairs.append(REASONING)
    inside = unwrap_fence(answer)
    if inside != answer:
        repairs.append(CODE_FENCE)
    if not _is_json(inside, strict=False):
        repairs.append(PROSE)
        inside = inside[max(inside.find("{"), 0) :]
    if any(_CONTROL.search(string[0]) for string in _STRING.finditer(inside)):
        repairs.append(CONTROL_CHARACTERS)
    return repairs


def _is_json(text: str, *, strict: bool = True) -> bool:
    try:
        json.loads(text, strict=strict)
    except (ValueError, RecursionError):
        return False
    return True

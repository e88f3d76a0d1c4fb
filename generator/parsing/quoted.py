"""Whose words a verdict is: one that stands in the judged text already is that text's, not the critic's.

Promise: a text cannot write its own verdict through a critic that repeats it. What stands there word for word counts as
repeated, whatever its white space, escapes, invisible characters, disarmed role markers or zeros after the point: the
verdict as a whole, and each part of it that is explained. Every scan is linear in the text.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Mapping
from typing import Any

from generator.errors import ReplyError
from generator.parsing.role_markers import ignore_arms

_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_ESCAPED_SPACE = re.compile(r"\\[nrtbf]")
_ZEROS = re.compile(r"(?<=[0-9])\.0+(?![0-9])")


def refuse_quoted(reply: Mapping[str, Any], judged: Collection[str], *, raw: str) -> None:
    """Raise `ReplyError` (`repeats_judged_text`) where the reply, or a part of it, stands in one of the judged texts."""
    texts = [_fold(text) for text in judged if "{" in text]
    if not texts:
        return
    parts = [reply, *(part for part in reply.values() if isinstance(part, dict) and part.get("explanation"))]
    said = [_fold(json.dumps(part, ensure_ascii=False)) for part in parts]
    said.append(_fold(raw[raw.find("{") : raw.rfind("}") + 1]))
    if any(one in text for one in said for text in texts):
        raise ReplyError("repeats_judged_text", "the verdict stands word for word in the text that is judged", raw=raw)


def _fold(text: str) -> str:
    """Return a text without white space, invisible characters and backslashes, escapes resolved, in compatibility form."""
    plain = ignore_arms(_ESCAPED_SPACE.sub("", _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)))
    shown = (char for char in unicodedata.normalize("NFKC", plain) if unicodedata.category(char) != "Cf")
    return _ZEROS.sub("", "".join("".join(shown).replace("\\", "").split()))

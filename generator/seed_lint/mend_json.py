"""Mends what stands for JSON's syntax in a text but is not it: curly quotes, odd spaces, commas too many.

Only what lies outside of strings is touched. A curly quote opens a string where a value or a key may begin; the string
ends at the next curly quote that a colon, a comma, a closing bracket or the end follows.
Source: RFC 8259, section 2, for what may stand between values.
"""

from __future__ import annotations

import json
import re
from collections import Counter

_OPENING = "“”„‟«»＂"
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_CURLY_STRING = re.compile(r"[“”„‟＂«»]((?:[^\\]|\\.)*?)[“”‟＂«»](?=\s*(?:[:,}\]]|\Z))", re.DOTALL)
_ODD_SPACE = re.compile("[\u00a0\u200b\u2000-\u200a\u202f\u3000\ufeff]+")
_COMMA = re.compile(r",(?=\s*[}\]])|,(?=\s*\Z)")
_FULL_WIDTH = str.maketrans({"：": ":", "，": ",", "｛": "{", "｝": "}", "［": "[", "］": "]"})


def mend_json(text: str, rules: Counter[str]) -> str:
    """Return the text with its syntax mended, and count by rule what was done."""
    pieces: list[str] = []
    strings: list[str] = []
    at = 0
    while at < len(text):
        found = _STRING.match(text, at) if text[at] == '"' else None
        if found is None and text[at] in _OPENING and (found := _CURLY_STRING.match(text, at)):
            rules["curly_quotes"] += 1
            strings.append(_quote(found[1]))
        elif found is not None:
            strings.append(found[0])
        else:
            pieces.append(text[at])
            at += 1
            continue
        pieces.append(f"\0{len(strings) - 1}\0")
        at = found.end()
    return _put_back(_mend_between("".join(pieces), rules), strings)


def _quote(said: str) -> str:
    """Return the inside of a string that curly quotes held as a JSON string; its escapes stay what they are."""
    try:
        json.loads(f'"{said}"')
    except ValueError:
        said = re.sub(r'(?<!\\)"', r"\\\"", said)
    return f'"{said}"'


def _mend_between(text: str, rules: Counter[str]) -> str:
    for name, pattern, by in (("odd_space", _ODD_SPACE, " "), ("trailing_comma", _COMMA, "")):
        text, count = pattern.subn(by, text)
        rules[name] += count
    wide = text.translate(_FULL_WIDTH)
    if wide != text:
        rules["full_width_syntax"] += sum(one != other for one, other in zip(text, wide, strict=True))
    for name in [name for name, count in rules.items() if not count]:
        del rules[name]
    return wide


def _put_back(text: str, strings: list[str]) -> str:
    return re.sub("\0(\\d+)\0", lambda found: strings[int(found[1])], text)

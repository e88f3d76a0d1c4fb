"""How the response is laid out: lists, headings, sections, title, postscript and other marks on lines.

Source: the format constraints of IFEval (Zhou et al. 2023, arXiv:2311.07911, table 1).
Deviations: numbers must be consecutive from 1; sections must come in order; a title must be the first line and a
postscript the last; nothing inside fenced code counts.
"""

from __future__ import annotations

import re

from evaluators.verifiers.groups import ABOUT_PROSE, FIRST_LINE, JSON, LAST_LINE, LISTS, MARKDOWN
from evaluators.verifiers.kind import Param, Params, Rule, choice, texts, whole
from evaluators.verifiers.segment import (
    count_words,
    find_bullets,
    find_checkboxes,
    find_headings,
    find_lines,
    find_list_items,
    find_numbered,
    find_prose_lines,
    find_words,
)  # fmt: skip

SEPARATOR = "******"
MIN_SORTED = 2  # one item has no order

_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
_NUMBER = re.compile(r"[0-9]{1,3}")


def count_bold(response: str) -> int:
    """Count the `**bold**` spans outside fenced code."""
    return sum(1 for line in find_prose_lines(response) for span in _BOLD.findall(line) if span.strip())


def is_numbered(response: str, params: Params, _: str) -> bool:
    """Say whether the numbered lines are 1, 2, … count."""
    return [number for number, _content in find_numbered(response)] == list(range(1, params["count"] + 1))


def has_title(response: str, params: Params, _: str) -> bool:
    """Say whether the first line is a title in the marks."""
    first = find_lines(response)[0].strip()
    opening, closing = params["marks"][: len(params["marks"]) // 2], params["marks"][len(params["marks"]) // 2 :]
    inner = first[len(opening) : -len(closing)]
    wrapped = first.startswith(opening) and first.endswith(closing) and count_words(inner) > 0
    return wrapped and opening not in inner and closing not in inner


def has_sections(response: str, params: Params, _: str) -> bool:
    """Say whether the lines that start with the label and a number are numbered 1, 2, … count."""
    before, after = params["label"].split("N")
    found: list[int] = []
    for line in find_prose_lines(response):
        rest = line.strip().lstrip("#*").strip()
        if rest.startswith(before) and (number := _NUMBER.match(rest, len(before))):
            tail = rest[number.end() :]
            if tail.startswith(after) and not (not after and tail[:1].isalnum()):
                found.append(int(number[0]))
    return found == list(range(1, params["count"] + 1))


def is_separated(response: str, params: Params, _: str) -> bool:
    """Say whether lines of six asterisks part the response into `count` parts, none without a word."""
    parts: list[list[str]] = [[]]
    for line in response.split("\n"):
        if line.strip() == SEPARATOR:
            parts.append([])
        else:
            parts[-1].append(line)
    return len(parts) == params["count"] and all(count_words("\n".join(part)) for part in parts)


def has_postscript(response: str, params: Params, _: str) -> bool:
    """Say whether the last line starts with the marker and goes on, and is not the only one."""
    lines = find_lines(response)
    last = lines[-1].strip()
    marker = params["marker"]
    return len(lines) > 1 and last.startswith(marker) and count_words(last[len(marker) :]) > 0


def is_sorted(response: str, _params: Params, _: str) -> bool:
    """Say whether there are two list items or more, in alphabetical order whatever case and punctuation."""
    keys = [" ".join(find_words(item)).casefold() for item in find_list_items(response)]
    return len(keys) >= MIN_SORTED and keys == sorted(keys)


def has_key_values(response: str, params: Params, _: str) -> bool:
    """Say whether each key labels exactly one line with a value, in the order given."""
    found: list[str] = []
    for line in find_prose_lines(response):
        label, colon, value = line.strip().replace("：", ":", 1).partition(":")
        if colon and value.strip() and label.strip() in params["keys"]:
            found.append(label.strip())
    keys: tuple[str, ...] = params["keys"]
    return tuple(found) == keys


def is_prose(response: str, _params: Params, _: str) -> bool:
    """Say whether there is no list, heading, table row, quotation mark of Markdown or fenced code."""
    lines = find_lines(response)
    return len(find_prose_lines(response)) == len(lines) and not (
        find_bullets(response) or find_numbered(response) or find_headings(response)
        or any(line.lstrip().startswith(("|", ">")) for line in lines)
    )  # fmt: skip


LAYOUT_RULES: dict[str, Rule] = {
    "bullet_count": Rule(
        {"count": Param(whole(1, 200))},
        lambda response, params, _: len(find_bullets(response)) == params["count"],
        (LISTS - {"bullet_count"}) | JSON | ABOUT_PROSE | {"table"},
    ),
    "numbered_list": Rule(
        {"count": Param(whole(1, 200))},
        is_numbered, (LISTS - {"numbered_list"}) | JSON | ABOUT_PROSE | {"table"},
    ),
    "checklist": Rule(
        {"count": Param(whole(1, 200))},
        lambda response, params, _: len(find_checkboxes(response)) == params["count"],
        (LISTS - {"checklist"}) | JSON | ABOUT_PROSE | {"table", "placeholders"},
    ),
    "headings": Rule(
        {"count": Param(whole(1, 100))},
        lambda response, params, _: len(find_headings(response)) == params["count"],
        JSON | ABOUT_PROSE | {"sections", "title", "starts_with"},
    ),
    "bold_terms": Rule(
        {"count": Param(whole(1, 500))},
        lambda response, params, _: count_bold(response) >= params["count"],
        JSON,
    ),
    "title": Rule(
        {"marks": Param(choice("<<>>", "《》"), required=False, default="<<>>")},
        has_title, FIRST_LINE | {"prose_only", "opening_mentions"},
    ),
    "sections": Rule(
        {
            "count": Param(whole(1, 50)),
            "label": Param(choice("Section N", "Part N", "第N部分", "第N节"), required=False, default="Section N"),
        },
        has_sections, JSON | ABOUT_PROSE | LISTS | {"headings", "separator", "prose_only"},
    ),
    "separator": Rule(
        {"count": Param(whole(2, 20), required=False, default=2)},
        is_separated, JSON | ABOUT_PROSE | LISTS | {"paragraph_count", "line_count", "sections", "prose_only", "table"},
    ),
    "postscript": Rule(
        {"marker": Param(choice("P.S.", "P.P.S", "附：", "又及："), required=False, default="P.S.")},
        has_postscript, LAST_LINE | ABOUT_PROSE,
    ),
    "alphabetical_list": Rule(
        {},
        is_sorted, JSON,
    ),
    "key_value_lines": Rule(
        {"keys": Param(texts(40, 20))},
        has_key_values, FIRST_LINE | ABOUT_PROSE,
    ),
    "prose_only": Rule(
        {},
        is_prose, JSON | (MARKDOWN - {"bold_terms"}) | {"title", "sections", "separator"},
    ),
}  # fmt: skip

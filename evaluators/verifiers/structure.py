"""Structures around or inside the response: JSON, code, tables, quotation marks, tags, placeholders.

Source: the format and content constraints of IFEval (Zhou et al. 2023, arXiv:2311.07911, table 1).
Deviations: JSON must be an object with given keys or an array of given length, not merely parse; tables are new.
"""

from __future__ import annotations

import json
import re
from typing import Any

from evaluators.verifiers.case import CASE_RULES
from evaluators.verifiers.groups import ABOUT_PROSE, FIRST_LINE, JSON, LAST_LINE, LINES, LISTS, MARKDOWN, WORDS, WRAPPED
from evaluators.verifiers.kind import Clean, Param, Params, Rule, choice, flag, refuse, text, texts, whole
from evaluators.verifiers.segment import find_prose_lines, read_code_blocks

JSON_CONFLICTS = (
    (FIRST_LINE | LAST_LINE | LINES | MARKDOWN | WORDS | ABOUT_PROSE | frozenset(CASE_RULES))
    | {"max_characters", "no_commas", "forbidden_marks", "placeholders"}
)  # fmt: skip

_PLACEHOLDER = re.compile(r"(?<![A-Za-z0-9_\])`])\[[^\W\d_][^\[\]\n\"'`]+\](?!\()")
_DELIMITER = re.compile(r"[ \t]*:?-+:?[ \t]*")
_TAG = re.compile(r"[a-z][a-z0-9_-]{0,29}")
_LANGUAGE = re.compile(r"[A-Za-z0-9+#._-]{1,30}")


def read_json(response: str) -> Any:
    """Return the JSON value that the whole response is (inside one code fence or not); None where it is none."""
    blocks = read_code_blocks(response.strip())
    fenced = len(blocks) == 1 and not find_prose_lines(response) and blocks[0].language.lower() in ("", "json")
    try:
        return json.loads(blocks[0].body if fenced else response)
    except (ValueError, RecursionError):
        return None


def is_json_object(response: str, params: Params, _: str) -> bool:
    """Say whether the response is a JSON object with the keys, and no other where `only` is set."""
    value = read_json(response)
    if not isinstance(value, dict):
        return False
    keys = set(params["keys"])
    return set(value) == keys if params["only"] else keys <= set(value)


def is_json_array(response: str, params: Params, _: str) -> bool:
    """Say whether the response is a JSON array of `count` elements."""
    value = read_json(response)
    return isinstance(value, list) and len(value) == params["count"]


def has_code_block(response: str, params: Params, _: str) -> bool:
    """Say whether there is a closed, not blank code block, of the language where one is given."""
    wanted = params["language"]
    return any(
        block.body.strip() and (wanted is None or block.language.lower() == wanted.lower())
        for block in read_code_blocks(response)
    )  # fmt: skip


def split_row(line: str) -> list[str]:
    """Return the cells of a Markdown table row; none where the line is no row. An escaped bar does not part cells."""
    row = line.strip()
    if "|" not in row:
        return []
    cells = row.replace("\\|", "\0").split("|")
    begin = 1 if row.startswith("|") else 0
    end = len(cells) - 1 if row.endswith("|") and not row.endswith("\\|") else len(cells)
    return cells[begin:end]


def read_tables(response: str) -> list[list[list[str]]]:
    """Return the Markdown tables outside fenced code: rows of cells, the header first, without the rule below it."""
    tables: list[list[list[str]]] = []
    before: list[str] = []
    inside = False
    for cells in map(split_row, find_prose_lines(response)):
        if len(before) == len(cells) > 0 and all(_DELIMITER.fullmatch(cell) for cell in cells):
            tables.append([before])
            inside = True
        elif inside and cells:
            tables[-1].append(cells)
        else:
            inside = False
        before = cells
    return tables


def has_table(response: str, params: Params, _: str) -> bool:
    """Say whether there is exactly one table, each row with `columns` cells, and `rows` rows below the header."""
    tables = read_tables(response)
    if len(tables) != 1 or len(tables[0]) < 2 or any(len(row) != params["columns"] for row in tables[0]):
        return False
    return params["rows"] is None or len(tables[0]) - 1 == params["rows"]


def is_quoted(response: str, params: Params, _: str) -> bool:
    """Say whether the response is inside one pair of the marks, which do not appear again."""
    opening, closing = params["marks"]
    inner = response.strip()[1:-1]
    wrapped = response.strip().startswith(opening) and response.strip().endswith(closing)
    return wrapped and bool(inner.strip()) and opening not in inner and closing not in inner


def is_tagged(response: str, params: Params, _: str) -> bool:
    """Say whether the response is inside one pair of the tag, which does not appear again."""
    opening, closing = f"<{params['tag']}>", f"</{params['tag']}>"
    whole_text = response.strip()
    inner = whole_text[len(opening) : -len(closing)]
    wrapped = whole_text.startswith(opening) and whole_text.endswith(closing) and bool(inner.strip())
    return wrapped and opening not in inner and closing not in inner


def count_placeholders(response: str) -> int:
    """Count the placeholders: `[text]` outside fenced code, of two characters or more, the first a letter.

    A link's text, an index (`rows[last]`) and what stands in quotes or back-ticks inside the brackets are none.
    """
    return sum(len(_PLACEHOLDER.findall(line)) for line in find_prose_lines(response))


def matching(pattern: re.Pattern[str], what: str) -> Clean:
    """Return a check for a text of a fixed form."""
    short = text(40)

    def clean(value: Any) -> str:
        name: str = short(value)
        if not pattern.fullmatch(name):
            raise refuse(f"must be {what}")
        return name

    return Clean(f'"{what}"', clean)


STRUCTURE_RULES: dict[str, Rule] = {
    "json_object": Rule(
        {"keys": Param(texts(40, 20)), "only": Param(flag(), required=False, default=False)},
        is_json_object, JSON_CONFLICTS,
    ),
    "json_array": Rule(
        {"count": Param(whole(1, 500))},
        is_json_array, JSON_CONFLICTS,
    ),
    "code_block": Rule(
        {"language": Param(matching(_LANGUAGE, "the name of a language"), required=False)},
        has_code_block, JSON | {"prose_only"},
    ),
    "table": Rule(
        {"columns": Param(whole(1, 20)), "rows": Param(whole(1, 500), required=False)},
        has_table, JSON | ABOUT_PROSE | LISTS | {"prose_only"},
    ),
    "quoted": Rule(
        {"marks": Param(choice('""', "“”", "「」", "『』"), required=False, default='""')},
        is_quoted, FIRST_LINE | LAST_LINE,
    ),
    "tags": Rule(
        {"tag": Param(matching(_TAG, "lower-case letters, digits, - and _"))},
        is_tagged, FIRST_LINE | LAST_LINE | WRAPPED,
    ),
    "placeholders": Rule(
        {"count": Param(whole(1, 100))},
        lambda response, params, _: count_placeholders(response) >= params["count"], JSON,
    ),
}  # fmt: skip

"""Operations whose answer code can compute from a task's input: the ground truth of `computed` checks.

Each operation is a pure function of the input and clean parameters; `compute` is the only door. Words, sentences and
lines are those of `segment`; results that are not whole are rounded as `arithmetic.format_number` says. An input that
an operation cannot be done on (no number in it, no such column) raises `ReplyError` and has no answer, never a made-up
one.

Source: verifiable synthetic tasks in the manner of rule-based rewards; every operation is our own.
"""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from evaluators.verifiers.arithmetic import evaluate, find_numbers, format_number, read_numbers, refuse_input
from evaluators.verifiers.kind import Param, Params, clean_params, refuse, text
from evaluators.verifiers.segment import find_lines, find_paragraphs, find_sentences, find_words, is_cjk
from evaluators.verifiers.words import count_term

MAX_INPUT = 200_000  # characters; more is no task's input

Run = Callable[[str, Params], str]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation: its function and its parameters besides `operation`."""

    run: Run
    params: Mapping[str, Param] = field(default_factory=dict)


def compute(operation: str, task_input: str, params: Mapping[str, Any]) -> str:
    """Return the expected final answer. `params` may hold `operation` too.

    Raises `ReplyError`: `bad_check_params` for an unknown operation or bad parameters, `not_computable` for an input
    that the operation cannot be done on.
    """
    known = OPERATIONS.get(operation)
    if known is None:
        raise refuse(f"computed: unknown operation {operation!r:.80}")
    given = {key: value for key, value in params.items() if key != "operation" and value is not None}
    clean = clean_params(f"computed ({operation})", known.params, given)
    if len(task_input) > MAX_INPUT:
        raise refuse_input(f"the input has more than {MAX_INPUT} characters")
    return known.run(unicodedata.normalize("NFC", task_input), clean)


def require_words(source: str) -> tuple[str, ...]:
    """Return the words, at least one. Raises `ReplyError`."""
    words = find_words(source)
    if not words:
        raise refuse_input("there is no word in the input")
    return words


def require_lines(source: str) -> list[str]:
    """Return the lines that are not blank, stripped, at least one. Raises `ReplyError`."""
    lines = [line.strip() for line in find_lines(source)]
    if not lines:
        raise refuse_input("the input is empty")
    return lines


def read_rows(source: str) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of CSV, each row as long as the header. Raises `ReplyError`."""
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(source.strip())) if row]
    except csv.Error:
        raise refuse_input("the input is not CSV") from None
    if len(rows) < 2 or len(rows[0]) < 2 or any(len(row) != len(rows[0]) for row in rows):
        raise refuse_input("the input is not CSV with a header and rows of equal length")
    return rows[0], rows[1:]


def read_column(source: str, params: Params) -> list[str]:
    """Return the cells of the column `column`. Raises `ReplyError`."""
    header, rows = read_rows(source)
    if header.count(params["column"]) != 1:
        raise refuse_input("there is not exactly one column of that name")
    return [row[header.index(params["column"])] for row in rows]


def read_numeric_column(source: str, params: Params) -> list[Fraction]:
    """Return the column's cells as numbers. Raises `ReplyError` where one is none."""
    cells = read_column(source, params)
    if any(find_numbers(cell) != [cell] for cell in cells):
        raise refuse_input("a cell of the column is not a number")
    return [Fraction(cell.replace(",", "")) for cell in cells]


def read_object(source: str) -> dict[str, Any]:
    """Return the JSON object that the input is. Raises `ReplyError`."""
    try:
        value = json.loads(source)
    except (ValueError, RecursionError):
        raise refuse_input("the input is not JSON") from None
    if not isinstance(value, dict) or not value:
        raise refuse_input("the input is not a JSON object with a key")
    return value


def read_value(source: str, params: Params) -> str:
    """Return the value under `key`, a text as it is and a number or truth value as JSON. Raises `ReplyError`."""
    value = read_object(source).get(params["key"])
    if not isinstance(value, str | int | float) or value == "":
        raise refuse_input("there is no text, number or truth value under that key")
    return value if isinstance(value, str) else json.dumps(value)


def join_words(words: list[str]) -> str:
    """Return the words with spaces between them, none around a CJK character."""
    parts: list[str] = []
    for index, word in enumerate(words):
        apart = index > 0 and not is_cjk(word) and not is_cjk(words[index - 1])
        parts.append(f" {word}" if apart else word)
    return "".join(parts)


def average(numbers: list[Fraction]) -> str:
    """Return the mean."""
    return format_number(sum(numbers, Fraction()) / len(numbers))


def measure_range(numbers: list[Fraction]) -> str:
    """Return the difference between the largest and the smallest number."""
    return format_number(max(numbers) - min(numbers))


def list_numbers(source: str) -> str:
    """Return the numbers as they stand in the text, at least one. Raises `ReplyError`."""
    read_numbers(source)
    return ", ".join(find_numbers(source))


def sort_lines(lines: list[str]) -> list[str]:
    """Return the lines in alphabetical order, whatever their case; lines that differ in case only, capitals first."""
    return sorted(lines, key=lambda line: (line.casefold(), line))


def pick_longest(source: str) -> str:
    """Return the first of the longest words."""
    return max(require_words(source), key=len)


def dump(value: Any) -> str:
    """Return JSON on one line, as `json.dumps` writes it, in plain characters."""
    return json.dumps(value, ensure_ascii=False)


TERM = {"term": Param(text(80))}
COLUMN = {"column": Param(text(80))}

OPERATIONS: dict[str, Operation] = {
    "count_words": Operation(lambda source, _: str(len(find_words(source)))),
    "count_characters": Operation(lambda source, _: str(sum(1 for char in source if not char.isspace()))),
    "count_sentences": Operation(lambda source, _: str(len(find_sentences(source)))),
    "count_paragraphs": Operation(lambda source, _: str(len(find_paragraphs(source)))),
    "count_lines": Operation(lambda source, _: str(len(find_lines(source)))),
    "count_unique_words": Operation(lambda source, _: str(len({word.casefold() for word in find_words(source)}))),
    "count_occurrences": Operation(lambda source, params: str(count_term(params["term"], source)), TERM),
    "count_numbers": Operation(lambda source, _: str(len(find_numbers(source)))),
    "longest_word": Operation(lambda source, _: pick_longest(source)),
    "reverse_words": Operation(lambda source, _: join_words(list(reversed(require_words(source))))),
    "reverse_lines": Operation(lambda source, _: "\n".join(reversed(require_lines(source)))),
    "sort_lines": Operation(lambda source, _: "\n".join(sort_lines(require_lines(source)))),
    "unique_lines": Operation(lambda source, _: "\n".join(dict.fromkeys(require_lines(source)))),
    "lines_to_json": Operation(lambda source, _: dump(require_lines(source))),
    "initials": Operation(lambda source, _: "".join(word[0].upper() for word in require_words(source))),
    "to_upper": Operation(lambda source, _: "\n".join(require_lines(source)).upper()),
    "to_lower": Operation(lambda source, _: "\n".join(require_lines(source)).lower()),
    "extract_numbers": Operation(lambda source, _: list_numbers(source)),
    "sort_numbers": Operation(lambda source, _: ", ".join(map(format_number, sorted(read_numbers(source))))),
    "sum_numbers": Operation(lambda source, _: format_number(sum(read_numbers(source), Fraction()))),
    "average_numbers": Operation(lambda source, _: average(read_numbers(source))),
    "max_number": Operation(lambda source, _: format_number(max(read_numbers(source)))),
    "min_number": Operation(lambda source, _: format_number(min(read_numbers(source)))),
    "range_of_numbers": Operation(lambda source, _: measure_range(read_numbers(source))),
    "evaluate": Operation(lambda source, _: format_number(evaluate(source))),
    "evaluate_expression": Operation(
        lambda _, params: format_number(evaluate(params["expression"])), {"expression": Param(text(200))}
    ),
    "csv_row_count": Operation(lambda source, _: str(len(read_rows(source)[1]))),
    "csv_column_sum": Operation(
        lambda source, params: format_number(sum(read_numeric_column(source, params), Fraction())), COLUMN
    ),
    "csv_column_average": Operation(lambda source, params: average(read_numeric_column(source, params)), COLUMN),
    "csv_column_max": Operation(lambda source, params: format_number(max(read_numeric_column(source, params))), COLUMN),
    "csv_column_values": Operation(
        lambda source, params: ", ".join(dict.fromkeys(read_column(source, params))), COLUMN
    ),
    "json_keys": Operation(lambda source, _: ", ".join(sorted(read_object(source)))),
    "json_value": Operation(read_value, {"key": Param(text(80))}),
}  # fmt: skip

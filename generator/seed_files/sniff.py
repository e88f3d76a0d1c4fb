"""What kind of file it is, by its first bytes; the ending decides only where they leave it open."""

from __future__ import annotations

import codecs
import csv
import json
import re
from pathlib import Path

from generator.seed_files.containers.csv import BY_DELIMITER
from generator.seed_files.containers.json import JSON
from generator.seed_files.containers.jsonl import JSONL
from generator.seed_files.containers.parquet import MAGIC, PARQUET
from generator.seed_files.containers.yaml import YAML
from generator.seed_files.formats import find_container, find_shape
from generator.seed_files.lines import WIDE_MARKS
from generator.seed_files.records import Container
from generator.seed_files.strict_json import BARE
from generator.seed_files.unpack import HEAD_BYTES

_YAML_START = re.compile(r"(?:%YAML|---(?:\s|$)|-\s+\S|-\s*$|[A-Za-z_][\w-]*:(?:\s|$)|#)")
_JSON_START = ("{", "[")
_MUCH = HEAD_BYTES // 4  # characters: so many at least where the head was cut, at four bytes a character
_NEAR_END = HEAD_BYTES // 2  # a text that is cut in a string breaks where the string begins
_TABLES = frozenset({"csv", "tsv"})


def recognise_container(path: Path, head: bytes) -> Container | None:
    """Return the container of a file that begins with `head` (unpacked); None where nothing tells it."""
    named = find_container(path)
    if head.startswith(MAGIC):
        return PARQUET
    if head.startswith(WIDE_MARKS):
        return named or JSONL  # either says what is wrong with it
    text = head.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace").lstrip(" \t\r\n")
    if not text:
        return named
    if text.startswith(_JSON_START) and (named is None or named.name != "yaml"):
        return _recognise_json(text, named)
    return _recognise_text(text, named)


def _recognise_json(text: str, named: Container | None) -> Container:
    """Tell JSON from JSONL: the latter has whole values, each on a line of its own."""
    lines = text.split("\n", 2)
    table = _recognise_table(lines[0], named)
    if table is not None:
        return table
    whole = _is_whole(lines[0])
    following = text[len(lines[0]) :].lstrip()
    if whole and following.startswith(text[0]):
        return JSONL
    if whole and not following and (text[0] == "{" or (named is JSONL and _is_one_record(lines[0]))):
        return named if named in (JSON, JSONL) and named is not None else JSONL
    if text[0] == "[":
        return JSON
    if not whole and _spans_lines(text):
        return JSON
    return named if named in (JSON, JSONL) and named is not None else JSONL


def _is_one_record(line: str) -> bool:
    """Say whether a list is one record: two sides of a comparison."""
    return find_shape({BARE: json.loads(line)}) is not None


def _is_whole(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _spans_lines(text: str) -> bool:
    """Say whether a value that does not end with its first line ends later, or goes on beyond what is seen."""
    try:
        json.JSONDecoder().raw_decode(text)
    except json.JSONDecodeError as error:
        return len(text) > _MUCH and error.pos > len(text) - _NEAR_END
    except (RecursionError, ValueError):
        return False
    return True


def _recognise_text(text: str, named: Container | None) -> Container | None:
    first = text.split("\n", 1)[0].rstrip("\r")
    if named is not None and named.name == "yaml":
        return named
    table = _recognise_table(first, named)
    if table is not None:
        return table
    if named is not None and named.name != "parquet":
        return named
    return YAML if _YAML_START.match(first) else None


def _recognise_table(header: str, named: Container | None) -> Container | None:
    """Return the table whose header this is: separated so, it names the fields of a shape."""
    marks = sorted(BY_DELIMITER, key=lambda mark: named is not BY_DELIMITER[mark])
    for mark in marks:
        columns = _split(header, mark)
        known = find_shape(dict.fromkeys(filter(None, columns), "")) is not None
        if known and (len(columns) > 1 or (named is not None and named.name in _TABLES)):
            return BY_DELIMITER[mark]
    if named is None or named.name not in _TABLES or header.startswith(_JSON_START):
        return None
    return BY_DELIMITER[max(marks, key=lambda mark: len(_split(header, mark)))]  # the first of the best: as it is named


def _split(header: str, mark: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([header], delimiter=mark), [])]
    except csv.Error:
        return []

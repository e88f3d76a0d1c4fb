"""YAML: a list of records, or documents one after the other; one element at a time is held.

Plain data only: anchors, aliases and tags of other languages are refused, so that no file can grow beyond its size or
name code. A date stays the text that it is written as.
Source: YAML 1.1, as PyYAML reads it. Deviations: no anchors, no merge keys, no custom tags; a key has to be a text.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

import yaml

from generator.seed_files.faults import Notes, quote_text
from generator.seed_files.records import Container, Record
from generator.seed_files.strict_json import make_record

_PLAIN = "tag:yaml.org,2002:"
_CONVERTED = frozenset(_PLAIN + kind for kind in ("null", "bool", "int", "float"))
_AS_WRITTEN = frozenset(_PLAIN + kind for kind in ("str", "timestamp", "value", "merge", "seq", "map"))
MAX_DEPTH = 100  # of nesting: far beyond any record, far below Python's own limit


class _RefusedError(Exception):
    """Something that is YAML but no plain data, and the line (from 1)."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def read_records(stream: BinaryIO, notes: Notes) -> Iterator[Record]:
    """Yield the elements of top-level lists, and every other document, as records."""
    loader: Any = None
    try:
        loader = yaml.SafeLoader(cast(Any, codecs.getreader("utf-8-sig")(stream)))
        yield from _read_documents(loader, notes)
    except _RefusedError as error:
        notes.fault(error.line, f"{error} What comes after was not read.")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else None
        notes.fault(line, f"broken YAML ({error.problem or error.context}). Correct it; what comes after was not read.")
    except yaml.YAMLError as error:
        said = str(error).splitlines()[0] if str(error) else "a character that YAML does not allow"
        notes.fault(loader.line + 1 if loader else 1, f"broken YAML ({said}). Correct it, or save the file as JSONL.")
    except UnicodeDecodeError:
        notes.fault(None, "the file is not UTF-8. Save the file as UTF-8 (`seeds check --fix` does).")
    except RecursionError:
        notes.fault(loader.line + 1 if loader else 1, "broken YAML (nested too deeply). Correct it.")


def _read_documents(loader: Any, notes: Notes) -> Iterator[Record]:
    loader.get_event()  # the stream's start
    while not loader.check_event(yaml.StreamEndEvent):
        loader.get_event()  # the document's start
        if loader.check_event(yaml.SequenceStartEvent):
            loader.get_event()
            while not loader.check_event(yaml.SequenceEndEvent):
                yield from _read_node(loader, notes)
            loader.get_event()
        else:
            yield from _read_node(loader, notes)
        loader.get_event()  # the document's end


def _read_node(loader: Any, notes: Notes) -> Iterator[Record]:
    _refuse_alias(loader.peek_event())
    node: Any = loader.compose_node(None, None)
    line: int = node.start_mark.line + 1
    if loader.anchors:
        raise _RefusedError(line, "anchors (`&name`) are not read. Write the text out where it is needed.")
    problems: list[str] = []
    value = _build(loader, node, problems, 0)
    if value is None and isinstance(node, yaml.ScalarNode) and not node.value:
        return  # an empty document
    if (record := make_record(value, problems, notes, line)) is not None:
        yield record


def _refuse_alias(event: Any) -> None:
    if isinstance(event, yaml.AliasEvent):
        line = (event.start_mark.line if event.start_mark else 0) + 1
        raise _RefusedError(line, "aliases (`*name`) are not read. Write the text out where it is needed.")


def _build(loader: Any, node: Any, problems: list[str], depth: int) -> object:
    """Return the plain value of a node; what is none is noted."""
    if depth > MAX_DEPTH:
        problems.append("nested too deeply.")
        return None
    if node.tag not in _CONVERTED and node.tag not in _AS_WRITTEN:
        problems.append(f"the tag {quote_text(node.tag)} is not read. Write plain values.")
        return None
    if isinstance(node, yaml.SequenceNode):
        return [_build(loader, child, problems, depth + 1) for child in node.value]
    if isinstance(node, yaml.MappingNode):
        return _build_mapping(loader, node, problems, depth)
    if node.tag in _CONVERTED:
        value: object = loader.construct_object(node)
        return value
    return node.value


def _build_mapping(loader: Any, node: Any, problems: list[str], depth: int) -> dict[str, object]:
    built: dict[str, object] = {}
    for key, child in node.value:
        if not isinstance(key, yaml.ScalarNode):
            problems.append("a key is no text. Make it one.")
            continue
        if key.value in built:
            problems.append(f"the key {quote_text(key.value)} is there twice in one object. Keep one of them.")
        built[key.value] = _build(loader, child, problems, depth + 1)
    return built


YAML = Container("yaml", read_records)

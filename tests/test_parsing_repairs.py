"""What had to be mended to read a reply as JSON is named; what was JSON as it stood is not."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.parsing.json_reply import parse_json_object
from generator.parsing.repairs import list_repairs


@pytest.mark.parametrize(("text", "repairs"), [
    ('{"a": 1}', []), (' {"a": "x\\ny"}\n', []), ('{"a": "```json"}', []), ('{"a": "</think>"}', []),
    ('```json\n{"a": 1}\n```', ["code_fence"]), ('```\n{"a": 1}\n```\n', ["code_fence"]),
    ('{"a": "x\ny"}', ["control_characters"]), ('{"a": "x\x07y"}', ["control_characters"]),
    ('{"a": "\t"}', ["control_characters"]), ('{\n\t"a": 1}', []),
    ('```json\n{"a": "x\ny"}\n```', ["code_fence", "control_characters"]),
    ('Sure!\n{"a": 1}', ["prose"]), ('Here:\n```json\n{"a": 1}\n```\nDone.', ["prose"]),
    ('Sure!\n{"a": "x\ny"}', ["prose", "control_characters"]), ('It\'s 5" long:\n{"a": 1}', ["prose"]),
    ('{"a": 1}\n{"a": 1}', ["prose"]), ('<think>Hm.</think>{"a": 1}', ["reasoning"]), ('Hm.</think>{"a": 1}', ["reasoning"]),
    ('<think>Hm.</think>\n```json\n{"a": "\\"\n"}\n```', ["reasoning", "code_fence", "control_characters"]),
])  # fmt: skip
def test_repairs_are_named(text: str, repairs: list[str]) -> None:
    assert parse_json_object(text)  # it is read all the same
    assert list_repairs(text) == repairs


@given(
    st.dictionaries(st.text(max_size=8), st.text(max_size=20) | st.integers() | st.booleans(), min_size=1, max_size=3)
)
def test_json_is_never_taken_for_repaired(value: dict[str, object]) -> None:
    text = json.dumps(value, ensure_ascii=False)
    assert list_repairs(text) == []
    assert list_repairs(f"```json\n{text}\n```") == ["code_fence"]

"""The embedded back end judges by measurable rules: equality of tasks, and faults of a record."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.parsing.json_reply import parse_equal
from generator.parsing.verdicts import parse_verdict
from tests.test_embedded_evolve import SEEDS, ask, make_task

CAP = {"kind": "max_words", "params": {"count": 50}}


def judge(first: dict[str, Any], second: dict[str, Any]) -> tuple[bool, str]:
    return parse_equal(ask("judge/equal", {"first": first, "second": second, "language": "en"}))


def make(instruction: str, task_input: str = "", checks: tuple[Any, ...] = ()) -> dict[str, Any]:
    return make_task(instruction, task_input, "", "en") | {"checks": list(checks)}


@pytest.mark.parametrize(
    ("first", "second", "equal", "rule"),
    [
        (make("Name the tide."), make("  name the tide "), True, "same text"),
        (make("Name the tide."), make("Name the tide, please."), True, "nothing new"),
        (make("Name the tide."), make("Name the tide!", checks=(CAP,)), True, "same text"),
        (make("Name the tide."), make("Name the tide briefly.", checks=(CAP,)), False, "max_words"),
        (make("Name the tide.", checks=(CAP,)), make("Name the tide, do.", checks=(CAP,)), True, "nothing new"),
        (make("Name it.", "the tide"), make("Name it now.", "the moon"), False, "new input"),
        (make("Name the tide."), make("Name the tide and its two causes."), False, "causes"),
        (make("列出三种潮汐。"), make("请列出三种潮汐。"), True, "nothing new"),
        (make("列出三种潮汐。"), make("列出三种潮汐并解释成因。"), False, "new content"),
    ],
)
def test_tasks_are_equal_where_nothing_new_tells_them_apart(
    first: dict[str, Any], second: dict[str, Any], equal: bool, rule: str
) -> None:
    verdict, explanation = judge(first, second)
    assert verdict is equal
    assert rule in explanation


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1, max_size=60))
def test_a_task_is_equal_to_itself(text: str) -> None:
    assert judge(make(text), make(text))[0]


def criticize(task: dict[str, Any]) -> dict[str, float]:
    text = ask("critic/overall", {"task": task, "language": task["language"]})
    assert all(part["explanation"] for part in json.loads(text).values())
    return dict(parse_verdict(text, ("instruction", "response", "alignment"), 1, 10)[0])


WHOLE = SEEDS[0]
MET = CAP | {"verdict": True}
MISSED = CAP | {"verdict": False}


def test_a_whole_record_scores_high() -> None:
    assert criticize(WHOLE) == {"instruction": 10, "response": 10, "alignment": 8}
    assert criticize(WHOLE | {"checks": [MET]})["alignment"] == 10
    assert min(criticize(SEEDS[6]).values()) >= 8


@pytest.mark.parametrize(
    ("change", "dimension", "highest"),
    [
        ({"response": ""}, "response", 1),
        ({"response": WHOLE["response"] + " And then the"}, "response", 6),
        ({"response": "```python\nx = 1"}, "response", 6),
        ({"response": "The dough rises here. " * 4}, "response", 6),
        ({"response": "Yes"}, "response", 8),
        ({"instruction": "Why?"}, "instruction", 6),
        ({"instruction": ""}, "instruction", 1),
        ({"checks": [MISSED]}, "alignment", 1),
        ({"checks": [MET, MISSED]}, "alignment", 6),
        ({"response": "酵母吃掉面团里的糖，放出气体。"}, "alignment", 6),
        ({"response": "Copper conducts heat well, unlike lead."}, "alignment", 6),
    ],
)
def test_a_fault_costs_points(change: dict[str, Any], dimension: str, highest: int) -> None:
    assert criticize(WHOLE | change)[dimension] <= highest


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=80), st.text(max_size=80), st.sampled_from(["en", "zh", "fr"]))
def test_scores_are_whole_numbers_in_range(instruction: str, response: str, language: str) -> None:
    scores = criticize(make_task(instruction, "", response, language))
    assert all(1 <= score <= 10 and score == int(score) for score in scores.values())

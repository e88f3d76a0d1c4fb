"""JSON replies: nothing is guessed, and each fault has its name."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import ReplyError
from generator.parsing.json_reply import parse_equal, parse_json_object
from generator.parsing.verdicts import parse_verdict

DIMENSIONS = ("instruction", "response")
GOOD = {name: {"explanation": "Clear.", "score": 7} for name in DIMENSIONS}
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)
OBJECTS = st.dictionaries(st.text(max_size=5), VALUES, min_size=1, max_size=4)
PIECES = ['{"a":', '"score": ', "{", "}", "1", "NaN", '"x"', ",", "```json\n", "```", "\\u", "[", "]", "1e999", ":"]
FRAGMENTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=4)).map("".join)


def fail_reason(text: str, parse: object = parse_json_object) -> str:
    assert callable(parse)
    with pytest.raises(ReplyError) as caught:
        parse(text)
    assert caught.value.raw == text
    return caught.value.reason


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}', ' \n{"a": 1}\n', '```json\n{"a": 1}\n```', '```\n{"a": 1}\n```', 'Here you go: {"a": 1}. Good?',
        'Fill in {name} and {x}: {"a": 1}', 'An empty {} and {"a": 1}', '{"a": 1}\nAgain: {"a": 1}',
        '<think>{"a": 2}</think>{"a": 1}',
    ],
)  # fmt: skip
def test_the_one_object_is_found(text: str) -> None:
    assert parse_json_object(text) == {"a": 1}


def test_a_raw_line_break_in_a_string_is_kept() -> None:
    assert parse_json_object('{"a": "one\ntwo"}') == {"a": "one\ntwo"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no_json"), ("I would say 7.", "no_json"), ("[1, 2]", "no_json"), ("{name}", "no_json"), ("7", "no_json"),
        ('{"a": 1} or {"a": 2}', "several_objects"), ('{"a": 1} {"a": true}', "several_objects"),
        ('{"a": NaN}', "not_finite"), ('{"a": -Infinity}', "not_finite"), ('{"a": 1e999}', "not_finite"),
        ('{"a": 1, "a": 1}', "duplicate_key"), ('{"a": {"b": 1, "b": 2}}', "duplicate_key"),
        ('{"a": 1', "truncated_json"), ('{"a": "cut o', "truncated_json"), ('{"a": tru', "truncated_json"),
        ('```json\n{"a": {"b": 1}, ', "truncated_json"), ('{"a": "x}', "truncated_json"), ('{"a"', "truncated_json"),
        ("{'a': 1}", "no_json"), ('{"a": 1,}', "malformed_json"), ('{"a" 1}', "malformed_json"),
        ('{"outer": oops, "inner": {"a": 1}}', "malformed_json"), ('{"a":' + "9" * 5_000 + "}", "malformed_json"),
        ('{"a":' + "[" * 100_000 + "]" * 100_000 + "}", "malformed_json"), ('{"a": "\\ud800"}', "broken_text"),
    ],
)  # fmt: skip
def test_everything_else_is_refused(text: str, reason: str) -> None:
    assert fail_reason(text) == reason


@given(OBJECTS, st.sampled_from(["{}", "```json\n{}\n```", "So I say: {} That is all."]))
def test_round_trip(value: dict[str, object], frame: str) -> None:
    assert parse_json_object(frame.replace("{}", json.dumps(value))) == value


@given(FRAGMENTS | st.text())
def test_raises_nothing_but_reply_errors(text: str) -> None:
    for parse in (parse_json_object, parse_equal, lambda reply: parse_verdict(reply, DIMENSIONS, 1, 10)):
        with suppress(ReplyError):
            assert parse(text) is not None


@given(OBJECTS, st.integers(min_value=1))
def test_a_cut_object_is_never_taken(value: dict[str, object], length: int) -> None:
    text = json.dumps(value)
    assert fail_reason(text[: length % (len(text) - 1) + 1]) in {"truncated_json", "no_json"}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("unit", ['{"a":', "{", '{"', "{}", '{"a":1}', '"', "\\", '{"a":"', "[", "{ ", '{"a":{}}'])
def test_work_is_bounded(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    for hostile in (text, f'{{"a": {text}', f'{{"a": "{text}'):
        with suppress(ReplyError):
            assert isinstance(parse_json_object(hostile), dict)


def test_equal() -> None:
    assert parse_equal('{"explanation": " Same depth. ", "equal": true}') == (True, "Same depth.")
    assert parse_equal('{"equal": false, "explanation": ""}') == (False, "")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"explanation": "x"}', "missing_equal"),
        ('{"explanation": "x", "equal": "true"}', "equal_not_boolean"),
        ('{"explanation": "x", "equal": 1}', "equal_not_boolean"),
        ('{"explanation": "x", "equal": null}', "equal_not_boolean"),
        ('{"equal": true}', "missing_explanation"),
        ('{"equal": true, "explanation": 3}', "explanation_not_text"),
        ("Equal", "no_json"),
    ],
)
def test_equal_refused(text: str, reason: str) -> None:
    assert fail_reason(text, parse_equal) == reason


def test_scores() -> None:
    reply = {
        "response": {"explanation": "b", "score": 7.0},
        "instruction": {"explanation": "a", "score": 10, "doubt": None},
    }
    scores, explanations = parse_verdict(json.dumps(reply), DIMENSIONS, 1, 10)
    assert scores == {"instruction": 10.0, "response": 7.0}
    assert all(isinstance(score, float) for score in scores.values())
    assert explanations == {"instruction": "a", "response": "b"}


@pytest.mark.parametrize(
    ("score", "reason"),
    [
        ("true", "score_not_a_number"), ('"8"', "score_not_a_number"), ('"10/10"', "score_not_a_number"),
        ("null", "score_not_a_number"), ("[8]", "score_not_a_number"), ("NaN", "not_finite"), ("1e999", "not_finite"),
        ("0", "score_out_of_range"), ("11", "score_out_of_range"), ("10.01", "score_out_of_range"),
        ("0.99", "score_out_of_range"), ("-7", "score_out_of_range"), ("1" * 400, "score_out_of_range"),
        ("1e300", "score_out_of_range"), ("8/10", "malformed_json"),
    ],
)  # fmt: skip
def test_scores_that_are_none(score: str, reason: str) -> None:
    text = json.dumps(GOOD).replace("7", score, 1)
    assert fail_reason(text, lambda reply: parse_verdict(reply, DIMENSIONS, 1, 10)) == reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"response": None}, "dimension_not_object"), ({"response": 7}, "dimension_not_object"),
        ({"overall": GOOD["response"]}, "unknown_dimension"), ({"response": {"score": 7}}, "missing_explanation"),
        ({"response": {"score": 7, "explanation": ["x"]}}, "explanation_not_text"),
        ({"response": {"explanation": "x"}}, "missing_score"),
    ],
)  # fmt: skip
def test_scores_of_wrong_shape(change: dict[str, object], reason: str) -> None:
    assert fail_reason(json.dumps(GOOD | change), lambda reply: parse_verdict(reply, DIMENSIONS, 1, 10)) == reason


def test_a_missing_dimension_has_no_score() -> None:
    text = json.dumps({"instruction": GOOD["instruction"]})
    assert fail_reason(text, lambda reply: parse_verdict(reply, DIMENSIONS, 1, 10)) == "missing_dimension"


@given(st.sampled_from([1.0, 2.0, 5e0]) | st.integers(min_value=1, max_value=5))
def test_every_whole_score_in_range_is_kept_as_it_is(score: float) -> None:
    text = json.dumps({"depth": {"explanation": "", "score": score}})
    assert parse_verdict(text, ("depth",), 1, 5) == ({"depth": float(score)}, {"depth": ""})

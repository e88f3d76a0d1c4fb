"""Instances in both forms, and the answer to "is it a classification task?"."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import ReplyError
from generator.parsing import compat
from generator.parsing.lists import parse_instances_input_first, parse_instances_output_first, parse_yes_no
from generator.parsing.reply_text import is_no_input

LINE = st.text(string.ascii_letters + string.digits, min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Class label: Spam\nInput: Win\nClass label: Not spam\nInput: See", (("Win", "Spam"), ("See", "Not spam"))),
        ("Class label: Spam\nEmail: Win\nnow", (("Email: Win\nnow", "Spam"),)),
        ("Class label: 4", (("", "4"),)),
        ("Class label:\nSpam\nInput:\nWin", (("Win", "Spam"),)),
        ("Sure!\n**Class label:** Spam\n**Input:** N/A", (("", "Spam"),)),
        ("类别标签：褒义\n输入：很好\n类别标签：贬义\n输入：很差", (("很好", "褒义"), ("很差", "贬义"))),
    ],
)
def test_output_first(text: str, expected: tuple[tuple[str, str], ...]) -> None:
    assert parse_instances_output_first(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Output: 42", (("", "42"),)),
        ("Example 1\nInput: 2\nOutput: 4\nExample 2\nInput: 3\nOutput: 9", (("2", "4"), ("3", "9"))),
        ("Sure!\nExample 1:\nInput: 2\nOutput: 4", (("2", "4"),)),
        ("Sure!\nInput: 2\nOutput: 4\nInput: 3\nOutput: 9", (("2", "4"), ("3", "9"))),
        ("Example 1\nList: 2\nOutput:\n4", (("List: 2", "4"),)),
        ("Email: hi\nOutput: spam", (("Email: hi", "spam"),)),
        ("Example 1\nInput: <noinput>\nOutput: 4", (("", "4"),)),
        ("Example 1\nI like it.\nExample 2\nI do not.", (("", "I like it."), ("", "I do not."))),
        ("Example 1\nInput: 2\nExample 2\nInput: 3\nOutput: 9", (("3", "9"),)),
        ("Output: A\nOutput: B", (("", "A"),)),
        ("Output: A\nExample 1\nInput: 2\nOutput: 4", (("", "A"), ("2", "4"))),
        ("Example 1\nInput: f\nOutput: Call it so\nInput: 2\nOutput: 4", (("f", "Call it so\nInput: 2\nOutput: 4"),)),
        ("Example 1\nInput: f\nOutput: See\nExample 9\nthere", (("f", "See\nExample 9\nthere"),)),
        ("示例 1\n输入：二\n输出：四\n示例 2\n输入：三\n输出：九", (("二", "四"), ("三", "九"))),
    ],
)
def test_input_first(text: str, expected: tuple[tuple[str, str], ...]) -> None:
    assert parse_instances_input_first(text) == expected


def test_truncated_and_missing_instances() -> None:
    text = "Example 1\nInput: 2\nOutput: 4\nExample 2\nInput: 3\nOutput: 9 becau"
    assert parse_instances_input_first(text, "length") == (("2", "4"),)
    assert parse_instances_output_first("Class label: a\nInput: b\nClass label: c\nInput: d", "length") == (("b", "a"),)
    for parse in (parse_instances_input_first, parse_instances_output_first):
        for text, reason, expected in (
            ("I would rather not.", "stop", "no_instances"),
            ("", "stop", "empty_reply"),
            ("Class label: a\nOutput: b", "length", "truncated_reply"),
        ):
            with pytest.raises(ReplyError) as caught:
                parse(text, reason)
            assert caught.value.reason == expected


@given(st.lists(st.tuples(LINE, LINE), min_size=1, max_size=4))
def test_round_trip(instances: list[tuple[str, str]]) -> None:
    kept = tuple(("" if is_no_input(one) else one, other) for one, other in instances)
    examples = "\n".join(f"Example {n}\nInput: {one[0]}\nOutput: {one[1]}" for n, one in enumerate(instances, 1))
    assert parse_instances_input_first(examples) == kept
    labelled = "\n".join(f"类别标签：{output}\n输入：{task_input}" for task_input, output in instances)
    assert parse_instances_output_first(labelled) == kept


@pytest.mark.parametrize(
    "text",
    [
        "Yes", " yes.", "YES, it is", "**Yes**", "Answer: yes", '"Yes"', "是", "是的。", "「是」", "答案：是",
        "Is it classification? Yes",
    ],
)  # fmt: skip
def test_yes(text: str) -> None:
    assert parse_yes_no(text) is True


@pytest.mark.parametrize(
    "text", ["No", " no", "No, yes is wrong", "不是", "否", "不。", "不是的", "Answer:\nNo", "<think>Yes?</think>No"]
)
def test_no(text: str) -> None:
    assert parse_yes_no(text) is False


@pytest.mark.parametrize(
    "text", ["Maybe", "Yesterday", "Not sure", "yes/no", "Yes or no?", "是否", "是或否", "不确定", "42", "是不是"]
)
def test_neither_yes_nor_no(text: str) -> None:
    with pytest.raises(ReplyError) as caught:
        parse_yes_no(text)
    assert caught.value.reason == "not_yes_or_no"


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "unit", ["Output ", "Output", "Input ", "Example ", "Class label:", "\n1. ", "\n1", " ", "###"]
)
def test_work_of_the_original_parsers_is_bounded(unit: str) -> None:
    text = "Output" + unit * (100_000 // len(unit)) + " " * 300_000
    assert isinstance(compat.parse_input_first(f"{text}x", "stop"), tuple)
    assert isinstance(compat.parse_output_first(f"{text}x", "stop"), tuple)
    assert isinstance(compat.split_list(f"{text}x", "stop"), tuple)
    assert isinstance(compat.parse_alpaca_blocks(f"{text}x", 3, "stop"), tuple)


def test_the_original_parsers_keep_their_faults() -> None:
    assert compat.split_list(" Use 3.\n3. 5 km\n10. Tell NASA", "stop") == ("Use 3.", "5 km", "Tell nasa")
    assert compat.split_list("9. Complete.\n10. Cu", "length") == ()
    assert compat.parse_input_first("Input: 2\nOutput: 4\nInput: 3\nOutput: 9", "stop") == (("2", "4\nInput: 3"),)
    assert compat.parse_input_first("An answer.", "stop") == ()
    assert compat.parse_alpaca_blocks(" a\n4. Input: N/A\n4. Output: b", 3, "stop") == (("a", "N/A", "b"),)
    assert compat.parse_alpaca_blocks(" a\n4. Input: N/A\n5. Output: b", 3, "stop") == ()

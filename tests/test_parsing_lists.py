"""Numbered lists: what is split, what stays whole, what is dropped; and what holds for every parser beside them."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import ReplyError
from generator.parsing.lists import (
    ParsedList,
    parse_blocks,
    parse_instances_input_first,
    parse_instances_output_first,
    parse_numbered_list,
    parse_yes_no,
)

PARSERS = (
    lambda text, reason: parse_numbered_list(text, 9, reason),
    lambda text, reason: parse_blocks(text, 4, reason),
    parse_instances_output_first,
    parse_instances_input_first,
    lambda text, reason: parse_yes_no(text),
)
PIECES = [
    "9. ", "10) ", "\n11、", "1. ", "\n", "\n\n", "###", "4. Instruction:", "\n4. Input: ", "\n5. Output:", "输入：",
    "\n指令：", "Example 1\n", "\nOutput:", "\nInput 2:", "Class label:", "类别标签：", "yes", "no", "是", "**",
]  # fmt: skip
FRAGMENTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=6)).map("".join)
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp"]), min_size=1, max_size=30)
ITEMS = WORDS.map(lambda text: " ".join(text.split())).filter(lambda text: text and not re.match(r"[*#<\d\\]", text))


@pytest.mark.parametrize(
    "form",
    [
        "9. {}\n10. {}", " {}\n10. {}", "9) {}\n10) {}", "9、{}\n10、{}", "９．{}\n１０．{}",
        "**9.** {}\n**10.** {}",
        "9\\. {}\n\n10\\. {}", "Sure, here they are:\n\n9. {}\n10. {}", "1. {}\n2. {}", "9 . {}\n10 . {}",
        "9. {}\n10. {}\n\nI hope this helps!", "<think>9. a</think>9. {}\r\n10. {}",
    ],
)  # fmt: skip
def test_forms_of_a_list(form: str) -> None:
    parsed = parse_numbered_list(form.format("Name three rivers.", "列出三种水果。"), 9)
    assert parsed == ParsedList(("Name three rivers.", "列出三种水果。"))


def test_numbers_inside_an_item_do_not_split_it() -> None:
    text = " Convert 3. 5 km.\n3. 5 km is far; do\n1. this\n2. that\n10. Next, take 11. 2 from 12.\n11.5 is left"
    assert parse_numbered_list(text, 9).items == (
        "Convert 3. 5 km. 3. 5 km is far; do 1. this 2. that",
        "Next, take 11. 2 from 12. 11.5 is left",
    )


def test_a_list_that_counts_anew_beyond_the_number_asked_for() -> None:
    text = "\n".join(f"{number}. Item number {number}" for number in range(1, 12))
    assert len(parse_numbered_list(text, 9).items) == 11


def test_only_the_truncated_item_is_dropped() -> None:
    text = " First.\n10. Second.\n11. Thi"
    assert parse_numbered_list(text, 9, "length") == ParsedList(("First.", "Second."), ("Thi",))
    assert parse_numbered_list(text, 9, "stop") == ParsedList(("First.", "Second.", "Thi"))
    assert parse_numbered_list(" Fir", 9, "length") == ParsedList((), ("Fir",))
    assert parse_numbered_list("9. First.\n10.", 9, "length") == ParsedList(("First.",))


def test_a_trailing_stop_number_is_no_item() -> None:
    assert parse_numbered_list("9. One.\n10. Two.\n11.", 9).items == ("One.", "Two.")


@pytest.mark.parametrize(
    ("text", "reason"), [("", "empty_reply"), ("9.\n10. \n", "no_items"), ("<think>9.", "unfinished_reasoning")]
)
def test_refused(text: str, reason: str) -> None:
    with pytest.raises(ReplyError) as caught:
        parse_numbered_list(text, 9)
    assert caught.value.reason == reason


@given(
    st.lists(ITEMS, min_size=1, max_size=8), st.integers(1, 40), st.sampled_from([".", ")", "、", "．"]), st.booleans()
)
def test_round_trip(items: list[str], first: int, mark: str, repeats: bool) -> None:
    text = "\n".join(f"{number}{mark} {item}" for number, item in enumerate(items, first))
    if not repeats:
        text = text.removeprefix(f"{first}{mark}")
    assert parse_numbered_list(text, first).items == tuple(items)
    cut = parse_numbered_list(text, first, "length")
    assert (cut.items, cut.dropped) == (tuple(items[:-1]), tuple(items[-1:]))


@given(FRAGMENTS | st.text(), st.sampled_from(["stop", "length"]))
def test_no_parser_raises_anything_but_reply_errors(text: str, finish_reason: str) -> None:
    for parse in PARSERS:
        with suppress(ReplyError):
            assert parse(text, finish_reason) is not None


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "unit",
    [
        "9. ", "\n9. ", "\n1.\n", "\n", "\n ", "#", "###\n", "4. Instruction:\n", "4. Output:\n", "Input:", "\nInput:",
        "*", "\n**", "Example 1\n", "Output:\n", "Class label:", "\nClass label:\n", "yes ", " ", "\n# ", "1",
        "\nOutput 1", "是",
    ],
)  # fmt: skip
def test_work_is_bounded(unit: str) -> None:
    text = unit * (400_000 // len(unit))
    for parse in PARSERS:
        for hostile in (text, f"9. a\n4. Output: b\nOutput: c{text}", f"{text}x"):
            with suppress(ReplyError):
                assert parse(hostile, "stop") is not None

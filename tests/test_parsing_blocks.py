"""Alpaca's blocks: misnumbered ones are kept, faults have names, labels within an output stay there."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import ReplyError
from generator.parsing.lists import ParsedBlock, parse_blocks
from generator.parsing.reply_text import is_no_input

BLOCKS = """ Name a river.
4. Input:
<noinput>
4. Output:
The Elbe.
###
5. Instruction: Sort the
list.
5. Input:
3, 1
5. Output:
1, 3
"""
FIRST_TWO = (ParsedBlock("Name a river.", "", "The Elbe."), ParsedBlock("Sort the list.", "3, 1", "1, 3"))
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp"], exclude_characters="#<"), max_size=20)
LINES = WORDS.map(lambda text: " ".join(text.split())).filter(lambda text: text and not re.match(r"[*\d\\]", text))
TEXTS = st.lists(LINES, min_size=1, max_size=3).map("\n".join)


def test_forms_of_blocks() -> None:
    assert parse_blocks(BLOCKS, 4) == FIRST_TWO
    assert parse_blocks("Instruction:" + BLOCKS, 4) == FIRST_TWO
    assert parse_blocks("###\n4. Instruction:" + BLOCKS + "###", 4) == FIRST_TWO
    assert parse_blocks("Sure:\n\n4. Instruction:" + BLOCKS + "###\n6. Instruction:", 4) == FIRST_TWO
    assert parse_blocks(BLOCKS.replace("4.", "**4.").replace(":", ":**"), 4) == FIRST_TWO


@pytest.mark.parametrize(
    ("old", "new"),
    [("5.", "6."), ("5.", "4."), ("5. Output", "4. Output"), ("5. In", "6. In"), ("5. I", "I"), ("4. ", "")],
)
def test_a_block_misnumbered_by_one_is_kept(old: str, new: str) -> None:
    assert parse_blocks(BLOCKS.replace(old, new), 4) == FIRST_TWO


def test_blocks_that_count_anew_or_not_at_all() -> None:
    whole = "4. Instruction:" + BLOCKS
    assert parse_blocks(whole.replace("4.", "1.").replace("5.", "2."), 4) == FIRST_TWO
    assert parse_blocks(re.sub(r"\d\. ", "", whole), 4) == FIRST_TWO


def test_chinese_blocks() -> None:
    text = "4. 指令：说出一条河。\n4. 输入：无\n4. 输出：长江\n###\n５．指令：排序\n５．输入：\n3、1\n５．输出：1、3"
    assert parse_blocks(text, 4) == (ParsedBlock("说出一条河。", "", "长江"), ParsedBlock("排序", "3、1", "1、3"))


def test_labels_inside_an_output_belong_to_it() -> None:
    output = "### Usage\nInput: 2\nOutput: 4\n1. Input: x\n#define N"
    text = f"4. Instruction: Explain.\n4. Input: f\n4. Output:\n{output}\n###\n5. Instruction: Next\n5. Output: done"
    assert parse_blocks(text, 4) == (ParsedBlock("Explain.", "f", output), ParsedBlock("Next", "", "done"))


def test_faults_have_names() -> None:
    text = (
        "4. Instruction:\n4. Input: a\n4. Output: b\n###\n"
        "5. Instruction: c\n5. Input: d\n###\n"
        "6. Instruction: e\n6. Output: f"
    )
    assert [block.fault for block in parse_blocks(text, 4)] == ["no_instruction", "no_output", None]
    cut = parse_blocks(text, 4, "length")
    assert [block.fault for block in cut] == ["no_instruction", "no_output", "truncated"]
    assert (cut[1].input, cut[2].output) == ("d", "f")


@pytest.mark.parametrize(
    ("text", "reason"), [(" ", "empty_reply"), ("I cannot do that.", "no_blocks"), ("9. a\n10. b", "no_blocks")]
)
def test_refused(text: str, reason: str) -> None:
    with pytest.raises(ReplyError) as caught:
        parse_blocks(text, 4)
    assert caught.value.reason == reason


@given(
    st.lists(st.tuples(LINES, TEXTS | st.just("<noinput>"), TEXTS), min_size=1, max_size=5),
    st.integers(1, 30),
    st.booleans(),
)
def test_round_trip(tasks: list[tuple[str, str, str]], first: int, repeats: bool) -> None:
    labels = ("Instruction: ", "Input:\n", "Output:\n") if first % 2 else ("指令：", "输入：\n", "输出：\n")
    text = "\n###\n".join(
        "\n".join(f"{number}. {label}{part}" for label, part in zip(labels, task, strict=True))
        for number, task in enumerate(tasks, first)
    )
    if not repeats:
        text = text.removeprefix(f"{first}. {labels[0]}")
    expected = [(asked, "" if is_no_input(given) else given, answer, None) for asked, given, answer in tasks]
    blocks = parse_blocks(text, first)
    assert [(block.instruction, block.input, block.output, block.fault) for block in blocks] == expected

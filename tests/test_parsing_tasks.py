"""The tag form: what is inside, what is left out, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import ReplyError
from generator.parsing.reply_text import is_no_input, take_answer, unwrap_fence
from generator.parsing.tasks import ParsedTask, parse_task

CHECK = '{"kind": "max_words", "params": {"words": 80}}'
PIECES = ["<instruction>", "</instruction>", "<INPUT>", "</input>", "<checks>", "</checks>", "<think>", "</think>"]
FRAGMENTS = st.lists(
    st.sampled_from([*PIECES, "[]", f"[{CHECK}]", "{", "```json\n", "```", "a b", "\n"]) | st.text(max_size=8)
).map("".join)
PLAIN = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf"], exclude_characters="<>")).map(str.strip)


def fail_reason(text: str) -> str:
    with pytest.raises(ReplyError) as caught:
        parse_task(text)
    assert caught.value.raw == text
    return caught.value.reason


def test_reads_all_three_sections() -> None:
    text = f"Sure!\n<instruction>\n Sort them. \n</instruction>\n<input>3, 1</input><checks>[{CHECK}]</checks> Bye"
    task = parse_task(text)
    assert (task.instruction, task.input) == ("Sort them.", "3, 1")
    assert [(check.kind, check.params, check.verdict) for check in task.checks] == [("max_words", {"words": 80}, None)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Sort the list.\n", ParsedTask("Sort the list.")),
        ("<Instruction>Sort</INSTRUCTION>", ParsedTask("Sort")),
        ("<instruction>Sort the list", ParsedTask("Sort the list")),
        ("<instruction>Sort\n<input>3, 1</input>", ParsedTask("Sort", "3, 1")),
        ("Sort</instruction>\n<input>3, 1", ParsedTask("Sort", "3, 1")),
        ("<instruction>Sort</instruction><input></input>", ParsedTask("Sort", "")),
        ("<instruction>Sort</instruction><input> <noinput> </input>", ParsedTask("Sort", "")),
        ("<instruction>Sort</instruction><checks></checks>", ParsedTask("Sort")),
        ("<input>1</input><instruction>Sort</instruction>", ParsedTask("Sort", "1")),
        ("<instruction>A</instruction> or <instruction>B</instruction>", ParsedTask("A")),
        ("What does the HTML tag <input> do?", ParsedTask("What does the HTML tag <input> do?")),
        ("<instruction>What does <input> do?</instruction>", ParsedTask("What does <input> do?")),
        ("<instruction>Fix</instruction><input><a><input></a></input>", ParsedTask("Fix", "<a><input></a>")),
        ("<instruction>Fix</instruction><input><input>b</input> c</input>", ParsedTask("Fix", "<input>b</input> c")),
        ("<think>I must write <instruction>x</instruction></think>Sort", ParsedTask("Sort")),
        ("\n<THINK></think><thinking>hm</thinking> Sort", ParsedTask("Sort")),
        ("I will write a task.\n</think>\n<instruction>Sort</instruction>", ParsedTask("Sort")),
        ("Explain the tags <think> and </think>.", ParsedTask("Explain the tags <think> and </think>.")),
        ("<指令>排序</指令>", ParsedTask("<指令>排序</指令>")),
    ],
)
def test_forms(text: str, expected: ParsedTask) -> None:
    assert parse_task(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty_reply"),
        (" \n\ufeff", "empty_reply"),
        ("<think>all thought</think>  ", "empty_reply"),
        ("<think>cut off in <instruction>the middle</instruction>", "unfinished_reasoning"),
        ("<think>a</think><think>b", "unfinished_reasoning"),
        ("<input>1</input>", "no_instruction"),
        ("<instruction> </instruction><input>1</input>", "empty_instruction"),
        ("half a pair: \ud83d", "broken_text"),
    ],
)
def test_refused(text: str, reason: str) -> None:
    assert fail_reason(text) == reason


@pytest.mark.parametrize(
    "checks",
    [
        "max 80 words", "{}", CHECK, '["max_words"]', '[{"params": {}}]', '[{"kind": ""}]', '[{"kind": 3}]',
        '[{"kind": "a"',
        '[{"kind": "a", "params": []}]', '[{"kind": "a", "verdict": true}]', '[{"kind": "a", "weight": 1}]',
        '[{"kind": "a", "kind": "b"}]', '[{"kind": "a", "params": {"n": NaN}}]', "[" * 200_000, "9" * 5_000,
        "```\n" + " " * 500_000 + "x```",
    ],
)  # fmt: skip
def test_bad_checks(checks: str) -> None:
    assert fail_reason(f"<instruction>Sort</instruction><checks>{checks}</checks>") == "bad_checks"


def test_checks_may_stand_in_a_fence() -> None:
    task = parse_task(f"<instruction>Sort</instruction><checks>\n```json\n[{CHECK}]\n```\n</checks>")
    assert len(task.checks) == 1


def attempt(text: str) -> ParsedTask | ReplyError:
    try:
        return parse_task(text)
    except ReplyError as error:
        return error


@given(FRAGMENTS | st.text())
def test_raises_nothing_but_reply_errors(text: str) -> None:
    task = attempt(text)
    if isinstance(task, ReplyError):
        assert (bool(task.reason), task.raw) == (True, text)
    else:
        assert task.instruction == task.instruction.strip() != ""


@given(PLAIN.filter(bool), PLAIN)
def test_round_trip(instruction: str, task_input: str) -> None:
    task = parse_task(f"<instruction>{instruction}</instruction>\n<input>\n{task_input}\n</input>")
    assert task == ParsedTask(instruction, "" if is_no_input(task_input) else task_input)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "unit",
    [
        "<input>", "<input><checks>", "<instruction>", "</instruction>", "<instruction", "<instruction ", "<think>",
        "<think></think>", "</think>", "<", " ", "<instruction></input>", "<checks><input></checks>", "\n \n",
    ],
)  # fmt: skip
def test_work_is_bounded(unit: str) -> None:
    text = unit * (400_000 // len(unit))
    for hostile in (text, f"<instruction>{text}", f"a{text}</input>"):
        assert attempt(hostile)


@pytest.mark.parametrize(
    "marker",
    [
        "", " \n", "<noinput>", "No input", "NOINPUT.", "\\<noinput\\>", "{\\noinput}", "[no-input]", "(No input)",
        "n/a", "N/A.", "None.", "null", "No input required.", "-", "\u2014", "无", "（无）", "无。", "无输入",
        "【没有输入】", "＜noinput＞", "なし",
    ],
)  # fmt: skip
def test_markers_that_mean_no_input(marker: str) -> None:
    assert is_no_input(marker)


@pytest.mark.parametrize("text", ["Na", "nothing", "0", "无名氏", "+", "None of them came.", "#", "none " * 20, "?"])
def test_inputs_that_are_inputs(text: str) -> None:
    assert not is_no_input(text)


def test_a_fence_is_unwrapped_only_where_it_is_all() -> None:
    assert unwrap_fence("```json\n{}\n```") == "{}"
    assert unwrap_fence("See ```\n{}\n```") == "See ```\n{}\n```"


def test_reasoning_never_enters_an_answer() -> None:
    assert take_answer("<think>secret</think>\n\nAnswer") == "Answer"
    assert take_answer("secret</think>Answer") == "Answer"


@pytest.mark.parametrize(
    "reply",
    [
        "<think>secret <think>x</think> secret</think>Answer",
        "<think>the tag <think> is secret</think>Answer",
        '<THINK mode="long">secret</THINK>Answer',
        "<seed:think>secret</seed:think>\nAnswer",
        "<thought>secret</thought>Answer",
        "[THINK]secret[/THINK]Answer",
        "◁think▷secret◁/think▷Answer",
        "<|START_THINKING|>secret<|END_THINKING|><|START_RESPONSE|>Answer<|END_RESPONSE|>",
        "<|begin_of_thought|>secret<|end_of_thought|>\n\n<|begin_of_solution|>Answer<|end_of_solution|>",
        "<|channel>thought\nsecret<channel|>Answer",
        "<|channel|>analysis<|message|>secret<|end|><|start|>assistant<|channel|>final<|message|>Answer<|return|>",
        "<|start|>assistant<|channel|>analysis<|message|>secret<|end|>"
        "<|start|>assistant<|channel|>final <|constrain|>json<|message|>Answer",
        "analysisThe secret is this.assistantfinalAnswer",
    ],
)
def test_reasoning_in_the_marks_of_any_model_never_enters_an_answer(reply: str) -> None:
    assert take_answer(reply) == "Answer"


@pytest.mark.parametrize(
    "reply",
    [
        "[THINK]secret", '<think mode="x">secret', "<|channel|>analysis<|message|>secret", "<|channel>thought secret",
        "<|START_THINKING|>secret",
    ],
)  # fmt: skip
def test_reasoning_in_any_marks_that_is_cut_off_leaves_no_answer(reply: str) -> None:
    with pytest.raises(ReplyError) as raised:
        take_answer(reply)
    assert raised.value.reason == "unfinished_reasoning"


@pytest.mark.parametrize(
    "reply",
    [
        "analysis of variance compares means.", "Use <think> and </think> around it.", "Analysis: the tag is [THINK].",
        "<thinker>Rodin</thinker>",
    ],
)  # fmt: skip
def test_what_only_speaks_of_reasoning_is_an_answer(reply: str) -> None:
    assert take_answer(reply) == reply

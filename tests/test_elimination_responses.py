"""Rules on evolved tasks, responses and instances: what they reject, and what they must not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.elimination.evolved_rules import MAX_INPUT_CHARACTERS, check_evolved
from evaluators.elimination.response_rules import check_instance, check_response, drop_conflicts, find_conflict
from evaluators.elimination.stop_words import STOP_WORDS

PARENT = ("Explain why the sky is blue.", "")
EVOLVED = "Explain to a curious child why the sky is blue at noon and red at dusk."
TEXTS = st.text(max_size=60)


def find_evolved(instruction: str, task_input: str = "", language: str = "en") -> str | None:
    hit = check_evolved(instruction, task_input, *PARENT, language)
    return hit.reason if hit else None


def find_response(response: str, language: str = "en") -> str | None:
    hit = check_response(response, language)
    return hit.reason if hit else None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (EVOLVED, None),
        (f"#Rewritten Prompt#: {EVOLVED}", "copies_prompt"),
        (f"{EVOLVED} Keep the GIVEN\n  prompt in mind.", "copies_prompt"),
        (f"改写后的提示：{EVOLVED}", "copies_prompt"),
        (f"{EVOLVED}</instruction>", "copies_prompt"),
        (f"<<<0123456789ab\n{EVOLVED}\n0123456789ab>>>", "copies_prompt"),
        ("  explain why the sky is “blue” !", "equal_to_parent"),
        (f"As an AI language model, {EVOLVED}", "boilerplate"),
        (f"{EVOLVED} How may I assist you with this?", "boilerplate"),
        (f"{EVOLVED}\nAnswer: Light of short waves is scattered more.", "holds_answer"),
        (f"{EVOLVED}\n\n**Response:**\nLight is scattered.", "holds_answer"),
        (f"{EVOLVED}\n答案：短波光更易散射。", "holds_answer"),
        (f"{EVOLVED}\nAnswer: [your answer here]", None),
        (f"{EVOLVED}\nAnswer:", None),
        (f"{EVOLVED} Give the answer: in two lines.", None),
        ("Answer: why is the sky blue at noon and red at dusk?", None),
        ("Explain the sky.", "too_short"),
        ("blue " * 501, "too_long"),
        ("请向一个孩子解释天空为什么是蓝色的。", "wrong_language"),
        ("What is C++ and why is the sky blue?", None),
    ],
)
def test_evolved(text: str, reason: str | None) -> None:
    assert find_evolved(text) == reason


def test_what_the_parent_said_is_no_leak() -> None:
    parent = "Continue the given prompt.\nAnswer: yes"
    assert check_evolved("Continue the given prompt at length, in verse.\nAnswer: yes", "", parent, "", "en") is None


def test_a_changed_input_is_a_change() -> None:
    assert check_evolved(*PARENT, *PARENT, "en") is not None
    assert find_evolved(PARENT[0], "Data: 450 nm, 700 nm") is None
    assert check_evolved("What is C#, in short?", "", "What is C++, in short?", "", "en") is None


def test_leaks_and_length_of_the_input() -> None:
    assert find_evolved(EVOLVED, "#Created Prompt#: x") == "copies_prompt"
    assert find_evolved(EVOLVED, "x" * (MAX_INPUT_CHARACTERS + 1)) == "input_too_long"
    long = "x" * (MAX_INPUT_CHARACTERS + 1)
    assert check_evolved(EVOLVED, long, PARENT[0], long, "en") is None


@pytest.mark.parametrize(
    ("response", "language", "reason"),
    [
        ("", "en", "empty"),
        (" \n", "zh", "empty"),
        ("Sorry, that is not possible.", "en", "apologises"),
        ("I am SORRY " + "word " * 76, "en", "apologises"),
        ("I am sorry " + "word " * 77, "en", None),
        ("Sorryville is a town.", "en", None),
        ("很抱歉，这个问题没有答案。", "zh", "apologises"),
        ("抱歉" + "字" * 77, "zh", "apologises"),
        ("抱歉" + "字" * 78, "zh", None),
        ("申し訳ありませんが、わかりません。", "ja", "apologises"),
        ("Es tut mir leid, das weiß ich nicht.", "de", "apologises"),
        ("...", "en", "only_stop_words"),
        ("。！", "xx", "only_stop_words"),
        ("It is what it is, and so it was.", "en", "only_stop_words"),
        ("这是我们的，也是你们的。", "zh", "only_stop_words"),
        ("それはそうです。", "ja", "only_stop_words"),
        ("Das ist so, und das war es auch.", "de", "only_stop_words"),
        ("It is what it is, and so it was.", "xx", None),
        ("No.", "en", None),
        ("B", "en", None),
        ("A", "en", None),
        ("42", "en", None),
        ("😀", "en", None),
        ("否", "zh", None),
        ("是的", "zh", "only_stop_words"),
        ("不是", "zh", None),
        ("长江", "zh", None),
        ("Paris is the capital of France.", "en", None),
        ("I cannot help with that request.", "en", "refusal"),
        ("I can’t provide instructions for this.", "en", "refusal"),
        ("我无法提供这方面的信息，请咨询医生。", "zh", "refusal"),
        ("I cannot attend the party on Friday.", "en", None),
        ("As an AI language model, I have no opinions on cheese.", "en", "boilerplate"),
        ("作为一个AI语言模型，奶酪对于这里没有任何意义。", "zh", "boilerplate"),
        ("Hello! How can I help you today?", "en", "boilerplate"),
        ("Doctor: Good morning! " + "Patient: I feel ill. " * 9 + "How can I help you?", "en", None),
    ],
)
def test_responses(response: str, language: str, reason: str | None) -> None:
    assert find_response(response, language) == reason


def test_a_long_refusal_is_a_refusal() -> None:
    assert find_response("I'm sorry, but I can't assist with that. " + "Please see a professional. " * 30) == "refusal"


@pytest.mark.parametrize("language", sorted(STOP_WORDS))
def test_stop_word_lists_are_real(language: str) -> None:
    words = STOP_WORDS[language]
    assert len(words) > 100
    assert all(word == word.casefold() for word in words)
    joined = ("" if language in ("zh", "ja") else " ").join(sorted(words))
    assert find_response(joined, language) == "only_stop_words"
    assert find_response(f"{joined} 2024", language) is None


@pytest.mark.parametrize(
    ("task_input", "output", "reason"),
    [
        ("2", "4", None), ("", "4", None), ("2", " ", "empty_output"), ("", "", "empty_output"),
        ("2", " 2", "input_equals_output"), ("Sort:", "1", "ends_with_colon"), ("1", "The list：", "ends_with_colon"),
    ],
)  # fmt: skip
def test_instances(task_input: str, output: str, reason: str | None) -> None:
    hit = check_instance(task_input, output)
    assert (hit.reason if hit else None) == reason


def test_conflicts() -> None:
    clash = [("a", "1"), ("b", "2"), ("a", "3")]
    hit = find_conflict(clash)
    assert hit is not None
    assert (hit.reason, hit.evidence) == ("conflicting_outputs", "a")
    assert drop_conflicts(clash) == ()
    assert drop_conflicts([("b", "2"), ("a", "1"), ("b", "2")]) == (("b", "2"), ("a", "1"))
    assert drop_conflicts([("", "one"), ("", "another")]) == (("", "one"), ("", "another"))
    assert len(drop_conflicts([(str(n), "same") for n in range(9)])) == 5


@given(TEXTS, TEXTS, TEXTS, TEXTS, st.sampled_from(["en", "zh", "ja", "de", "xx"]))
def test_any_text_gets_a_verdict(first: str, second: str, third: str, fourth: str, language: str) -> None:
    for hit in (
        check_evolved(first, second, third, fourth, language),
        check_response(first, language),
        check_instance(first, second),
    ):
        assert hit is None or hit.reason


@given(TEXTS, TEXTS)
def test_no_change_is_never_an_evolution(instruction: str, task_input: str) -> None:
    hit = check_evolved(f" {instruction.upper().lower()} ", task_input, instruction.upper().lower(), task_input, "en")
    assert hit is not None


@pytest.mark.timeout(60)
@pytest.mark.parametrize("unit", ["Answer:", "\nAnswer:\n", "的", "的话", "the ", "#", ". ", "'a", "\n \n", "“", "<<"])
def test_work_is_bounded(unit: str) -> None:
    text = "x " + unit * (400_000 // len(unit))
    for language in ("en", "zh"):
        assert check_evolved(text, text, "", "", language)
        check_response(text[2:], language)

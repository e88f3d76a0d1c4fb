"""Rules on instructions: each has its name, its order, and its bounds on both sides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.elimination.hit import Hit
from evaluators.elimination.instruction_rules import (
    ALPACA,
    COMPAT,
    COMPAT_ALPACA,
    EVOL,
    SELF_INSTRUCT,
    RuleSet,
    check_instruction,
)
from evaluators.elimination.scripts import count_words, is_unspaced

LANGUAGES = st.sampled_from(["en", "zh", "zh-Hans-CN", "de", "ja", "th", "xx", ""])


def find_reason(text: str, language: str = "en", rules: RuleSet = SELF_INSTRUCT) -> str | None:
    hit = check_instruction(text, language, rules=rules)
    return hit.reason if hit else None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Name three large rivers.", "en"),
        ("Write programs that sort.", "en"),
        ("Explain photographs and mapping to children.", "en"),
        ("Translate into English: 今天天气很好，我们去公园吧。", "en"),
        ("写一首短诗", "zh"),
        ("“不求甚解”是什么意思？", "zh"),
        ("《红楼梦》的作者是谁？", "zh-CN"),
        ("Python 里怎样反转字符串？", "zh"),
        ("¿Cuál es la capital de Francia?", "es"),
        ("日本の首都はどこですか？", "ja"),
        ("Объясните, что такое инфляция.", "ru"),
        ("อธิบายว่าเงินเฟ้อคืออะไรและเกิดจากอะไร", "th"),
        ("Какая столица у Франции?", ""),
    ],
)
def test_good_instructions_pass(text: str, language: str) -> None:
    for rules in (SELF_INSTRUCT, ALPACA, EVOL):
        assert check_instruction(text, language, rules=rules) is None


@pytest.mark.parametrize(
    ("text", "language", "reason", "evidence"),
    [
        ("", "en", "too_short", "0 words"),
        ("Name three rivers.", "en", "too_short", "3 words"),
        ("反转链表。", "zh", "too_short", "2.667 words"),
        ("word " * 151, "en", "too_long", "151 words"),
        ("字" * 226, "zh", "too_long", "150.7 words"),
        ("Describe the Picture shown below.", "en", "not_for_text_models", "Picture"),
        ("Find the best way to go to town.", "en", "not_for_text_models", "go to"),
        ("为这张图片写一个标题。", "zh", "not_for_text_models", "图片"),
        ("畫一張台北的地圖給我看。", "zh-TW", "not_for_text_models", "畫一"),
        ("Write a program that sorts numbers.", "en", "write_a_program", "Write a program"),
        ("请编写一个程序来排序数字。", "zh", "write_a_program", "请编写一个程序"),
        ('"Carpe diem": what does it mean?', "en", "starts_with_punctuation", '"'),
        ("“Carpe diem”: what does it mean?", "en", "starts_with_punctuation", "“"),
        ("，请写一首诗给我。", "zh", "starts_with_punctuation", "，"),
        ("请用三句话介绍长城的历史。", "en", "wrong_language", "请用"),
        ("Write a poem about autumn.", "zh", "wrong_language", "Write"),
        ("日本の首都はどこですか、教えてください。", "zh", "wrong_language", "日本"),
        ("请用三句话介绍长城的历史。", "ja", "wrong_language", "请用"),
        ("Напишите стихотворение об осени.", "de", "wrong_language", "Напишите"),
    ],
)
def test_each_rule_rejects_with_its_evidence(text: str, language: str, reason: str, evidence: str) -> None:
    hit = check_instruction(text, language)
    assert hit is not None
    assert hit.reason == reason
    assert hit.evidence.startswith(evidence)


def test_bounds_are_those_of_the_papers() -> None:
    assert find_reason("word " * 4) is None
    assert find_reason("word " * 150) is None
    assert find_reason("字" * 5, "zh") is None
    assert find_reason("字" * 225, "zh") is None
    assert find_reason("word " * 500, rules=EVOL) is None
    assert find_reason("word " * 501, rules=EVOL) == "too_long"


def test_the_first_rule_in_order_names_the_reason() -> None:
    assert find_reason("-draw a map") == "too_short"
    assert find_reason("-draw a map of it") == "not_for_text_models"
    assert find_reason("Write a program to draw it") == "not_for_text_models"
    assert find_reason("，写一个程序吧吧吧", "en") == "starts_with_punctuation"


def test_alpaca_adds_words() -> None:
    for text, language in (("Describe this music to me.", "en"), ("为这段视频写一个标题。", "zh")):
        assert find_reason(text, language) is None
        assert find_reason(text, language, ALPACA) == "not_for_text_models"


def test_evolved_tasks_may_be_programs_and_start_as_they_like() -> None:
    assert find_reason("Write a program that draws a map.", rules=EVOL) is None
    assert find_reason('{"a": 1}: what is wrong with it?', rules=EVOL) is None


def test_compat_keeps_the_original_rules() -> None:
    assert find_reason("Über den Fluss gehen wir heute.", "de", COMPAT) == "not_ascii"
    assert find_reason("《红楼梦》 的 作者 是 谁", "zh", COMPAT) == "not_ascii"
    assert find_reason("write a program that sorts numbers.", "en", COMPAT) is None
    assert find_reason("A - b c", "en", COMPAT) is None
    assert find_reason("Describe this music to me.", "en", COMPAT) is None
    assert find_reason("Describe this music to me.", "en", COMPAT_ALPACA) == "not_for_text_models"


def test_lengths() -> None:
    assert count_words("two words") == 2
    assert count_words("反转链表") == pytest.approx(4 / 1.5)
    assert count_words("用 Python 反转链表。") == pytest.approx(1 + 5 / 1.5)
    assert is_unspaced("用 Python 反转链表")
    assert not is_unspaced("Translate 你好 into English, please.")
    assert not is_unspaced("")


@given(st.text(), LANGUAGES, st.sampled_from([SELF_INSTRUCT, ALPACA, EVOL, COMPAT, COMPAT_ALPACA]))
def test_any_text_gets_a_verdict(text: str, language: str, rules: RuleSet) -> None:
    hit = check_instruction(text, language, rules=rules)
    assert hit is None or isinstance(hit, Hit)
    if not text.strip():
        assert hit is not None
        assert hit.reason == "too_short"

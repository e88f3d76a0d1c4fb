"""Every kind: what its sentence asks for passes, what breaks it fails, and nothing but `ReplyError` is ever raised."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.verifiers.listing import list_kinds
from evaluators.verifiers.operations import OPERATIONS
from evaluators.verifiers.segment import count_words, find_sentences
from evaluators.verifiers.verify import KINDS, CodeVerifier, compute, describe, is_compatible, verify, verify_all
from generator.errors import ReplyError
from generator.types import Check

PROSE = "Rain falls on the hills. The river swells quickly! Does anyone see it?"
CHINESE = "雨落在山上。河水很快上涨！有人看见吗？"
TABLE = "Prices:\n\n| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\nThat is all."
FENCED = "Look:\n\n```python\n# a\n- b\n1. c\n```"

CASES: list[tuple[str, dict[str, Any], tuple[str, ...], tuple[str, ...]]] = [
    ("min_words", {"count": 13}, (PROSE,), ("Rain falls.", CHINESE[:10])),
    ("min_words", {"count": 16}, (CHINESE,), (CHINESE[:-2],)),
    ("max_words", {"count": 4}, ("well-known 3.5 e.g. don't", "你好世界！", "1. a\n2. b\n3. c\n4. d"),
     ("a b c d e", "你好世界了")),
    ("word_range", {"min": 2, "max": 3}, ("a b", "一二三"), ("a", "a b c d")),
    ("max_characters", {"count": 5}, ("a b c", "一二三四五"), ("a b cd",)),
    ("sentence_count", {"count": 3}, (PROSE, CHINESE, "- a\n- b\n\nc"), ("One. Two.", "一。二。三。四。")),
    ("min_sentences", {"count": 2}, (PROSE, CHINESE), ("Dr. Smith paid 3.5 dollars.", "一句话。")),
    ("max_sentences", {"count": 1}, ("He met Dr. Smith at 5 p.m. in the U.S. embassy.", "一句话。"), ("One. Two.",)),
    ("sentence_max_words", {"count": 5}, (PROSE, "一二三四五。一。"), ("One two three four five six.", CHINESE)),
    ("list_item_max_words", {"count": 2}, ("- a b\n- c", "1. 一二"), ("- a b c", "a b")),
    ("paragraph_count", {"count": 2}, ("a\n\nb", "```\nx\n\ny\n```\n\n\nb"), ("a\nb", "a\n\nb\n\nc")),
    ("line_count", {"count": 2}, ("a\n\nb",), ("a", "a\nb\nc")),
    ("required_words", {"words": ["cat", "C++"]}, ("The Cat uses C++.", "用C++写cat程序"),
     ("A category of C++.", "cat C+")),
    ("required_words", {"words": ["河水"]}, (CHINESE,), ("河里的水",)),
    ("forbidden_words", {"words": ["cat", "in short"]}, ("category",), ("CAT!", "so, in\nshort, no")),
    ("word_frequency", {"word": "go", "count": 2}, ("Go, go!", "go going go"), ("go going",)),
    ("opening_mentions", {"word": "rain"}, (PROSE,), ("The river. Rain.",)),
    ("closing_mentions", {"word": "看见"}, (CHINESE,), ("看见了。没有。",)),
    ("starts_with", {"text": "In short:"}, ("  In short: yes.",), ("in short: yes.", "So. In short: yes.")),
    ("ends_with", {"text": "完毕。"}, ("好。完毕。\n",), ("完毕。好",)),
    ("no_commas", {}, ("a; b",), ("a, b", "一，二", "一、二")),
    ("forbidden_marks", {"marks": ["!", ";"]}, ("a?",), ("a!", "a; b")),
    ("no_digits", {}, ("one",), ("1", "１")),
    ("distinct_openings", {}, (PROSE, CHINESE), ("He ran. he fell.", "他跑。他倒。", "1、5、")),
    ("no_repeated_sentences", {}, (PROSE, CHINESE), ("Go on. Go on!", "好。好！")),
    ("script", {"script": "Han"}, (CHINESE, "用Py写一个小程序来计算两数之和吧，要快一点"),
     (PROSE, "中文 and more English")),
    ("script", {"script": "Latin"}, (PROSE,), (CHINESE, "123")),
    ("all_lowercase", {}, ("all low, 3.",), ("All low.", "123", CHINESE)),
    ("all_uppercase", {}, ("ALL UP, 3.",), ("ALL Up.", "123")),
    ("uppercase_words", {"count": 2}, ("NASA and ESA.", "USE CO2"), ("I see NASA.", "A I")),
    ("bullet_count", {"count": 2}, ("- a\n* b", "x\n• a\n  - b"), ("- a", "- a\n- b\n- c", "- a\n* * *", FENCED)),
    ("numbered_list", {"count": 2}, ("1. a\n2. b", "1、一\n2、二", "x\n1) a\ny\n2) b"),
     ("1. a\n3. b", "1. a", "3.5 kg\n1. a")),
    ("checklist", {"count": 2}, ("- [ ] a\n- [ ] b",), ("- a\n- b", "- [ ] a", "- [ ] a\n- [x] b")),
    ("headings", {"count": 1}, ("## A\ntext", "# A #"), ("#tag", "text", "# A\n## B", FENCED)),
    ("bold_terms", {"count": 2}, ("**a** and **b c**",), ("**a**", "** **, ****", "```\n**a** **b**\n```")),
    ("title", {"marks": "<<>>"}, ("<<A Title>>\n\ntext",), ("text\n<<A>>", "<<>>\ntext", "<<A>> text")),
    ("title", {"marks": "《》"}, ("《标题》\n正文",), ("《甲》和《乙》\n正文", "<<标题>>\n正文")),
    ("sections", {"count": 2}, ("Section 1\na\nSection 2: b", "## Section 1\n**Section 2**"),
     ("Section 1\na", "Section 2\nSection 1")),
    ("sections", {"count": 2, "label": "第N部分"}, ("第1部分\n甲\n第2部分：乙",), ("第1节\n第2节", "第1部分")),
    ("separator", {}, ("a\n******\nb",), ("a", "a\n******\n", "a\n******\nb\n******\nc", "a ****** b")),
    ("postscript", {}, ("text\n\nP.S. more",), ("P.S. more", "P.S. more\ntext", "text\nP.S.")),
    ("postscript", {"marker": "附："}, ("正文\n附：说明",), ("正文，附：说明",)),
    ("alphabetical_list", {}, ("- **Ant**\n- bee\n- Cat", "1. a\n2. b"), ("- b\n- a", "- a", "a\nb")),
    ("key_value_lines", {"keys": ["Name", "Age"]}, ("Name: A\nAge: 3", "x\nName：甲\ny\nAge: 3"),
     ("Age: 3\nName: A", "Name: A\nAge:", "Name: A\nAge: 3\nAge: 4")),
    ("prose_only", {}, (PROSE, CHINESE, "a **b**"), ("- a", "1. a", "# a", FENCED, "> a", TABLE)),
    ("json_object", {"keys": ["a"]}, ('{"a": 1, "b": 2}', '```json\n{"a": 1}\n```'),
     ('{"b": 1}', "[1]", "a", 'Here: {"a": 1}', "[" * 9999)),
    ("json_object", {"keys": ["a"], "only": True}, ('{"a": 1}',), ('{"a": 1, "b": 2}',)),
    ("json_array", {"count": 2}, ("[1, 2]", '```\n["甲", "乙"]\n```'), ("[1]", "{}", "1, 2")),
    ("code_block", {}, (FENCED,), ("code", "```\nx", "```\n\n```")),
    ("code_block", {"language": "Python"}, (FENCED,), ("```js\nx\n```",)),
    ("table", {"columns": 2}, (TABLE,),
     ("a | b", "| a |\n|---|\n| b |", TABLE + "\n\n" + TABLE, "| a | b |\n|---|---|")),
    ("table", {"columns": 2, "rows": 2}, (TABLE,), ("| a | b |\n|---|---|\n| c \\| d | e |",)),
    ("quoted", {}, ('"a b"',), ('"a" and "b"', "a", '"', '""')),
    ("quoted", {"marks": "「」"}, ("「甲」",), ("“甲”",)),
    ("tags", {"tag": "answer"}, ("<answer>a</answer>",), ("<answer></answer>", "x <answer>a</answer>", "<b>a</b>")),
    ("placeholders", {"count": 2}, ("[name] on [日期]",), ("[link](http://x) [name]", "- [ ] [x] a", "a[it] [7b]")),
    ("exact_answer", {"answer": "42"}, ("So:\n42", "**Answer:** 42", "答案：42", "**Answer: 42**"),
     ("42.", "42\nAnswer: 43", "Answer: 42\nYes")),
    ("exact_answer", {"answer": "a  b\nc"}, ("Sorted:\n```\na b\nc\n```", "Answer:\na b\n\nc"), ("c\na b", "c")),
    ("equals_expression", {"expression": "200 × 15% ÷ 7"},
     ("so\n4.29", "Answer: 30/7", "答案：428.57%", "**Answer: 4.2857**"),
     ("4.3", "4.28", "4", "Answer: 4.29\nmore", "about 4.29", "4.29%")),
    ("equals_expression", {"expression": "1,000 - 1"}, ("999", "999.00", "1998/2"), ("9.99", "-999", "999999", "1e3")),
    ("computed", {"operation": "evaluate_expression", "expression": "2*(3+4)"}, ("Answer: 14",), ("Answer: 15",)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "params", "good", "bad"), CASES, ids=str)
def test_what_is_asked_for_passes_and_what_breaks_it_fails(
    kind: str, params: dict[str, Any], good: tuple[str, ...], bad: tuple[str, ...]
) -> None:
    check = Check(kind=kind, params=params)
    assert [text for text in good if not verify(check, text)] == []
    assert [text for text in bad if verify(check, text)] == []
    assert not verify(check, " \n")


def test_every_kind_has_a_case_and_wordings_and_conflicts_that_exist() -> None:
    assert {case[0] for case in CASES} == set(KINDS)
    assert len(KINDS) >= 30
    assert sum("zh" in kind.languages for kind in KINDS.values()) >= 20
    for kind in KINDS.values():
        assert "en" in kind.languages
        assert kind.conflicts <= set(KINDS)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_sentence_is_filled_in_every_variant(language: str) -> None:
    for kind, params, _good, _bad in CASES:
        if language not in KINDS[kind].languages:
            continue
        check = Check(kind=kind, params=params)
        sentences = {describe(check, language, variant) for variant in range(2)}
        assert len(sentences) == 2, kind
        for value in params.values():
            shown = value if isinstance(value, list) else [value]
            for sentence in sentences:
                assert "{" not in sentence
                if not isinstance(value, bool) and kind not in ("exact_answer", "computed", "separator", "script"):
                    assert all(str(item) in sentence for item in shown), (kind, sentence)


def test_numbers_agree_with_their_nouns_and_lists_read_as_prose() -> None:
    assert describe(Check(kind="min_words", params={"count": 1}), "en") == "Use at least 1 word."
    assert describe(Check(kind="min_words", params={"count": 40}), "en") == "Use at least 40 words."
    words = Check(kind="required_words", params={"words": ["a", "b", "c"]})
    assert "“a”, “b” and “c”" in describe(words, "en")
    assert "“a”、“b”和“c”" in describe(words, "zh")


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("nothing", {}), ("min_words", {}), ("min_words", {"count": True}), ("min_words", {"count": 3.0}),
        ("min_words", {"count": 0}), ("min_words", {"count": "3"}), ("min_words", {"count": 3, "more": 1}),
        ("min_words", {"count": 10**9}), ("word_range", {"min": 5, "max": 4}), ("required_words", {"words": []}),
        ("required_words", {"words": "cat"}), ("required_words", {"words": ["a", "a"]}), ("starts_with", {"text": " "}),
        ("required_words", {"words": ["a" * 99]}), ("forbidden_marks", {"marks": ["a"]}), ("title", {"marks": "()"}),
        ("forbidden_marks", {"marks": ["!!"]}), ("tags", {"tag": "a b"}), ("code_block", {"language": "``"}),
        ("json_object", {"keys": ["a"], "only": 1}), ("script", {"script": "Elvish"}),
        ("computed", {"operation": "hack"}), ("equals_expression", {"expression": "1/0"}),
        ("equals_expression", {"expression": "9**9**9"}), ("equals_expression", {"expression": "len([])"}),
        ("computed", {"operation": "count_occurrences"}), ("computed", {"operation": "count_words", "term": "a"}),
    ],
)  # fmt: skip
def test_unknown_kinds_and_bad_parameters_are_refused(kind: str, params: dict[str, Any]) -> None:
    check = Check(kind=kind, params=params)
    reason = "unknown_check" if kind == "nothing" else "bad_check_params"
    for use in (lambda: verify(check, "a"), lambda: describe(check, "en")):
        with pytest.raises(ReplyError) as error:
            use()
        assert error.value.reason == reason


def test_a_language_without_wording_is_refused() -> None:
    with pytest.raises(ReplyError) as error:
        describe(Check(kind="all_lowercase"), "zh")
    assert error.value.reason == "no_wording"


def test_verdicts_are_set_and_compatibility_is_symmetric() -> None:
    checks = (Check(kind="min_words", params={"count": 2}), Check(kind="no_commas"))
    assert [check.verdict for check in verify_all(checks, "a, b")] == [True, False]
    assert CodeVerifier().verify(checks[0], "a b", "")
    assert not is_compatible("all_lowercase", "all_uppercase")
    assert is_compatible("min_words", "no_commas")
    assert all(is_compatible(a, b) == is_compatible(b, a) for a in KINDS for b in KINDS)


def write_words(count: int, _: str = "") -> str:
    return " ".join(["word"] * count)


Make = Callable[[int, str], str]
MADE: list[tuple[str, Make, Make]] = [
    ("min_words", write_words, lambda n, w: write_words(n - 1)),
    ("max_words", write_words, lambda n, w: write_words(n + 1)),
    ("sentence_count", lambda n, w: "A word. " * n, lambda n, w: "A word. " * (n + 1)),
    ("min_sentences", lambda n, w: "A word. " * n, lambda n, w: "A word. " * (n - 1)),
    ("max_sentences", lambda n, w: "A word. " * n, lambda n, w: "A word. " * (n + 1)),
    ("sentence_max_words", lambda n, w: write_words(n) + ".", lambda n, w: write_words(n + 1) + "."),
    ("list_item_max_words", lambda n, w: "- " + write_words(n), lambda n, w: "- " + write_words(n + 1)),
    ("paragraph_count", lambda n, w: "\n\n".join(["text"] * n), lambda n, w: "\n\n".join(["text"] * (n + 1))),
    ("line_count", lambda n, w: "\n".join(["text"] * n), lambda n, w: "\n".join(["text"] * (n + 1))),
    ("bullet_count", lambda n, w: "- a\n" * n, lambda n, w: "- a\n" * (n - 1)),
    ("checklist", lambda n, w: "- [ ] a\n" * n, lambda n, w: "- [ ] a\n" * (n + 1)),
    ("headings", lambda n, w: "# a\n" * n, lambda n, w: "# a\n" * (n + 1)),
    ("bold_terms", lambda n, w: "**a** " * n, lambda n, w: "**a** " * (n - 1)),
    ("max_characters", lambda n, w: "a" * n, lambda n, w: "a" * (n + 1)),
    ("placeholders", lambda n, w: "[name] " * n, lambda n, w: "[name] " * (n - 1)),
    ("json_array", lambda n, w: json.dumps(["a"] * n), lambda n, w: json.dumps(["a"] * (n + 1))),
    ("opening_mentions", lambda n, w: f"The {w} is old. It is.", lambda n, w: f"It is old. The {w} is."),
    ("closing_mentions", lambda n, w: f"It is old. The {w} is.", lambda n, w: f"The {w} is old. It is."),
]

SOURCE = "Ann paid 1,200 euros on 3 May.\nBob paid -2.5 euros; the cat saw it.\n\nann slept."
CSV = 'name,amount\nAnn,10.5\nBob,"1,000"\nAnn,-3'
ANSWERS: list[tuple[str, str, dict[str, Any], str]] = [
    ("count_words", SOURCE, {}, "17"), ("count_words", "今天 use 2 次", {}, "5"),
    ("count_characters", "a b\n，c", {}, "4"),
    ("count_sentences", SOURCE, {}, "3"), ("count_paragraphs", SOURCE, {}, "2"), ("count_lines", SOURCE, {}, "3"),
    ("count_unique_words", "The cat the dog", {}, "3"), ("count_occurrences", SOURCE, {"term": "ann"}, "2"),
    ("count_occurrences", "河水与河", {"term": "河"}, "2"), ("count_numbers", SOURCE, {}, "3"),
    ("longest_word", "a bbb ccc", {}, "bbb"), ("reverse_words", "one, two three.", {}, "three two one"),
    ("reverse_words", "你好 hi ok", {}, "ok hi好你"), ("reverse_lines", "a\n\nb", {}, "b\na"),
    ("sort_lines", "b\nA\nc", {}, "A\nb\nc"), ("unique_lines", "a\nb\na", {}, "a\nb"),
    ("lines_to_json", 'a\n"b"\n丙', {}, '["a", "\\"b\\"", "丙"]'), ("initials", "portable document format", {}, "PDF"),
    ("to_upper", "a\nb", {}, "A\nB"), ("to_lower", "A b", {}, "a b"), ("extract_numbers", SOURCE, {}, "1,200, 3, -2.5"),
    ("sort_numbers", "3 和 -2.5 和 1,200", {}, "-2.5, 3, 1200"), ("sum_numbers", "0.1 and 0.2", {}, "0.3"),
    ("sum_numbers", "共3个，又5-2个", {}, "10"), ("average_numbers", "1 1 2", {}, "1.3333"),
    ("max_number", SOURCE, {}, "1200"),
    ("min_number", SOURCE, {}, "-2.5"), ("range_of_numbers", SOURCE, {}, "1202.5"),
    ("evaluate", "（2+3）×4÷8 = ?", {}, "2.5"),
    ("evaluate_expression", "", {"expression": "2**10 - 1,024 + 7 // 2 % 2"}, "1"), ("csv_row_count", CSV, {}, "3"),
    ("csv_column_sum", CSV, {"column": "amount"}, "1007.5"),
    ("csv_column_average", CSV, {"column": "amount"}, "335.8333"),
    ("csv_column_max", CSV, {"column": "amount"}, "1000"), ("csv_column_values", CSV, {"column": "name"}, "Ann, Bob"),
    ("json_keys", '{"b": 1, "a": 2}', {}, "a, b"), ("json_value", '{"a": true}', {"key": "a"}, "true"),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "source", "params", "expected"), ANSWERS)
def test_answers_are_computed_and_checked(operation: str, source: str, params: dict[str, Any], expected: str) -> None:
    assert compute(operation, source, params) == expected
    check = Check(kind="computed", params={"operation": operation, **params})
    assert verify(check, f"Let me see.\n{expected}", source)
    assert verify(check, f"Answer:\n{expected}", source)
    assert not verify(check, f"{expected}\nNo, wrong.", source)
    assert all(describe(check, language) for language in ("en", "zh"))


def test_every_operation_has_an_answer_in_the_table() -> None:
    assert {answer[0] for answer in ANSWERS} == set(OPERATIONS)


@pytest.mark.parametrize(
    ("operation", "source", "params"),
    [
        ("sum_numbers", "none", {}), ("longest_word", "...", {}), ("csv_column_sum", "a\n1", {"column": "a"}),
        ("csv_column_sum", CSV, {"column": "name"}), ("json_value", "[1]", {"key": "a"}), ("sort_lines", " ", {}),
        ("sum_numbers", "9" * 5000, {}), ("evaluate", "1/0", {}), ("evaluate", "9**9**9", {}),
        ("evaluate", "2**0.5", {}),
        ("evaluate", "__import__('os')", {}), ("evaluate", "(" * 150, {}), ("evaluate", "1 < 2", {}),
        ("evaluate", "", {}),
        ("evaluate", "99**64*99**64*99**64*99**64*99**64*99**64*99**64*99**64*99**64*99**64", {}),
        ("evaluate", "...", {}),
    ],
)  # fmt: skip
def test_what_cannot_be_computed_has_no_answer(operation: str, source: str, params: dict[str, Any]) -> None:
    with pytest.raises(ReplyError) as error:
        compute(operation, source, params)
    assert error.value.reason == "not_computable"


@given(st.data())
@settings(max_examples=120)
def test_a_response_made_from_the_sentence_passes_and_a_broken_one_fails(data: st.DataObject) -> None:
    """What `describe` says, `verify` checks: the numbers and words come out of the sentence, not of the parameters."""
    kind, make, spoil = data.draw(st.sampled_from(MADE))
    count = data.draw(st.integers(2, 9))
    word = data.draw(st.sampled_from(["harbor", "copper", "violin"]))
    check = Check(kind=kind, params={"count": count} if "count" in KINDS[kind].params else {"word": word})
    for language in ("en", "zh"):
        sentence = describe(check, language, data.draw(st.integers(0, 3)))
        said = re.findall(r"\d+", sentence)
        number = int(said[0]) if said else count
        named = next((one for one in ("harbor", "copper", "violin") if one in sentence), word)
        assert verify(check, make(number, named)), sentence
        assert not verify(check, spoil(number, named)), sentence


def test_the_list_for_a_model_names_every_kind_and_parameter() -> None:
    for language in ("en", "zh", "de"):
        lines = list_kinds(language).splitlines()
        spoken = [kind for kind in KINDS.values() if (language if language == "zh" else "en") in kind.languages]
        assert len(lines) == len(spoken)
        for line, kind in zip(lines, spoken, strict=True):
            assert line.startswith(f'- "{kind.name}" {{')
            assert all(f'"{name}"' in line for name in kind.params)
            assert line.rstrip()[-1] not in ":}"


ENDS = st.sampled_from(["。", ". ", "! ", "？"])
WORD = st.text("abcdefgh", min_size=1, max_size=8)
ANYTHING = st.text(st.characters(exclude_categories=[]), max_size=120) | st.lists(
    st.sampled_from(
        ["a", "好", ".", "。", "\n", "- ", "1. ", "5、", "```", "|", "---", "**", "#", '"', "[", "]", "{", ":", "<<"]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@given(st.lists(WORD, min_size=1, max_size=30))
def test_bounds_on_words_are_exact(words: list[str]) -> None:
    text, size = " ".join(words), len(words)
    assert count_words(text) == size == count_words("".join("字" for _ in words))
    assert verify(Check(kind="min_words", params={"count": size}), text)
    assert not verify(Check(kind="min_words", params={"count": size + 1}), text)
    assert verify(Check(kind="max_words", params={"count": size}), text)
    assert verify(Check(kind="word_range", params={"min": size, "max": size}), text)


@given(st.lists(st.lists(WORD, min_size=1, max_size=6), min_size=1, max_size=8), ENDS)
def test_sentences_and_items_are_counted_as_they_were_made(sentences: list[list[str]], end: str) -> None:
    if end == ". ":  # a single letter or an abbreviation may go on
        sentences = [[*words, "zzzz"] for words in sentences]
    lines = [" ".join(words) for words in sentences]
    assert len(find_sentences("".join(line + end for line in lines))) == len(lines)
    for kind, mark in (("bullet_count", "- "), ("checklist", "- [ ] "), ("numbered_list", "{}. ")):
        text = "\n".join(mark.format(index) + line for index, line in enumerate(lines, 1))
        assert verify(Check(kind=kind, params={"count": len(lines)}), text)
        assert not verify(Check(kind=kind, params={"count": len(lines) + 1}), text)


@given(ANYTHING, ANYTHING)
@settings(max_examples=150)
def test_no_text_makes_a_check_raise(response: str, task_input: str) -> None:
    for kind, params, _good, _bad in CASES:
        assert verify(Check(kind=kind, params=params), response, task_input) in (True, False)
    for operation, _source, params, _expected in ANSWERS:
        with contextlib.suppress(ReplyError):
            assert isinstance(compute(operation, task_input, params), str)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.sampled_from(list(OPERATIONS)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)


@given(st.sampled_from(sorted(KINDS)), st.data())
@settings(max_examples=300)
def test_no_parameters_raise_anything_but_reply_errors(kind: str, data: st.DataObject) -> None:
    names = st.sampled_from([*KINDS[kind].params, "other"]) if KINDS[kind].params else st.just("other")
    check = Check(kind=kind, params=data.draw(st.dictionaries(names, JSON, max_size=3)))
    with contextlib.suppress(ReplyError):
        assert verify(check, PROSE, "1 2") in (True, False)
    with contextlib.suppress(ReplyError):
        assert describe(check, "en")

"""What the embedded back end cuts out of a seed's text: whole sentences, real terms, figures, steps, labelled pairs."""

from __future__ import annotations

import json
import random
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.verifiers.verify import verify
from generator.backends.embedded.chains import chain_words
from generator.backends.embedded.compose import lower_first
from generator.backends.embedded.in_breadth import QUESTIONS
from generator.backends.embedded.plan import check_plan
from generator.backends.embedded.question import Source, pose, quote_core
from generator.backends.embedded.text import (
    count_shared_run,
    find_figures,
    find_items,
    find_pairs,
    find_sentences,
    find_steps,
    find_terms,
    is_countable,
)
from generator.backends.embedded.voice import make_voice
from tests.test_embedded_evolve import SEEDS


def test_sentences_are_whole_and_plain() -> None:
    text = "**Tides** rise twice a day. See `note`: a label\n\n```py\nA sentence in code here.\n```\nDr. Moon (hard)."
    assert find_sentences(text, "en") == ("Tides rise twice a day.",)
    assert find_sentences("| a | b |\n|---|---|\n| The cell is no sentence here. | x |", "en") == ()
    assert find_sentences("酵母吃掉面团里的糖分。“为什么呢？”他问。", "zh") == ("酵母吃掉面团里的糖分。",)


def test_steps_must_count_up_from_one() -> None:
    assert find_steps("1. Mix.\n2. Bake.\n\nDone.") == ("Mix.", "Bake.")
    assert find_steps("1. Mix.\n3. Bake.") == ()
    assert find_steps("2.5 g of salt\n3.1 g of sugar") == ()


def test_pairs_are_labels_with_values() -> None:
    assert find_pairs("- **Cost:** low.\n- **Speed:** high.") == (("Cost", "low."), ("Speed", "high."))
    assert find_pairs("- **成本**：便宜。\n- **速度**：快。") == (("成本", "便宜。"), ("速度", "快。"))
    assert find_pairs("Cost: low\nSpeed: high") == (("Cost", "low"), ("Speed", "high"))
    assert find_pairs("The test is this: who pays?\nIt depends on the case.") == ()
    assert find_pairs("- A: same\n- B: same") == ()


def test_items_lose_their_marks() -> None:
    assert find_items("- **one**\n* two\n3) three\nfour") == ("one", "two", "three")


def test_figures_are_numbers_that_stand_alone() -> None:
    assert find_figures("It took 12 days and 3,500 kg, 7 men, in 2023-11-05 at 60 °C.", "en") == (
        "12 days", "3,500 kg", "60 °C",
    )  # fmt: skip
    assert find_figures("用时12天，约7～10天，共3500元。", "zh") == ("12天", "3500元")


def test_terms_are_content_words_as_they_stand() -> None:
    terms = find_terms("The valve opens the valve. Quickly, the pressure in the boiler dropped because of that.", "en")
    assert terms[0] == "valve"
    assert not {"because", "Quickly", "dropped"} & set(terms)
    assert "血小板" in find_terms("血小板聚集。药物抑制血小板。", "zh")
    assert "小板" not in find_terms("血小板聚集。药物抑制血小板。", "zh")


@pytest.mark.parametrize(
    ("text", "expected"), [("A plain line.", True), ("24 + 2 = 26 mmol/L", False), ("1. One\n2. Two", False)]
)
def test_only_what_all_would_count_alike_is_countable(text: str, expected: bool) -> None:
    assert is_countable(text, "en") is expected


def test_a_request_is_quoted_only_where_the_marks_stay_clear() -> None:
    assert quote_core("Why is it so?") == "Why is it so?"
    assert quote_core("Define “tide”.") is None
    assert quote_core("a\nb") is None
    assert quote_core("x" * 500) is None


@pytest.mark.parametrize(
    ("sentence", "lowered"),
    [("Use two words.", "use two words."), ("I want more.", "I want more."), ("USE CAPITALS.", "USE CAPITALS.")],
)
def test_a_sentence_is_lowered_only_where_it_may_be(sentence: str, lowered: str) -> None:
    assert lower_first(sentence) == lowered


@settings(deadline=None)
@given(st.lists(st.sampled_from("abcde"), max_size=12), st.lists(st.sampled_from("abcde"), max_size=12))
def test_the_shared_run_is_the_longest_common_subsequence(first: list[str], second: list[str]) -> None:
    table = [[0] * (len(second) + 1) for _ in range(len(first) + 1)]
    for i, a in enumerate(first):
        for j, b in enumerate(second):
            table[i + 1][j + 1] = table[i][j] + 1 if a == b else max(table[i][j + 1], table[i + 1][j])
    assert count_shared_run(tuple(first), tuple(second)) == table[-1][-1]


SOURCES = [
    Source(seed["instruction"], seed[part], seed["language"], role)
    for seed in SEEDS
    for part, role in (("response", "answer"), ("input", "material"), ("instruction", "request"))
    if seed[part]
]


@pytest.mark.parametrize("name", QUESTIONS)
def test_each_question_is_answered_by_its_own_answer(name: str) -> None:
    posed = 0
    for place, source in enumerate(SOURCES):
        for draw in range(5):
            voice = make_voice(source.language, name, place, draw)
            question = QUESTIONS[name](source, voice)
            if question is not None:
                posed += 1
                plan = pose(question, source, voice)
                assert check_plan(plan), plan
                assert not verify(question.check, f"{plan.response} x", plan.input)
    assert posed or name in NEEDS_MORE


NEEDS_MORE = {"extract_numbers", "sum_numbers", "sort_numbers", "max_number", "range_of_numbers"}  # three plain numbers
NUMBERS = Source("How far?", "It is 12 km to the mill. From there 7 km lead to the lake, and 105 km to the sea.", "en")


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("extract_numbers", "12, 7, 105"), ("sum_numbers", "124"), ("sort_numbers", "7, 12, 105"),
        ("max_number", "105"), ("range_of_numbers", "98"),
    ],
)  # fmt: skip
def test_figures_are_combined_rightly(name: str, answer: str) -> None:
    questions = [QUESTIONS[name](NUMBERS, make_voice("en", name, draw)) for draw in range(20)]
    answers = {question.answer for question in questions if question is not None}
    assert answers == {answer}


def pose_all(name: str, language: str = "en") -> list[Any]:
    sources = [source for source in SOURCES if source.language == language]
    places = [(source, make_voice(language, name, i, draw)) for i, source in enumerate(sources) for draw in range(6)]
    made = [QUESTIONS[name](source, voice) for source, voice in places]
    return [question for question in made if question is not None]


def test_labels_follow_from_the_stated_rule() -> None:
    for question in pose_all("label_lengths"):
        limit = int(re.search(r"(\d+) words", question.ask)[1])  # type: ignore[index]
        counts = [len(line.split()) - 1 for line in question.material.split("\n")]
        assert question.answer == ", ".join("long" if count > limit else "short" for count in counts)


def test_the_longest_sentence_is_found() -> None:
    for question in pose_all("longest_sentence"):
        counts = [len(line.split()) for line in question.material.split("\n")]
        assert int(question.answer) == counts.index(max(counts)) + 1


def test_shuffled_steps_go_back_into_their_order() -> None:
    questions = pose_all("restore_order")
    assert questions
    steps = find_steps(SEEDS[2]["response"])
    for question in questions:
        lettered = dict(line.split(". ", 1) for line in question.material.split("\n"))
        assert tuple(lettered[letter] for letter in question.answer.split(", ")) == steps


def test_matched_pairs_are_those_of_the_text() -> None:
    questions = pose_all("match_pairs")
    assert questions
    pairs = dict(find_pairs(SEEDS[3]["response"]))
    for question in questions:
        parts = dict(line.split(". ", 1) for line in question.material.split("\n") if line)
        matched = [pair.split("-") for pair in question.answer.split(", ")]
        assert {parts[letter]: parts[number] for letter, number in matched} == pairs


def test_notes_become_json_that_holds_them() -> None:
    for question in pose_all("pairs_to_json"):
        noted = dict(line.split(": ", 1) for line in question.material.split("\n"))
        assert json.loads(question.answer) == noted


def test_a_gap_is_filled_from_options_that_do_not_fit_elsewhere() -> None:
    questions = pose_all("gap")
    assert questions
    for question in questions:
        assert f"“{question.answer}”" in question.ask
        restored = question.material.replace("____", question.answer)
        assert any(restored in source.sentences for source in SOURCES)


def test_chains_on_words_hold_their_steps() -> None:
    request = "Compare rail and road for freight by cost and speed"
    chains = [chain_words(request, "the request", make_voice("en", draw)) for draw in range(40)]
    made = [chain for chain in chains if chain is not None]
    assert len(made) > 10
    for chain in made:
        words = chain.results[0].split(", ")
        if limit := re.search(r"(\d) ", chain.steps[0]):
            assert all(len(word) >= int(limit[1]) for word in words)
        if chain.what == "what_number":
            assert chain.answer == str(sum(map(len, words)))
        elif chain.what == "what_letters_joined":
            assert chain.answer == "".join(word[0].upper() for word in sorted(words))
        else:
            assert chain.answer in words


def test_drawing_keeps_the_order() -> None:
    voice = make_voice("en", 1)
    items = list(range(30))
    for _ in range(50):
        drawn = voice.draw(items, 2, 5)
        assert drawn == sorted(drawn)
        assert 2 <= len(drawn) <= 5
    assert voice.draw([1], 2, 4) == [1]
    assert isinstance(voice.rng, random.Random)

"""Shared n-grams: those that a slow definition finds, in any script, however the text is laid out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.novelty.ngrams import NgramIndex, Overlap
from evaluators.tokens import tokenize

QUESTION = "A train leaves the station at nine and travels sixty miles an hour; when does it arrive at the coast?"
CHINESE = "一列火车早上九点从车站出发，以每小时一百公里的速度向海边行驶，请问它什么时候能到达目的地？"
# Few words and characters, so that grams recur; short lengths, so that small texts have some.
WORDS = st.lists(st.sampled_from("a b c d 火 车 站 出".split()), max_size=14).map(" ".join)


def index(*benchmarks: Sequence[str], lengths: Sequence[int] = (13, 8)) -> NgramIndex:
    named = [(f"b{n}", [(str(key), text) for key, text in enumerate(texts)]) for n, texts in enumerate(benchmarks)]
    return NgramIndex(named, lengths)


def list_grams(text: str, words: int) -> set[tuple[str, ...]]:
    """Return the grams as the definition has them."""
    tokens = tokenize(text)
    grams = set()
    for start in range(len(tokens) - words + 1):
        window = tokens[start : start + words]
        if 2 * sum(token > "\u2e80" for token in window) > words:
            window = tokens[start : start + round(words * 1.5)]
            if len(window) < round(words * 1.5):
                continue
        grams.add(tuple(window))
    return grams


@given(st.lists(st.lists(WORDS, min_size=1, max_size=4), min_size=1, max_size=3), WORDS)
def test_what_is_found_is_what_the_definition_finds(benchmarks: list[list[str]], text: str) -> None:
    built = index(*benchmarks, lengths=(4, 2))
    wanted = {}
    for number, texts in enumerate(benchmarks):
        for words in (2, 4):
            shared = [key for key, other in enumerate(texts) if list_grams(other, words) & list_grams(text, words)]
            if shared:
                wanted[f"b{number}"] = words
    found = built.find(text)
    assert {one.benchmark: one.words for one in found} == wanted
    for one in found:
        held = benchmarks[int(one.benchmark[1:])][int(one.record)]
        shared_grams = list_grams(held, one.words) & list_grams(text, one.words)
        assert one.gram.replace(" ", "") in {"".join(gram) for gram in shared_grams}
    touched = {built.name_record(int(number)) for number in built.find_records(text)}
    assert touched == {
        (f"b{number}", str(key))
        for number, texts in enumerate(benchmarks)
        for key, other in enumerate(texts)
        if list_grams(other, 2) & list_grams(text, 2)
    }


def test_a_question_is_found_however_it_is_laid_out() -> None:
    built = index(["Something else entirely, which nobody would ask for in such a way as this.", QUESTION])
    shouted = "Solve this!\n\n" + QUESTION.upper().replace(" ", "\n   ") + "\nThink."
    gram = "a train leaves the station at nine and travels sixty miles an hour"
    assert built.find(shouted) == [Overlap("b0", "1", 13, gram)]


def test_13_words_and_8_words_are_told_apart() -> None:
    built = index([QUESTION])
    nine = " ".join(QUESTION.split()[3:12])
    assert [one.words for one in built.find(f"Explain: {nine}, in short.")] == [8]
    assert built.find(" ".join(QUESTION.split()[:7])) == []


def test_chinese_is_measured_in_characters() -> None:
    built = index([CHINESE])
    assert [one.words for one in built.find(f"请回答：{CHINESE}")] == [13]
    assert [one.words for one in built.find(CHINESE[:14])] == [8]
    assert built.find(CHINESE[:10]) == []
    assert built.find("Is 一列火车 a train?") == []


def test_every_benchmark_is_named_once_and_the_longest_overlap_first() -> None:
    built = index([" ".join(QUESTION.split()[:9])], [QUESTION, QUESTION])
    found = built.find(QUESTION)
    assert [(one.benchmark, one.record, one.words) for one in found] == [("b1", "0", 13), ("b0", "0", 8)]


def test_a_gram_does_not_run_from_one_record_into_the_next() -> None:
    words = QUESTION.split()
    assert index([" ".join(words[:6]), " ".join(words[6:12])]).find(QUESTION) == []


def test_records_too_short_to_tell_are_counted() -> None:
    built = index([QUESTION, "What is two and two?"], [])
    assert [(one.name, one.records, one.too_short) for one in built.describe()] == [("b0", 2, 1), ("b1", 0, 0)]


@pytest.mark.parametrize("text", ["", "…", "👍"])
def test_a_text_without_a_token_shares_nothing(text: str) -> None:
    assert index([QUESTION]).find(text) == []
    assert index([], []).find(text) == []
    assert index().find(QUESTION) == []

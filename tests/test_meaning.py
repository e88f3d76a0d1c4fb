"""The meaning check: each thing that a rewording or a translation can do wrong is caught, by its name."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.language import identify_language
from evaluators.meaning.check import check_meaning
from evaluators.meaning.chrf import compute_chrf
from evaluators.meaning.names import list_names
from evaluators.meaning.negation import count_negations
from evaluators.meaning.number_words import read_numeral
from evaluators.meaning.numbers import find_changed, list_numbers
from evaluators.meaning.preserved import find_lost

SOURCE = (
    "Write a reply to the customer who waited 14 days for order {order_id}. Do not offer a refund;"
    " mention https://help.example.com/returns."
)
GOOD = (
    "Answer the customer who has been waiting 14 days for order {order_id}, mention https://help.example.com/returns,"
    " and do not offer a refund."
)
ZH_SOURCE = "请给等待订单 {order_id} 14 天的客户写一封回信，不要提出退款，并提到 https://help.example.com/returns 。"
ZH_GOOD = "给等了 14 天订单 {order_id} 的客户回一封信，信中提到 https://help.example.com/returns ，但不要提退款。"
ANSWER = (
    "Dear customer, we are sorry that your parcel took so long. It left our warehouse this morning and will be with you"
    " soon. Kind regards"
)


def check(source: str, result: str, one: str = "en", other: str = "en", response: str = "") -> str | None:
    hit = check_meaning(source, result, one, other, identify_language, response).hit
    return hit.reason if hit else None


def test_a_faithful_rewording_passes() -> None:
    assert check(SOURCE, GOOD) is None
    assert check(ZH_SOURCE, ZH_GOOD, "zh", "zh") is None


def test_a_faithful_translation_passes_both_ways() -> None:
    assert check(SOURCE, ZH_SOURCE, "en", "zh") is None
    assert check(ZH_SOURCE, SOURCE, "zh", "en") is None


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (GOOD.replace("14", "41"), "number_changed"),
        (GOOD.replace("14 days", "some days"), "number_changed"),
        (GOOD.replace("customer", "customer, for the 2nd time,"), "number_changed"),
        (GOOD.replace("and do not offer a refund", "and offer a refund"), "negation_changed"),
        (GOOD.replace("{order_id}", "order_id"), "placeholder_changed"),
        (GOOD.replace("{order_id}", "{order}"), "placeholder_changed"),
        (GOOD.replace("help.example.com", "help.example.org"), "url_changed"),
        (ZH_GOOD, "wrong_language"),
        ("", "empty"),
        (
            GOOD + " " + "Please take your time with it and think about each of the points above. " * 12,
            "length_changed",
        ),
        ("Note order {order_id}, 14 units: https://help.example.com/returns. No gluten.", "meaning_drifted"),
    ],
)
def test_each_fault_of_a_rewording_is_named(result: str, reason: str) -> None:
    assert check(SOURCE, result) == reason


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (SOURCE, "untranslated"),
        (GOOD, "untranslated"),
        (ZH_SOURCE.replace("14", "15"), "number_changed"),
        (ZH_SOURCE.replace("不要提出退款", "提出退款"), "negation_changed"),
        (ZH_SOURCE.replace("{order_id}", ""), "placeholder_changed"),
    ],
)
def test_each_fault_of_a_translation_is_named(result: str, reason: str) -> None:
    assert check(SOURCE, result, "en", "zh") == reason


def test_an_answer_in_place_of_the_text_is_named() -> None:
    source = "Write a short apology to a customer whose parcel is late."
    assert check(source, ANSWER, response=ANSWER) == "answered"
    assert check(source, "Apologise briefly to a customer whose parcel is late.", response=ANSWER) is None


@pytest.mark.parametrize(("source", "result"), [
    ("Name two deserts located in Africa.", "Two deserts located in Africa are the Sahara Desert and the Namib Desert."),
    ("How can I sleep better?", "A good way to sleep better is to make the room dark and quiet."),
    ("Construct a sentence about the sea.", "The sea can show many colours, and it changes them with the weather."),
])  # fmt: skip
def test_a_verb_in_the_middle_of_a_statement_tells_nobody_anything(source: str, result: str) -> None:
    assert check(source, result) == "answered"


def test_code_and_titles_come_through_unharmed() -> None:
    source = "Explain what `len(x)` does in:\n```python\nprint(len(x))\n```\nand who wrote 《红楼梦》 in Nanjing."
    assert find_lost(source, source.replace("Explain what", "Tell me what"), "en", "en") is None
    for old, new, reason in [
        ("len(x)`", "len(y)`", "code_changed"), ("print(", "show(", "code_changed"),
        ("《红楼梦》", "the novel", "entity_lost"), ("Nanjing", "the city", "entity_lost"),
    ]:  # fmt: skip
        hit = find_lost(source, source.replace(old, new), "en", "en")
        assert hit is not None
        assert hit.reason == reason


@pytest.mark.parametrize(("one", "other", "source", "result"), [
    ("en", "en", "Give three tips.", "Give 3 tips."), ("en", "en", "Give 3 tips.", "Give three tips."),
    ("zh", "en", "列出三条建议。", "List 3 tips."), ("en", "en", "It costs 1,000 euros.", "It costs 1000 euros."),
    ("zh", "zh", "列出３个城市", "列出3个城市"), ("en", "de", "Pay 1,250.50 euros.", "Zahle 1.250,50 Euro."),
    ("en", "fr", "12.5% of 10,000", "12,5 % de 10 000"), ("en", "ja", "At 3:45 p.m. on 5 March", "3月5日15時45分に"),
    ("en", "zh", "1.2 million people", "120万人"), ("zh", "en", "一百五十字", "150 words"),
    ("en", "en", "the 2nd of 25 parts", "the second of twenty-five parts"), ("en", "en", "twelve eggs", "a dozen eggs"),
])  # fmt: skip
def test_a_number_may_change_its_dress(one: str, other: str, source: str, result: str) -> None:
    assert find_changed(source, result, one, other) is None


@pytest.mark.parametrize(("one", "other", "source", "result"), [
    ("en", "en", "Give three tips.", "Give four tips."), ("en", "de", "1.5 litres", "15 Liter"), ("zh", "zh", "三天", "五天"),
    ("en", "ja", "at 3 p.m.", "午後4時に"), ("en", "zh", "1.2 million people", "12万人"), ("en", "en", "10 eggs", "eggs"),
    ("de", "en", "am 5. Mai", "on May 6"),
])  # fmt: skip
def test_a_number_that_is_another_is_found(one: str, other: str, source: str, result: str) -> None:
    assert find_changed(source, result, one, other) is not None


def test_numbers_and_names_are_told_from_their_surroundings() -> None:
    found = list(list_numbers("From 9:30 to 10.5 on 2024-05-01, 1,234 units, 50%"))
    assert [number.text for number in found] == ["9", "30", "10.5", "2024", "05", "01", "1,234", "50"]
    assert [read_numeral(text) for text in ("十二", "一百五十", "三万", "二〇二四", "两千零五")] == [
        12,
        150,
        30000,
        2024,
        2005,
    ]
    assert list(list_names("Write to Marie Curie. Then I ask NASA about Paris.")) == ["Marie Curie", "NASA", "Paris"]
    assert list(list_names("Schreibe an Frau Klein über die Miete in New York.", "de")) == ["Klein", "York"]
    assert list(list_names("请给张伟写信，介绍《三体》和上海。", "zh")) == ["《三体》", "上海", "张伟"]
    assert list(list_names("田中さんに『こころ』を渡す。", "ja")) == ["『こころ』", "田中"]


@pytest.mark.parametrize(("source", "result"), [
    ("请阅读https://example.com/a?b=1的内容。", "Please read https://example.com/a?b=1."),
    ("抄送li.na@example.com。", "Copy li.na@example.com."),
])  # fmt: skip
def test_an_address_ends_where_another_script_begins(source: str, result: str) -> None:
    assert find_lost(source, result, "zh", "en") is None


def test_a_text_that_is_no_task_cannot_be_answered() -> None:
    source, result = "Can you hear me?", "Ich kann dich hören."
    assert check(source, result, "en", "de") == "answered"
    assert check_meaning(source, result, "en", "de", identify_language, is_task=False).hit is None


@pytest.mark.parametrize(
    ("text", "language", "count"),
    [
        ("Do not use nouns.", "en", 1), ("Don't use nouns or verbs", "en", 1), ("Use neither nouns nor verbs.", "en", 1),
        ("Use no more than five words.", "en", 0), ("Notice the noun.", "en", 0), ("Write it without adjectives.", "en", 1),
        ("不要使用名词", "zh", 1), ("不超过五十字", "zh", 0), ("非常特别的区别", "zh", 0), ("无论是否没有", "zh", 1),
        ("Ne mentionnez pas le prix.", "fr", 1), ("Nenne keinen Preis.", "de", 1), ("No menciones el precio.", "es", 1),
        ("価格は書かないでください。", "ja", 1), ("Не пиши", "ru", 1), ("Nie pisz", "pl", None),
    ],
)  # fmt: skip
def test_negations_are_counted_by_language(text: str, language: str, count: int | None) -> None:
    assert count_negations(text, language) == count


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_chrf_is_bounded_and_whole_for_the_same_text(one: str, other: str) -> None:
    score = compute_chrf(one, other)
    assert score is None or 0 <= score <= 1
    assert (score is None) == (not "".join(one.split()) or not "".join(other.split()))
    if one.split():
        assert compute_chrf(one, one) == pytest.approx(1)


@settings(max_examples=40, deadline=None)
@given(st.text("abcdef gh", min_size=1, max_size=40), st.text("abcdef gh", min_size=1, max_size=40))
def test_chrf_is_that_of_sacrebleu(one: str, other: str) -> None:
    metrics = pytest.importorskip("sacrebleu.metrics")
    score = compute_chrf(one, other)
    if score is not None:
        assert score == pytest.approx(metrics.CHRF().sentence_score(one, [other]).score / 100, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_keeps_what_it_has_itself(text: str) -> None:
    assert find_lost(text, text, "en", "en") is None


def test_a_text_that_lost_most_of_its_words_is_no_rewording() -> None:
    long = (
        "Write a letter to the neighbours about the party, and tell them kindly when it begins, where it will be held, "
    )
    long += "what they may bring along, whom they can call, and that children are as welcome as their parents."
    assert check(long, "Write a letter to the neighbours about the party.") == "length_changed"
    assert check("Write a letter to the neighbours about the party.", long) == "length_changed"

"""Languages: short instructions in many of them, and English ones that look like others."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.language import identify_language

DATA = Path(os.environ.get("SEEDBED_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
needs_data = pytest.mark.usefixtures("recorded_data")

KNOWN = [
    ("en", "Write a haiku."),
    ("en", "Compose a piano tune."),
    ("en", "Name a Mediterranean Sea island."),
    ("en", "Describe a café in Zürich."),
    ("en", "Solve 8 x 8."),
    ("en", "What’s up?"),
    ("es", "Escribe un poema"),
    ("es", "¿Qué es la gravedad?"),
    ("fr", "Quelle est la capitale du Japon ?"),
    ("de", "Schreibe ein Gedicht"),
    ("it", "Dammi tre consigli per dormire meglio"),
    ("pt", "Traduza a seguinte frase para o inglês"),
    ("nl", "Schrijf een gedicht"),
    ("pl", "Napisz wiersz o wiośnie"),
    ("tr", "Aşağıdaki cümleyi çevir"),
    ("vi", "Viết một bài thơ"),
    ("id", "Tulis sebuah puisi"),
    ("sv", "Förklara fotosyntes"),
    ("fi", "Kirjoita runo"),
    ("ru", "Напиши стихотворение"),
    ("uk", "Напиши вірш про весну"),
    ("ar", "اكتب قصيدة"),
    ("fa", "یک شعر درباره بهار بنویس"),
    ("hi", "एक कविता लिखिए"),
    ("el", "Γράψε ένα ποίημα"),
    ("he", "כתוב שיר"),
    ("th", "เขียนบทกวี"),
    ("ko", "시를 써 주세요"),
    ("ja", "俳句を書いてください。"),
    ("ja", "ｶﾞｲﾄﾞを書く"),
    ("zh", "写一首俳句。"),
    ("zh", "請寫一首詩"),
]


@pytest.mark.parametrize(("language", "text"), KNOWN)
def test_the_language_of(language: str, text: str) -> None:
    assert identify_language(text) == language


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Translate the following sentence into English: 我喜欢在公园里散步。"),
        ("en", 'Translate "Il fait beau" into English.'),
        ("en", "Translate 'おはよう' to English"),
        ("zh", "用Python写一个函数"),
        ("zh", "翻译这句话：Children should not play with matches."),
        ("zh", "总结这篇文章：https://www.example.com/magazine/archive/the-case-for-something"),
        ("zh", "写一篇关于“Machine Learning and its many applications”的文章"),
        ("ru", "Напиши функцию на Python"),
    ],
)
def test_who_asks_decides_not_what_is_asked_about(language: str, text: str) -> None:
    assert identify_language(text) == language


@pytest.mark.parametrize("text", ["", "12 + 5 = ?", "👍 …", "ᏣᎳᎩ"])
def test_without_letters_or_a_known_script_it_is_undetermined(text: str) -> None:
    assert identify_language(text) == "und"


def test_a_text_wholly_in_quotation_marks_still_has_a_language() -> None:
    assert identify_language("“写一首关于春天的诗”") == "zh"


@given(st.text(max_size=80))
def test_any_text_gives_a_code(text: str) -> None:
    code = identify_language(text)
    assert code == "und" or (len(code) == 2 and code.isalpha())


@needs_data
def test_alpacas_instructions_are_english() -> None:
    rows = json.loads((DATA / "alpaca-5000" / "alpaca_5000.json").read_text(encoding="utf-8"))
    assert Counter(identify_language(row["instruction"]) for row in rows) == {"en": len(rows)}


@needs_data
def test_chinese_instructions_are_chinese_but_for_a_handful_led_by_a_foreign_name() -> None:
    texts = json.loads((DATA / "novelty-bench" / "zh_instructions.json").read_text(encoding="utf-8"))
    others = [text for text in texts if identify_language(text) != "zh"]
    assert len(others) <= 5
    assert all(text[0].isascii() for text in others)

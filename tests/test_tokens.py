"""Tokens: what they are in each script, and that they are rouge-score's on ASCII."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score import tokenize as rouge_score_tokens

from evaluators.tokens import PLAIN, is_spaceless, tokenize
from generator.errors import ConfigError

ASCII = st.text(st.characters(max_codepoint=127), max_size=60)


def split_as_rouge_score(text: str) -> list[str]:
    tokens: list[str] = rouge_score_tokens.tokenize(text, None)  # type: ignore[no-untyped-call]
    return tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Write a haiku.", ["write", "a", "haiku"]),
        ("don't snake_case GPT4-o", ["don", "t", "snake", "case", "gpt4", "o"]),
        ("用Python写一个函数，谢谢！", ["用", "python", "写", "一", "个", "函", "数", "谢", "谢"]),
        ("データを分析", ["デ", "ー", "タ", "を", "分", "析"]),
        ("ﾃﾞｰﾀ ｆｕｌｌ", ["デ", "ー", "タ", "full"]),
        ("人々、〇", ["人", "々", "〇"]),
        ("𠮷野家", ["𠮷", "野", "家"]),
        ("시를 쓰세요", ["시를", "쓰세요"]),
        ("ที่นี่", ["ที่", "นี่"]),
        ("ສະບາຍດີ", ["ສ", "ະ", "ບ", "າ", "ຍ", "ດີ"]),
        ("ភាសាខ្មែរ", ["ភា", "សា", "ខ្", "មែ", "រ"]),
        ("မြန်မာစကား", ["မြ", "န်", "မာ", "စ", "ကား"]),
        ("བོད་ཡིག", ["བོད", "ཡིག"]),
        ("ꦗꦮ ꆈꌠ", ["ꦗ", "ꦮ", "ꆈ", "ꌠ"]),
        ("كِتَابٌ كـتـاب أَحْمَد", ["كتاب", "كتاب", "أحمد"]),
        ("שָׁלוֹם שלום", ["שלום", "שלום"]),
        ("தமிழ் மொழி", ["தமிழ்", "மொழி"]),
        ("ﾊﾝｸﾞﾙ 한국어", ["ハ", "ン", "グ", "ル", "한국어"]),
        ("Напиши, Ёлка!", ["напиши", "ёлка"]),
        ("हिन्दी में।", ["हिन्दी", "में"]),
        ("Straße ΣΊΣΥΦΟΣ", ["strasse", "σίσυφοσ"]),
        ("İstanbul istanbul ISTANBUL", ["istanbul"] * 3),
        ("Iğdır IĞDIR ığdır", ["iğdir"] * 3),
        ("\u0131\u0307\u0307 i\u0307\u0307", ["i", "i"]),
        ("cafe\u0301 café", ["café", "café"]),
        ("\u0390 \u03aa\u0301", ["\u0390", "\u0390"]),
        ("x² ½", ["x2", "1", "2"]),
        ("👍🏽 ❤️ …", []),
        ("", []),
    ],
)
def test_the_multilingual_tokens_of(text: str, tokens: list[str]) -> None:
    assert tokenize(text) == tokens


@given(ASCII)
def test_all_schemes_are_rouge_score_on_ascii(text: str) -> None:
    assert tokenize(text) == tokenize(text, "rouge_score") == tokenize(text, "words") == split_as_rouge_score(text)


@given(st.text(max_size=60))
def test_the_rouge_score_scheme_is_the_library_on_any_text(text: str) -> None:
    assert tokenize(text, "rouge_score") == split_as_rouge_score(text)


@given(st.text(max_size=60))
def test_tokens_are_folded_once_and_for_all(text: str) -> None:
    tokens = tokenize(text)
    assert tokenize(" ".join(tokens)) == tokens
    assert all(tokens)


@given(st.text(max_size=30), st.integers(0, 30), st.sampled_from("\u00ad\u200d\u2060\ufe0f\ufeff"))
def test_an_invisible_character_hides_nothing(text: str, place: int, invisible: str) -> None:
    assert tokenize(text[:place] + invisible + text[place:]) == tokenize(text)


def test_what_needs_no_folding_has_the_tokens_that_it_has_beside_what_does() -> None:
    plain = [chr(code) for code in range(0xD800) if PLAIN.fullmatch(chr(code))] + [
        chr(code) for code in range(0xE000, 0x10000) if PLAIN.fullmatch(chr(code))
    ]
    assert len(plain) > 20_000  # Han alone
    for one in plain:
        for text in (one, f"A{one}b", f"字{one}カ"):
            assert tokenize(text) == tokenize(f"{text} é")[:-1]


def test_spaceless_characters_are_known_as_such() -> None:
    assert [is_spaceless(token) for token in tokenize("用python写 시를 ที่ हि é")] == [
        True, False, True, False, True, False, False,
    ]  # fmt: skip


def test_an_unknown_scheme_is_the_users_mistake() -> None:
    with pytest.raises(ConfigError, match="multilingual, rouge_score, words"):
        tokenize("a", "word")

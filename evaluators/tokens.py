"""Splits a text into the tokens that novelty is measured on, for any script.

The tokenizer of rouge-score leaves a Chinese or Russian text without a token, so that two identical ones score 0 and a
duplicate passes. Here a text in a script that writes no spaces gives one token a character, any other text one token a
run of letters, marks and digits; on ASCII text all schemes agree token by token.

Source: the `rouge_score` scheme is the default tokenizer of google-research/rouge (`rouge_score/tokenize.py`), without
stemmer; the `multilingual` scheme is our own, on the properties of the Unicode Character Database; the `words` scheme
is that one with Chinese cut into words (`evaluators/han_words.py`).
Deviations: Hangul is written with spaces and stays in runs (after NFKC composes its syllables). In Thai, Lao, Khmer and
Burmese a token is a letter with the marks that follow it. What may be written or not without changing a word is dropped,
so that it cannot hide a copy: invisible joiners and selectors, the vowel signs of Arabic and Hebrew, and the tatweel.
Turkish i with and without a dot is one letter, since which is whose capital goes by the language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Literal, get_args

from evaluators.han_words import check_segmenter, cut_words
from generator.errors import ConfigError

Scheme = Literal["multilingual", "rouge_score", "words"]

SCHEMES: tuple[str, ...] = get_args(Scheme)

# Blocks of scripts written without spaces between words (Unicode 16, Blocks.txt). Only their letters and digits count.
SPACELESS_BLOCKS = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x1950, 0x19DF),  # Tai Le, New Tai Lue
    (0x1A20, 0x1AAF),  # Tai Tham
    (0x1B00, 0x1B7F),  # Balinese
    (0x2E80, 0x312F),  # radicals, iteration marks, kana, bopomofo
    (0x31A0, 0x31FF),  # bopomofo and katakana extensions
    (0x3400, 0x4DBF),  # Han extension A
    (0x4E00, 0x9FFF),  # Han
    (0xA000, 0xA4CF),  # Yi
    (0xA980, 0xA9FF),  # Javanese, Myanmar extended B
    (0xAA60, 0xAADF),  # Myanmar extended A, Tai Viet
    (0xF900, 0xFAFF),  # Han compatibility
    (0x16FE0, 0x18DFF),  # ideographic symbols, Tangut, Khitan
    (0x1AFF0, 0x1B2FF),  # kana supplements, Nushu
    (0x20000, 0x3FFFF),  # Han extensions B and on
)
# Soft hyphen, zero-width joiners, direction marks, word joiner, variation selectors: they carry no letter.
INVISIBLE = re.compile("[\u00ad\u200c-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]+")
# Points and vowel signs of Hebrew and Arabic, which most texts leave out, and the tatweel, which only stretches a word.
OPTIONAL = re.compile(
    "[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u0652\u0656-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]+"
)
DOTTED = re.compile("\u0131\u0307*|i\u0307+")  # a small i without its dot, or with one too many
# A run of two or more.
HAN = re.compile("([\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]{2,})")
KANA = re.compile("[\u3041-\u30ff]")  # says that the text is Japanese, of which jieba knows nothing
ASCII_RUNS = re.compile("[a-z0-9]+")
# Most Chinese and Japanese: characters that folding leaves alone, or turns into no letter, but for the case of ASCII.
PLAIN = re.compile(
    "[\x00-\x7f\u2013-\u2014\u2018-\u201d\u2026\u3000-\u3011\u3041-\u3096\u30a1-\u30fc\u4e00-\u9fff\uff01-\uff0f\uff1a-\uff20]*"
)
PLAIN_TOKENS = re.compile("[\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc\u4e00-\u9fff]|[a-z0-9]+")
CACHED_TOKENS = 1 << 15  # asked about again and again; more than the characters of any one language
# Lower-cases ASCII letters, keeps digits, and turns every other byte into a space.
ASCII_FOLD = bytes(ord(chr(byte).lower()) if byte < 128 and chr(byte).isalnum() else 32 for byte in range(256))


def tokenize(text: str, scheme: str = "multilingual") -> list[str]:
    """Return the tokens of a text, lower-cased, in order; empty where it has no letter and no digit.

    Raises: ConfigError for an unknown scheme.
    """
    if text.isascii() and scheme in SCHEMES:
        return text.encode("ascii").translate(ASCII_FOLD).decode("ascii").split()
    if scheme == "multilingual":
        if PLAIN.fullmatch(text):
            return PLAIN_TOKENS.findall(text.lower())
        return _find_tokens()(_fold(text))
    if scheme == "words":
        return _find_words(_fold(text))
    if scheme == "rouge_score":
        return ASCII_RUNS.findall(text.lower())
    raise ConfigError(f"there is no tokenizer {scheme!r}; choose one of {', '.join(SCHEMES)}")


def check_scheme(scheme: str) -> None:
    """Raise `ConfigError` for a scheme that does not exist, or that needs what is not installed."""
    tokenize("", scheme)
    if scheme == "words":
        check_segmenter()


@lru_cache(maxsize=CACHED_TOKENS)
def is_spaceless(token: str) -> bool:
    """Say whether a token of the multilingual scheme is a character of a script written without spaces."""
    code = ord(token[0])
    return code >= SPACELESS_BLOCKS[0][0] and any(first <= code <= last for first, last in SPACELESS_BLOCKS)


def _fold(text: str) -> str:
    """Return the text without case, compatibility forms and what is optional (NFKC again: folding may undo it)."""
    folded = OPTIONAL.sub("", unicodedata.normalize("NFKC", INVISIBLE.sub("", text))).casefold()
    return unicodedata.normalize("NFKC", DOTTED.sub("i", folded))


def _find_words(text: str) -> list[str]:
    """Return the tokens of a folded text, with each run of Chinese characters cut into words."""
    if KANA.search(text):
        return _find_tokens()(text)
    tokens: list[str] = []
    for place, piece in enumerate(HAN.split(text)):
        tokens.extend(cut_words(piece) if place % 2 else _find_tokens()(piece))
    return tokens


@cache
def _find_tokens() -> Callable[[str], list[str]]:
    """Compile the pattern of the multilingual scheme; `re` knows no property of marks, so they are listed once."""
    marks = _write_class([code for code in range(0x300, 0x1F000) if unicodedata.category(chr(code))[0] == "M"])
    spaceless = _write_class([
        code for first, last in SPACELESS_BLOCKS for code in range(first, last + 1) if chr(code).isalnum()
    ])  # fmt: skip
    run = f"[^\\W_{spaceless}]"
    return re.compile(f"[{spaceless}][{marks}]*|{run}+(?:[{marks}]+{run}*)*").findall


def _write_class(codes: list[int]) -> str:
    """Return sorted code points as the inside of a character class: ranges."""
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)

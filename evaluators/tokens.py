"""Splits a text into the tokens that novelty is measured on, for any script.

The tokenizer of rouge-score leaves a Chinese or Russian text without a token, so that two identical ones score 0 and a
duplicate passes. Here a text in a script that writes no spaces gives one token a character, any other text one token a
run of letters, marks and digits; on ASCII text the two schemes agree token by token.

Source: the `rouge_score` scheme is the default tokenizer of google-research/rouge (`rouge_score/tokenize.py`), without
stemmer; the `multilingual` scheme is our own, on the properties of the Unicode Character Database.
Deviations: Hangul is written with spaces and stays in runs (after NFKC composes its syllables). In Thai, Lao, Khmer and
Burmese a token is a letter with the marks that follow it. Invisible joiners and selectors are dropped, so that they
cannot hide a copy.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Literal, get_args

from generator.errors import ConfigError

Scheme = Literal["multilingual", "rouge_score"]

# Blocks of scripts written without spaces between words (Unicode 16, Blocks.txt). Only their letters and digits count.
SPACELESS_BLOCKS = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x1950, 0x19DF),  # Tai Le, New Tai Lue
    (0x1A20, 0x1AAF),  # Tai Tham
    (0x2E80, 0x312F),  # radicals, iteration marks, kana, bopomofo
    (0x31A0, 0x31FF),  # bopomofo and katakana extensions
    (0x3400, 0x4DBF),  # Han extension A
    (0x4E00, 0x9FFF),  # Han
    (0xA9E0, 0xA9FF),  # Myanmar extended B
    (0xAA60, 0xAADF),  # Myanmar extended A, Tai Viet
    (0xF900, 0xFAFF),  # Han compatibility
    (0x1AFF0, 0x1B16F),  # kana supplements
    (0x20000, 0x3FFFF),  # Han extensions B and on
)
# Soft hyphen, zero-width joiners, direction marks, word joiner, variation selectors: they carry no letter.
INVISIBLE = re.compile("[\u00ad\u200c-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]+")
ASCII_RUNS = re.compile("[a-z0-9]+")
# Lower-cases ASCII letters, keeps digits, and turns every other byte into a space.
ASCII_FOLD = bytes(ord(chr(byte).lower()) if byte < 128 and chr(byte).isalnum() else 32 for byte in range(256))


def tokenize(text: str, scheme: str = "multilingual") -> list[str]:
    """Return the tokens of a text, lower-cased, in order; empty where it has no letter and no digit.

    Raises: ConfigError for an unknown scheme.
    """
    if scheme == "multilingual":
        if text.isascii():
            return text.encode("ascii").translate(ASCII_FOLD).decode("ascii").split()
        return _find_tokens()(_fold(text))
    if scheme == "rouge_score":
        return ASCII_RUNS.findall(text.lower())
    raise ConfigError(f"there is no tokenizer {scheme!r}; choose one of {', '.join(get_args(Scheme))}")


def is_spaceless(token: str) -> bool:
    """Say whether a token of the multilingual scheme is a character of a script written without spaces."""
    code = ord(token[0])
    return code >= SPACELESS_BLOCKS[0][0] and any(first <= code <= last for first, last in SPACELESS_BLOCKS)


def _fold(text: str) -> str:
    """Return the text without case, compatibility forms and invisible characters (NFKC again: folding may undo it)."""
    folded = unicodedata.normalize("NFKC", INVISIBLE.sub("", text)).casefold()
    return unicodedata.normalize("NFKC", folded)


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

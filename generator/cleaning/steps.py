"""The steps that mend a text. Each is one small function, pure: a text → the text as it should be.

Source: ftfy 6 for `fix_text`; UAX 15 for `nfc`; METHODS 88 to 91 for the others. Deviations: ftfy's steps that rewrite what
was meant stay off: curly quotes, ligatures, and the width of characters (it would turn Chinese punctuation into ASCII).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache

from evaluators.hygiene.html import is_about_html, strip_html
from evaluators.hygiene.prose import change_prose

MAX_EMPTY_LINES = 1  # in a row
_ODD_SPACES = re.compile(
    "[\u00a0\u1680\u2000-\u200a\u202f\u205f]"
)  # U+3000 is Chinese and Japanese typography, and stays
_NOTHING = re.compile("[\u200b\u2060\ufeff\u00ad]")  # joiners (U+200C, U+200D) stay: emoji and Persian need them
_RUNS = re.compile(r"(?<=\S)[ \t]{2,}(?=\S)")
_ENDS = re.compile(r"[ \t]+(?=\n)")  # not at the end of a piece: code may follow
_EMPTY = re.compile(r"\n(?:[ \t]*\n){2,}")
_LEADING = re.compile(r"\A(?:[^\S\n]*\n)+")
_URL = re.compile(r"https?://[^\s<>\"'，。；）)]+", re.IGNORECASE)
_NOT_WORDS = re.compile(r"[^\u4e00-\u9fa5a-zA-Z0-9\s]")  # document C's clean_text
_MAX_PASSES = 4  # mending may bring forth what is to be mended


def fix_text(text: str) -> str:
    """Return the text with mojibake undone, and terminal escapes and control characters taken out; code as it was."""
    return change_prose(text, _load_ftfy())


@cache
def _load_ftfy() -> Callable[[str], str]:
    import ftfy

    config = ftfy.TextFixerConfig(
        unescape_html=False, uncurl_quotes=False, fix_character_width=False, fix_latin_ligatures=False,
        fix_line_breaks=False, normalization=None, explain=False,
    )  # fmt: skip
    return lambda text: ftfy.fix_text(text, config)


def normalize_nfc(text: str) -> str:
    """Return the text in Unicode's composed form; code as it was."""
    return text if unicodedata.is_normalized("NFC", text) else change_prose(text, _compose)


def _compose(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def settle_white_space(text: str) -> str:
    """Return the text with plain line ends and spaces, one empty line at most, none at its ends; code as it was."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for _ in range(_MAX_PASSES):
        settled = _LEADING.sub("", change_prose(text, _settle)).rstrip()
        settled = settled if settled.startswith(("    ", "\t")) else settled.lstrip()
        if settled == text:
            break
        text = settled
    return text


def _settle(text: str) -> str:
    text = _NOTHING.sub("", _ODD_SPACES.sub(" ", text))
    return _EMPTY.sub("\n" * (MAX_EMPTY_LINES + 1), _RUNS.sub(" ", _ENDS.sub("", text)))


def remove_urls(text: str) -> str:
    """Return the text without addresses of web pages; code as it was."""
    return change_prose(text, lambda prose: _URL.sub("", prose)) if "://" in text else text


def keep_words(text: str) -> str:
    """Return letters a to z, Chinese characters, digits and single spaces alone: it destroys punctuation and code."""
    return re.sub(r"\s+", " ", _NOT_WORDS.sub("", text)).strip()


# In the order in which they are taken.
MENDING: Mapping[str, Callable[[str], str]] = {
    "fix_text": fix_text, "nfc": normalize_nfc, "html": strip_html, "urls": remove_urls, "keep_words": keep_words,
    "white_space": settle_white_space,
}  # fmt: skip
# A record whose instruction is about what a rule mends is spared from it.
SPARED: Mapping[str, Callable[[str], bool]] = {"html": is_about_html}

"""What must come through a rewording or a translation unharmed: code, addresses, placeholders, numbers, names.

Each is taken out of the text in that order, so that the digits of an address are no numbers. Numbers are compared by
value ("1,000" is "1000", "３" is "3"), and a small number may turn from a word into digits, or back.

Source: our own; that numbers, entities and placeholders are what back-translation loses is the finding of, among
others, Raunak et al. 2021 ("The curious case of hallucinations in neural machine translation", arXiv:2104.06683).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping

from evaluators.elimination.hit import Hit

_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
_ADDRESS = re.compile(
    r"(?:https?://|www\.)[^\s<>\"'）】」》，。；、]*[^\s<>\"'）】」》，。；、.,;:!?)\]]|[\w.+-]+@[\w-]+\.[\w.-]*\w"
)
_PLACEHOLDER = re.compile(
    r"\{\{[^{}\n]{1,80}\}\}|\$?\{[^{}\n]{0,80}\}|</?[A-Za-z][\w:-]{0,40}/?>|\[[A-Z][A-Z0-9_ ]{1,40}\]|__[A-Z][A-Z0-9_]*__"
    r"|%\([\w.]+\)[sdifr]|%[sdifr]\b|\$[A-Za-z_]\w*"
)
_NUMBER = re.compile(r"(?<![\w.])[-−]?\d+(?:[,\u00a0\u202f ]\d{3})+(?:\.\d+)?%?|\d+(?:[.:/-]\d+)*%?")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;。！？：；\n]|[\"“「(（*•-])\s*$")
_NAME = re.compile(r"[A-Z][\w&.'’-]*\w(?:\s+(?:of|de|van|von|the|la)?\s*[A-Z][\w&.'’-]*\w)*|[A-Z]{2,}\d*")
_TITLE = re.compile(r"《[^《》\n]{1,60}》")

# Words for small numbers, which a translator may write in digits. One to twelve in the languages that are pivots most.
NUMBER_WORDS: Mapping[str, tuple[str, ...]] = {
    "en": ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    "fr": ("un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze"),
    "de": ("ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf"),
    "es": ("uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce"),
    "zh": ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"),
    "ja": ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"),
}
_MORE_WORDS = {
    "a": 1,
    "an": 1,
    "une": 1,
    "eine": 1,
    "una": 1,
    "两": 2,
    "兩": 2,
    "once": 1,
    "twice": 2,
    "both": 2,
    "half": 2,
}


_KEPT = (("code_changed", _CODE), ("url_changed", _ADDRESS), ("placeholder_changed", _PLACEHOLDER))


def find_lost(source: str, result: str, *, same_language: bool) -> Hit | None:
    """Return the first thing that a rewording lost, changed or made up, None where all is there.

    Reasons: `code_changed`, `url_changed`, `placeholder_changed`, `number_changed`, `entity_lost`. Names are compared
    within one language only: another one may write them otherwise.
    """
    source, result = unicodedata.normalize("NFC", source), unicodedata.normalize("NFC", result)
    for reason, pattern in _KEPT:
        before, after = Counter(pattern.findall(source)), Counter(pattern.findall(result))
        if before != after:
            changed = next(iter((before - after) or (after - before)))
            return Hit(reason, changed)
        source, result = pattern.sub(" ", source), pattern.sub(" ", result)
    return _find_number(source, result) or (_find_name(source, result) if same_language else None)


def strip_kept(text: str) -> str:
    """Return a text without its code, addresses and placeholders: the words that a rewording is free to change."""
    for _, pattern in _KEPT:
        text = pattern.sub(" ", text)
    return text


def _find_number(source: str, result: str) -> Hit | None:
    before, after = Counter(list_numbers(source)), Counter(list_numbers(result))
    for number in before - after:
        if not _has_word(result, number):
            return Hit("number_changed", number)
    for number in after - before:
        if not _has_word(source, number):
            return Hit("number_changed", number)
    return None


def list_numbers(text: str) -> Iterator[str]:
    """Yield the numbers of a text that are written in digits, in one notation."""
    for match in _NUMBER.finditer(unicodedata.normalize("NFKC", text)):
        yield re.sub(r"[,\u00a0\u202f ](?=\d{3})", "", match[0]).lstrip("-−")


def _has_word(text: str, number: str) -> bool:
    """Say whether a text has the number as a word, in any of the languages that are known."""
    if not number.isascii() or not number.isdigit():
        return False
    value, words = int(number), set(re.findall(r"[^\W\d_]+", text.casefold()))
    if any(_MORE_WORDS.get(word) == value for word in words):
        return True
    if not 1 <= value <= len(NUMBER_WORDS["en"]):
        return False
    spoken = {table[value - 1] for table in NUMBER_WORDS.values()}
    return bool(spoken & words) or any(word in text for word in spoken if not word.isascii())


def _find_name(source: str, result: str) -> Hit | None:
    folded = _fold(result)
    for name in list_names(source):
        if _fold(name) not in folded:
            return Hit("entity_lost", name)
    return None


def list_names(text: str) -> Iterator[str]:
    """Yield what is named in a text: titles in 《》, and capitalised words of Latin script within a sentence."""
    yield from _TITLE.findall(text)
    for match in _NAME.finditer(text):
        starts_sentence = bool(_SENTENCE_START.search(text[: match.start()]))
        is_acronym = match[0].isupper() and len(match[0]) > 1
        if is_acronym or (not starts_sentence and match[0] not in _NO_NAMES):
            yield match[0]


_NO_NAMES = frozenset({"I", "I'm", "I'd", "I'll", "I've"})


def _fold(text: str) -> str:
    return re.sub(r"[\s'’.-]+", " ", text).casefold()

"""Numbers of a text by what they are worth, however they are written, and which of them another wording changed.

"1,000", "1.000" and "1 000" may be the same, "12,5" is "12.5", "3 p.m." is "15", "1.2 million" is "120万", "3" may be
"three" or "third", "12" December. So a number is the set of what it may be worth, and two are the same where the sets meet.
A number in words that is gone counts only where another has come in its place: "twelve" may well become "a dozen".

Source: our own; the marks of thousands and decimals are those of Unicode's CLDR for the languages that are pivots most.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from evaluators.meaning.number_words import (
    MEASURED,
    MONTHS,
    NUMERALS,
    ORDINALS,
    OTHER_WORDS,
    PHRASES,
    SCALES,
    SHARES,
    WORDS,
    read_numeral,
)

_DIGITS = re.compile(r"\d+(?:[.,’'\u00a0\u202f ]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)?")
_SCALE = re.compile(rf"\s?({'|'.join(sorted(SCALES, key=len, reverse=True))})(?![a-zäöüéèñ])", re.IGNORECASE)
_AFTERNOON = re.compile(r"(?::\d\d)?\s?p\.?\s?m\b", re.IGNORECASE)
_MIDNIGHT = re.compile(r"(?::\d\d)?\s?a\.?\s?m\b", re.IGNORECASE)
_BEFORE_NOON = re.compile(r"(?:下午|晚上|傍晚|午後|夜)\s?$")
_NO_MINUTES = "00"
_NEAR = 4  # characters before a number that may say which half of the day it is
_HALF_DAY = 12
_GROUP = 3
_PHRASES = re.compile("|".join(f"({pattern})" for pattern in PHRASES), re.IGNORECASE)
_PHRASE_WORTHS = tuple(PHRASES.values())
_SPOKEN = re.compile(r"[^\W\d_]+")
_COMPOUND = re.compile(r"\b([a-z]+)[- ](?=([a-z]+)\b)")
_TENS, _TEN = range(20, 100, 10), 10
_ROUND = 100  # words from here on are mostly said of a number in digits, or by and large


@dataclass(frozen=True, slots=True)
class Number:
    """A number in digits as it stands, and what it may be worth."""

    text: str
    worth: frozenset[Decimal]


def list_numbers(text: str) -> Iterator[Number]:
    """Yield the numbers of a text that are written in digits."""
    text = unicodedata.normalize("NFKC", text)
    for match in _DIGITS.finditer(text):
        if match[0] == _NO_MINUTES and text[match.start() - 1 : match.start()] == ":":
            continue  # "5:00" is as good as "5"
        worth = set(_list_values(match[0]))
        scale = _SCALE.match(text, match.end())
        if scale:
            worth |= {value * SCALES[scale[1].casefold()] for value in worth}
        afternoon = _AFTERNOON.match(text, match.end()) or _BEFORE_NOON.search(
            text[max(0, match.start() - _NEAR) : match.start()]
        )
        if afternoon:
            worth |= {value + _HALF_DAY for value in worth if value < _HALF_DAY}
        if _MIDNIGHT.match(text, match.end()) and _HALF_DAY in worth:
            worth.add(Decimal(0))
        yield Number(match[0], frozenset(worth))


def _list_values(written: str) -> Iterator[Decimal]:
    """Yield what digits with marks between them may be worth: a mark before three digits parts thousands, or decimals."""
    plain = re.sub(r"[’'\u00a0\u202f ]", "", written)
    marks = re.findall(r"[.,]", plain)
    if not marks:
        yield Decimal(plain)
        return
    whole, _, rest = plain.rpartition(marks[-1])
    if len(rest) == _GROUP and len(set(marks)) == 1:
        yield Decimal(re.sub(r"[.,]", "", plain))
    if len(marks) == 1 or len(set(marks)) > 1:
        yield Decimal(f"{re.sub(r'[.,]', '', whole)}.{rest}")


def find_changed(source: str, result: str, source_language: str, result_language: str) -> str | None:
    """Return a number that is gone, changed or made up; None where all are there."""
    named_before, named_after = _list_named(source), _list_named(result)
    before, after = _match(list(list_numbers(source)), list(list_numbers(result)), named_before)
    for numbers, named in ((before, named_after), (after, named_before)):
        changed = next((number.text for number in numbers if named.isdisjoint(number.worth)), None)
        if changed is not None:
            return changed
    return _find_replaced(source, result, source_language, result_language)


def _match(before: Sequence[Number], after: Sequence[Number], named: set[Decimal]) -> tuple[list[Number], list[Number]]:
    """Return what is left of both sides when each number is taken with one that may be worth the same.

    One that a word (`named`) accounts for, too, is taken last.
    """
    left, lost = sorted(after, key=lambda number: not named.isdisjoint(number.worth)), []
    for number in before:
        same = next((other for other in left if other.worth & number.worth), None)
        if same is None:
            lost.append(number)
        else:
            left.remove(same)
    return lost, left


def _find_replaced(source: str, result: str, source_language: str, result_language: str) -> str | None:
    """Return a number in words that is gone while another has come."""
    before, after = _list_spoken(source, source_language), _list_spoken(result, result_language)
    gone = set(before) - _list_all(result)
    come = set(after) - _list_all(source)
    return before[min(gone)] if gone and come else None


def _list_all(text: str) -> set[Decimal]:
    return _list_named(text).union(*(number.worth for number in list_numbers(text)))


def _list_named(text: str) -> set[Decimal]:
    """Return all that words of a text may mean as a number, in any of the languages that are known."""
    words = set(_SPOKEN.findall(text.casefold()))
    tables: Sequence[Mapping[str, int]] = (*WORDS.values(), *ORDINALS.values(), MONTHS, OTHER_WORDS)
    named = {Decimal(table[word]) for table in tables for word in words & table.keys()}
    compounds = (
        _read_compound(match, table) for match in _COMPOUND.finditer(text.casefold()) for table in WORDS.values()
    )
    numerals = (read_numeral(match[0]) for match in NUMERALS.finditer(text))
    named |= {Decimal(value) for value in (*compounds, *numerals) if value is not None}
    return named.union(
        *(_PHRASE_WORTHS[(match.lastindex or 1) - 1] for match in _PHRASES.finditer(text)),
        *(_read_share(match) for match in SHARES.finditer(text)),
    )


def _read_share(match: re.Match[str]) -> set[Decimal]:
    """Return what tenths may be in percent: "三成" is 30%, and a price "打八折" is 80% of it, or 20% off."""
    tenths = int(match[1]) if match[1].isdecimal() else read_numeral(match[1]) or 0
    return {Decimal(tenths * _TEN)} | ({Decimal(_ROUND - tenths * _TEN)} if match[2] == "折" else set())


def _read_compound(match: re.Match[str], table: Mapping[str, int]) -> int | None:
    """Return what two words mean together ("twenty-five", "two hundred"), None where they mean nothing."""
    first, second = table.get(match[1]), table.get(match[2])
    if first is None or second is None:
        return None
    if second > _TENS[-1]:
        return first * second
    return first + second if first in _TENS and second < _TEN else None


def _list_spoken(text: str, language: str) -> dict[Decimal, str]:
    """Return the numbers from two on that a text says in words of its language, and the words."""
    base = language.partition("-")[0]
    if base in MEASURED:
        found = ((read_numeral(match[1]), match[0]) for match in MEASURED[base].finditer(text))
        return {Decimal(value): said for value, said in found if value is not None and value > 1}
    table = {**WORDS.get(base, {}), **ORDINALS.get(base, {})}
    words = _SPOKEN.findall(text.casefold())
    return {Decimal(table[word]): word for word in words if 1 < table.get(word, 0) < _ROUND}

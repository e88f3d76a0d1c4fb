"""Dates that another wording moved: a weekday, a month or a half of the day that is gone while another has come.

Digits are left to `numbers.py`; here are the words of a date, and the day and month that changed places. What is only gone
does not count: a rewording may well say "tomorrow", or write a month as a number.

Source: Unicode's CLDR for the names; our own lists.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from evaluators.meaning.number_words import NUMERALS, read_numeral

_WEEKDAYS: Mapping[str, tuple[str, ...]] = {  # from Monday on; words as they may stand, in any of the languages
    "Monday": ("mondays?", "lundis?", "montags?", "lunes", "понедельник\\w*"),
    "Tuesday": ("tuesdays?", "mardis?", "dienstags?", "martes", "вторник\\w*"),
    "Wednesday": ("wednesdays?", "mercredis?", "mittwochs?", "miércoles", "сред[ауеы]"),
    "Thursday": ("thursdays?", "jeudis?", "donnerstags?", "jueves", "четверг\\w*"),
    "Friday": ("fridays?", "vendredis?", "freitags?", "viernes", "пятниц\\w+"),
    "Saturday": ("saturdays?", "samedis?", "samstags?|sonnabends?", "sábados?", "суббот\\w+"),
    "Sunday": ("sundays?", "dimanches?", "sonntags?", "domingos?", "воскресень\\w+"),
}
_DAY_MARKS = "一二三四五六日天", "月火水木金土日"
_CHINESE_DAY = re.compile(rf"(?:星期|礼拜|週|周)([{_DAY_MARKS[0]}])(?!次|种|个|天)")
_JAPANESE_DAY = re.compile(rf"([{_DAY_MARKS[1]}])曜")
_MONTHS: tuple[str, ...] = (  # case counts: "may" and "march" are words of their own in English
    "January|janvier|Januar|Jänner|enero|январ[ьяею]", "February|février|Februar|febrero|феврал[ьяею]",
    "March|mars|März|marzo|марта?", "April|avril|abril|апрел[ьяею]", "May|mai|Mai|mayo|мая|май", "June|juin|Juni|junio|июн[ьяею]",
    "July|juillet|Juli|julio|июл[ьяею]", "August|août|agosto|августа?", "September|septembre|septiembre|сентябр[ьяею]",
    "October|octobre|Oktober|octubre|октябр[ьяею]", "November|novembre|noviembre|ноябр[ьяею]",
    "December|décembre|Dezember|diciembre|декабр[ьяею]",
)  # fmt: skip
_MONTH_NUMBER = re.compile(rf"(?<![\d.])(\d{{1,2}}|{NUMERALS.pattern})月(?!饼|亮|光|球|薪|租|票)")
_BEFORE_NOON = re.compile(
    r"(\d{1,2})(?::\d\d)?\s?a\.?\s?m\b|(?:上午|凌晨|早上|清晨|早晨|午前)\s?(\d{1,2}|[一二三四五六七八九十]+)(?=[点點時时:])",
    re.IGNORECASE,
)
_AFTER_NOON = re.compile(
    r"(\d{1,2})(?::\d\d)?\s?p\.?\s?m\b|(?:下午|晚上|傍晚|午後|夜)\s?(\d{1,2}|[一二三四五六七八九十]+)(?=[点點時时:])",
    re.IGNORECASE,
)
_DAYS = re.compile("|".join(rf"\b({'|'.join(words)})\b" for words in _WEEKDAYS.values()), re.IGNORECASE)
_MONTH_NAMES = re.compile("|".join(rf"\b({words})\b" for words in _MONTHS))


def find_moved_date(source: str, result: str) -> str | None:
    """Return the weekday, month or hour that another has replaced; None where none has."""
    source, result = unicodedata.normalize("NFKC", source), unicodedata.normalize("NFKC", result)
    for list_ in (_list_weekdays, _list_months):
        before, after = set(list_(source)), set(list_(result))
        gone = before - after
        if gone and after - before:
            return str(min(gone))
    return _find_half_day(source, result)


def is_date_word(word: str) -> bool:
    """Say whether a word is the name of a weekday or a month, in any of the languages."""
    return _DAYS.fullmatch(word) is not None or _MONTH_NAMES.fullmatch(word) is not None


def _list_weekdays(text: str) -> Iterator[str]:
    names = list(_WEEKDAYS)
    yield from (names[(match.lastindex or 1) - 1] for match in _DAYS.finditer(text))
    for marks, pattern in zip(_DAY_MARKS, (_CHINESE_DAY, _JAPANESE_DAY), strict=True):
        yield from (names[min(marks.index(mark), len(names) - 1)] for mark in pattern.findall(text))


def _list_months(text: str) -> Iterator[str]:
    numbers = {match.lastindex or 1 for match in _MONTH_NAMES.finditer(text)}
    numbers |= {_read(said) for said in _MONTH_NUMBER.findall(text)}
    yield from (_MONTHS[number - 1].partition("|")[0] for number in sorted(numbers) if 1 <= number <= len(_MONTHS))


def _read(said: str) -> int:
    return int(said) if said.isdecimal() else read_numeral(said) or 0


def _find_half_day(source: str, result: str) -> str | None:
    for one, other in ((_BEFORE_NOON, _AFTER_NOON), (_AFTER_NOON, _BEFORE_NOON)):
        moved = (_list_hours(one, source) & _list_hours(other, result)) - _list_hours(one, result)
        if moved:
            return f"{min(moved)} o'clock"
    return None


def _list_hours(pattern: re.Pattern[str], text: str) -> set[int]:
    return {_read(first or second) for first, second in pattern.findall(text)}

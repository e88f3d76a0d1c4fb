"""Units of measure and currencies: a number that came through with another unit is another quantity.

Only a number that has a unit on both sides is looked at: "5 km" may become "five kilometres" or, its unit said elsewhere,
"5"; it may not become "5 miles". A unit is a set of what it may be (a pound is money or a weight), and two are the same
where the sets meet.

Source: BIPM, "The International System of Units", 9th edition, for the symbols; ISO 4217 for currencies; our own lists.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from decimal import Decimal

from evaluators.meaning.number_words import NUMERALS, SCALES, WORDS, read_numeral
from evaluators.meaning.numbers import list_numbers

# What may follow a number, by unit; an ending that is a word or a symbol in letters has to end there.
_LATIN: Mapping[str, str] = {
    "km": r"km|kilomet(?:er|re)s?n?|kilomètres?|kilómetros?|километр\w*|км", "cm": r"cm|centimet(?:er|re)s?|centimètres?|centímetros?|Zentimetern?|см|сантиметр\w*",
    "mm": r"mm|millimet(?:er|re)s?|millimètres?|milímetros?|Millimetern?|мм|миллиметр\w*", "m": r"m|met(?:er|re)s?n?|mètres?|metros?|м|метр\w*",
    "mile": r"mi|miles?|Meilen?|millas?|мил[яьи]\w*", "in": r"inch(?:es)?|pouces?|Zoll|pulgadas?|дюйм\w*", "ft": r"ft|foot|feet|pieds?|Fuß|pies?|фут\w*",
    "yd": r"yd|yards?|yardas?|ярд\w*", "mg": r"mg|milligram(?:me|m)?s?|miligramos?|мг|миллиграмм\w*",
    "kg": r"kg|kilos?|kilogram(?:me|m)?s?|kilogramos?|Kilogramm|кг|килограмм\w*", "g": r"g|gram(?:me|m)?s?|gramos?|Gramm|г|грамм\w*",
    "t": r"tons?|tonnes?|Tonnen?|toneladas?|тонн\w*", "oz": r"oz|ounces?|onces?|Unzen?|onzas?", "lb|gbp": r"pounds?|Pfund|libras?|livres?|фунт\w*",
    "lb": r"lbs?", "ml": r"ml|millilit(?:er|re)s?|mililitros?|мл|миллилитр\w*", "l": r"l|lit(?:er|re)s?n?|litros?|л|литр\w*", "gal": r"gal|gallons?|Gallonen?|galones|galón",
    "second": r"sec|secs|seconds|secondes?|Sekunden?|segundos?|секунд\w*", "minute": r"min|mins|minutes?|Minuten?|minutos?|минут\w*",
    "hour": r"h|hrs?|hours?|heures?|Stunden?|horas?|час(?:а|ов|ы|е)?", "day": r"days?|jours?|Tage?n?|días?|день|дн(?:я|ей|и)", "week": r"weeks?|semaines?|Wochen?|semanas?|недел\w+",
    "month": r"months?|mois|Monate?n?|mes(?:es)?|месяц\w*", "year": r"years?|ans?|années?|Jahre?n?|años?|год(?:а|ы)?|лет",
    "celsius": r"°\s?C|degrees? celsius|celsius|degrés? celsius|grad celsius|grados celsius", "fahrenheit": r"°\s?F|(?:degrees?|degrés?|grad|grados) fahrenheit|fahrenheit",
    "usd": r"USD|US dollars?|dollars?|Dollar|dólares|dólar|доллар\w*", "eur": r"€|EUR|euros?|евро", "gbp": r"£|GBP|pounds? sterling", "jpy": r"JPY|yens?|иен\w*",
    "cny": r"CNY|RMB|yuan|renminbi|юан\w*", "rub": r"RUB|roubles?|rubles?|Rubel|rublos?|руб\w*", "percent": r"%|percent|per cent|pour cent|Prozent|por ciento|процент\w*",
    "kb": r"KB|kilobytes?", "mb": r"MB|megabytes?", "gb": r"GB|gigabytes?", "tb": r"TB|terabytes?",
}  # fmt: skip
_DENSE: Mapping[str, str] = {
    "km": r"公里|千米|キロメートル", "cm": r"厘米|公分|センチ(?:メートル)?", "mm": r"毫米|ミリメートル", "m": r"米(?![饭粒])|メートル", "mile": r"英里|マイル",
    "in": r"英寸|インチ", "ft": r"英尺|フィート", "yd": r"英码|ヤード", "mg": r"毫克|ミリグラム", "kg": r"公斤|千克|キログラム", "g": r"克(?!服)|グラム", "jin": r"斤", "t": r"吨|トン",
    "oz": r"盎司|オンス", "lb": r"磅|ポンド(?!硬)", "ml": r"毫升|ミリリットル", "l": r"升(?![级至到])|リットル", "gal": r"加仑|ガロン", "second": r"秒", "minute": r"分钟|分鐘|分間",
    "hour": r"个?小时|個?小時|時間", "day": r"天|日間", "week": r"周(?!年)|个?星期(?![一二三四五六日天])|週間?", "month": r"个月|個月|[かヶ]月", "year": r"年(?=[的之内后前，。、以])|年間|岁|歳",
    "celsius": r"摄氏度|°C", "fahrenheit": r"华氏度|°F", "usd": r"美元|美金|ドル", "eur": r"欧元|歐元|ユーロ", "gbp": r"英镑", "jpy": r"日元|日圆|円",
    "cny": r"元(?!素|旦|件)|块钱|人民币|人民幣", "rub": r"卢布|ルーブル", "percent": r"%|パーセント",
}  # fmt: skip
_SIGNS: Mapping[str, frozenset[str]] = {  # before a number
    "$": frozenset({"usd"}), "€": frozenset({"eur"}), "£": frozenset({"gbp"}), "¥": frozenset({"jpy", "cny"}), "₽": frozenset({"rub"}),
}  # fmt: skip
_SAME: Mapping[str, str] = {"lb": "lb|gbp"}  # "ポンド" and "磅" may be either, too
_FIRST = ("gbp",)  # "pounds sterling" before "pounds"
_NAMES = (*_FIRST, *(name for name in dict.fromkeys((*_LATIN, *_DENSE)) if name not in _FIRST))
_UNIT = re.compile(
    "|".join(
        rf"([\s\u00a0-]?(?:{_LATIN.get(name, '(?!)')})(?![^\W\d_])|\s?(?:{_DENSE.get(name, '(?!)')}))"
        for name in _NAMES
    ),
    re.IGNORECASE,
)
_SCALE = re.compile(
    rf"\s?(?:{'|'.join(sorted(SCALES, key=len, reverse=True))})(?![a-zäöüéèñ])(?:\s(?:de|d['’])\s?)?", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+")

Quantity = tuple[frozenset[Decimal], frozenset[str], str]


def find_changed_unit(source: str, result: str) -> str | None:
    """Return a quantity of the source whose number came through with another unit only; None where none did."""
    after = list(_list_quantities(unicodedata.normalize("NFKC", result)))
    for worth, units, said in _list_quantities(unicodedata.normalize("NFKC", source)):
        same = [found for values, found, _ in after if values & worth]
        if same and all(found.isdisjoint(units) for found in same):
            return said
    return None


def _list_quantities(text: str) -> Iterator[Quantity]:
    """Yield the numbers of a text that have a unit: what they may be worth, which unit, and how it is said."""
    for worth, start, end in _list_placed(text):
        sign = text[max(0, start - 2) : start].strip()[-1:]
        if sign in _SIGNS:
            yield worth, _SIGNS[sign], f"{sign}{text[start:end]}"
            continue
        scale = _SCALE.match(text, end)
        at = scale.end() if scale else end
        if (found := _find_unit(text, at)) is not None:
            yield worth, found[0], text[start : found[1]]


def _find_unit(text: str, at: int) -> tuple[frozenset[str], int] | None:
    """Return the unit that begins here, and where it ends."""
    match = _UNIT.match(text, at)
    if match is None or match.lastindex is None:
        return None
    name = _NAMES[match.lastindex - 1]
    return frozenset(_SAME.get(name, name).split("|")), match.end()


def _list_placed(text: str) -> Iterator[tuple[frozenset[Decimal], int, int]]:
    """Yield the numbers of a text, in digits, words or numerals, each with its place."""
    at = 0
    for number in list_numbers(text):
        start = text.index(number.text, at)
        at = start + len(number.text)
        yield number.worth, start, at
    tables = tuple(WORDS.values())
    for match in _WORD.finditer(text):
        values = {Decimal(table[word]) for table in tables if (word := match[0].casefold()) in table}
        if values:
            yield frozenset(values), match.start(), match.end()
    for match in NUMERALS.finditer(text):
        value = read_numeral(match[0])
        if value:
            yield frozenset({Decimal(value)}), match.start(), match.end()

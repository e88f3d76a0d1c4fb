"""Number words of the languages that are pivots most: cardinals, ordinals, months, scales, Chinese numerals.

Source: dictionaries. What is also a common word ("un", "eine", "second" of time) stands where it can do no harm: a number in
words counts only where another has come in its place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal


def _number(text: str, start: int = 1) -> dict[str, int]:
    """Return the words of a list, numbered; several for one number stand with a bar between them."""
    return {word: value for value, words in enumerate(text.split(), start) for word in words.split("|")}


_LARGE = {
    "en": {"hundred": 100, "thousand": 1000, "million": 10**6},
    "fr": {"vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "cent": 100, "mille": 1000},
    "de": {"hundert": 100, "tausend": 1000},
    "es": {"veinte": 20, "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "cien": 100, "mil": 1000},
    "ru": {
        "двадцать": 20,
        "двадцати": 20,
        "тридцать": 30,
        "тридцати": 30,
        "сорок": 40,
        "пятьдесят": 50,
        "сто": 100,
        "ста": 100,
        "тысяча": 1000,
        "тысячи": 1000,
        "тысяч": 1000,
    },
}
WORDS: Mapping[str, Mapping[str, int]] = {
    "en": _number("one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
                  " seventeen eighteen nineteen twenty") | _LARGE["en"]
    | {word: 10 * value for word, value in _number("thirty forty fifty sixty seventy eighty ninety", 3).items()},
    "fr": _number("un|une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize")
    | _LARGE["fr"],
    "de": _number("ein|eins|eine|einen|einem|einer zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn"
                  " vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn zwanzig") | _LARGE["de"]
    | {word: 10 * value for word, value in _number("dreißig vierzig fünfzig sechzig siebzig achtzig neunzig", 3).items()},
    "es": _number("un|uno|una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince")
    | _LARGE["es"],
    "ru": _number("один|одна|одно|одну|одного|одной|одном два|две|двух|двум|двумя три|трёх|трех|трём|трем|тремя"
                  " четыре|четырёх|четырех|четырьмя пять|пяти|пятью шесть|шести|шестью семь|семи|семью восемь|восьми"
                  " девять|девяти десять|десяти|десятью одиннадцать|одиннадцати двенадцать|двенадцати") | _LARGE["ru"],
}  # fmt: skip
ORDINALS: Mapping[str, Mapping[str, int]] = {
    "en": _number("first second third fourth fifth sixth seventh eighth ninth tenth"),
    "fr": _number("premier|première|premiers|premières deuxième|second|seconde troisième quatrième cinquième sixième"
                  " septième huitième neuvième dixième"),
    "de": {
        stem + ending: value
        for stem, value in _number("erst zweit dritt viert fünft sechst siebt acht neunt zehnt").items()
        for ending in ("e", "en", "er", "es", "em")
    },
    "es": _number("primer|primero|primera segundo|segunda tercer|tercero|tercera cuarto|cuarta quinto|quinta sexto|sexta"
                  " séptimo|séptima octavo|octava noveno|novena décimo|décima"),
}  # fmt: skip
MONTHS = _number(
    "january|jan|janvier|januar|jänner|enero february|feb|février|februar|febrero march|mar|mars|märz|marzo"
    " april|apr|avril|abril may|mai|mayo june|jun|juin|juni|junio july|jul|juillet|juli|julio august|aug|août|agosto"
    " september|sept|sep|septembre|septiembre october|oct|octobre|oktober|octubre november|nov|novembre|noviembre"
    " december|dec|décembre|dezember|diciembre"
)
OTHER_WORDS = {
    "a": 1, "an": 1, "once": 1, "single": 1, "each": 1, "per": 1, "last": 1, "both": 2, "twice": 2, "double": 2, "pair": 2,
    "couple": 2, "half": 2, "deux-points": 2, "beide": 2, "beiden": 2, "ambos": 2, "ambas": 2, "triple": 3, "quarter": 4,
    "decade": 10, "dozen": 12, "douzaine": 12, "dutzend": 12, "docena": 12, "century": 100, "week": 7, "zero": 0,
    "zéro": 0, "null": 0, "cero": 0, "no": 0,
}  # fmt: skip
PHRASES: Mapping[str, frozenset[Decimal]] = {  # a pattern → what it may stand for in digits
    r"half past|[点點時]半|\bhalb\b|et demie|y media": frozenset({Decimal(30)}),
    r"half[ -](?:an[ -])?hours?|半个?小时|半時間|demi-heure|halbe Stunde|media hora|полчаса": frozenset({Decimal(30)}),
    r"quarter of an hour|quarter-hour|一刻钟|quart d['’]heure|Viertelstunde|cuarto de hora": frozenset({Decimal(15)}),
    r"hour and a half|and a half hours|一个半小时|時間半|heure et demie|anderthalb|hora y media|полтора": frozenset(
        {Decimal(90), Decimal("1.5")}
    ),
    r"half a year|half-year|半年|semestre|halbes Jahr|medio año|полгода": frozenset({Decimal(6)}),
    r"fortnight|quinzaine|quincena": frozenset({Decimal(14), Decimal(15)}),
}
SHARES = re.compile(
    r"(\d|[一二三四五六七八九两])([成折割])(?![为人员立果功分员长就熟语扣])"
)  # tenths, and what is left of a price
SCALES: Mapping[str, Decimal] = {
    "thousand": Decimal(1000), "mille": Decimal(1000), "tausend": Decimal(1000), "mil": Decimal(1000), "k": Decimal(1000),
    "千": Decimal(1000), "million": Decimal(10**6), "millions": Decimal(10**6), "millionen": Decimal(10**6),
    "millón": Decimal(10**6), "millones": Decimal(10**6), "百万": Decimal(10**6), "万": Decimal(10**4), "萬": Decimal(10**4),
    "billion": Decimal(10**9), "billions": Decimal(10**9), "milliard": Decimal(10**9), "milliards": Decimal(10**9),
    "milliarde": Decimal(10**9), "milliarden": Decimal(10**9), "亿": Decimal(10**8), "億": Decimal(10**8),
}  # fmt: skip

WORTH: Mapping[str, tuple[int, bool]] = {  # of a character: its value, and whether it multiplies what stands before it
    **{character: (value, False) for value, character in enumerate("零一二三四五六七八九")},
    "〇": (0, False), "两": (2, False), "兩": (2, False),
    "十": (10, True), "百": (100, True), "千": (1000, True), "万": (10**4, True), "萬": (10**4, True),
    "亿": (10**8, True), "億": (10**8, True),
}  # fmt: skip
_MYRIAD = 10**4
_NUMERAL = f"[{''.join(WORTH)}]+"
NUMERALS = re.compile(_NUMERAL)
# A numeral before what is counted: others are parts of words ("十分", "四川"). Our own lists.
MEASURED: Mapping[str, re.Pattern[str]] = {
    "zh": re.compile(
        rf"(?<![\d.])({_NUMERAL})(?:个|名|位|条|只|本|张|篇|首|句|段|字|种|次|天|年|月|岁|元|块|步|点|行|页|家|件|项|款|部|道|台|辆|座|层|间|集|章"
        r"|节|轮|倍|人|小时|分钟|秒|公里|米|克|公斤|星期|周(?!年)|折|成(?![为人员立果功分长就熟语])|方面|部分)"
    ),
    "ja": re.compile(
        rf"(?<![\d.])({_NUMERAL})(?:つ|個|人|名|本|枚|文(?!字)|文字|段|語|回|日|年|月|週|時|行|点|例|件|冊|台|軒|歳|倍|円|ヶ|か所|種類|章|ページ|グラム|分間)"
    ),
}


def read_numeral(text: str) -> int | None:
    """Return what a numeral of Chinese characters is worth ("一百五十" is 150); None where it is no number."""
    total = section = digit = 0
    for character in text:
        value, is_unit = WORTH[character]
        if not is_unit:
            digit = digit * 10 + value if digit and section == 0 and total == 0 else value
        elif value >= _MYRIAD:
            total, section, digit = (total + section + digit or 1) * value, 0, 0
        else:
            section, digit = section + (digit or 1) * value, 0
    return total + section + digit

"""What must come through a rewording or a translation unharmed: code, addresses, placeholders, numbers, dates, units, names.

Each is taken out of the text in that order, so that the digits of an address are no numbers. Numbers are compared by
what they are worth (`numbers.py`), names as far as they can be told (`names.py`).

Source: our own; that numbers, entities and placeholders are what back-translation loses is the finding of, among
others, Raunak et al. 2021 ("The curious case of hallucinations in neural machine translation", arXiv:2104.06683).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from evaluators.elimination.hit import Hit
from evaluators.meaning.dates import find_moved_date
from evaluators.meaning.names import find_lost_name
from evaluators.meaning.numbers import find_changed
from evaluators.meaning.units import find_changed_unit

_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
_ADDRESS = re.compile(
    r"(?:https?://|www\.)[\w\-.~:/?#\[\]@!$&*+,;=%()]*[\w/=#&\-~%]|(?<![\w.+-])[\w.+-]{1,64}@[\w-]+\.[\w.-]*\w",
    re.ASCII,
)
_PLACEHOLDER = re.compile(
    r"\{\{[^{}\n]{1,80}\}\}|\$?\{[^{}\n]{0,80}\}|</?[A-Za-z][\w:-]{0,40}/?>|\[[A-Z][A-Z0-9_ ]{1,40}\]|__[A-Z][A-Z0-9_]*__"
    r"|%\([\w.]+\)[sdifr]|%[sdifr]\b|\$[A-Za-z_]\w*"
)

_KEPT = (("code_changed", _CODE), ("url_changed", _ADDRESS), ("placeholder_changed", _PLACEHOLDER))


def find_lost(source: str, result: str, source_language: str, result_language: str) -> Hit | None:
    """Return the first thing that a wording lost, changed or made up, None where all is there.

    Reasons: `code_changed`, `url_changed`, `placeholder_changed`, `number_changed`, `date_changed`, `unit_changed`,
    `entity_lost`.
    """
    source, result = unicodedata.normalize("NFC", source), unicodedata.normalize("NFC", result)
    for reason, pattern in _KEPT:
        before, after = Counter(pattern.findall(source)), Counter(pattern.findall(result))
        if before != after:
            changed = next(iter((before - after) or (after - before)))
            return Hit(reason, changed)
        source, result = pattern.sub(" ", source), pattern.sub(" ", result)
    if (number := find_changed(source, result, source_language, result_language)) is not None:
        return Hit("number_changed", number)
    if (date := find_moved_date(source, result)) is not None:
        return Hit("date_changed", date)
    if (unit := find_changed_unit(source, result)) is not None:
        return Hit("unit_changed", unit)
    name = find_lost_name(source, result, source_language, result_language)
    return None if name is None else Hit("entity_lost", name)


def strip_kept(text: str) -> str:
    """Return a text without its code, addresses and placeholders: the words that a rewording is free to change."""
    for _, pattern in _KEPT:
        text = pattern.sub(" ", text)
    return text

"""Finds personal data and secrets in a text, by form and by checksum: kind, place, and whether it is only an example.

What has a check digit is reported only where it holds; what has none needs a form that little else has, or a word beside
it that says what it is. Addresses and numbers that are reserved for examples or for private nets are marked `reserved`.
Source: ISO/IEC 7812-1 annex B (Luhn), ISO 13616-1 (IBAN, mod 97), GB 11643-1999 (Chinese resident id, with ISO 7064
mod 11-2), SSA on numbers never given, E.164, RFC 2606, 5737, 1918; the prefixes of tokens are those that their issuers
document. Deviations: names, streets and birthdays have no form that tells them, and are not found.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from evaluators.hygiene.iban import IBAN_LENGTHS
from evaluators.hygiene.secrets import find_secrets


@dataclass(frozen=True, slots=True)
class PiiSpan:
    """One finding: its kind, the characters [start, end) of the text, and whether it can be nobody's."""

    kind: str
    start: int
    end: int
    reserved: bool = False


KINDS = ("secret", "email", "iban", "cn_resident_id", "credit_card", "us_ssn", "ip", "phone")

_EMAIL = re.compile(
    r"(?<![\w.+%/@-])[\w.+%-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}(?![\w@-]|\.\w|:\w+/)",
    re.ASCII,
)
_EXAMPLE_DOMAIN = re.compile(r"(?:^|\.)(?:example(?:\.(?:com|org|net|edu))?|test|invalid|localhost)$", re.IGNORECASE)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?![A-Za-z0-9])")
_CARD = re.compile(r"(?<![\d.,/-])\d(?:[ -]?\d){12,18}(?![\d/-]|[.,]\d)")
_CN_ID = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")
_SSN = re.compile(r"(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w/]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{1,4}:|:){2,7}[0-9A-Fa-f]{0,4}(?:::?[0-9A-Fa-f]{1,4})*(?![\w:.])")
_IPV6_GROUPS = 3  # fewer are more often a slice or a scope of a programming language (`a::b`)
_VERSION = re.compile(r"(?:\bv|\bver|version|release|版本|section|chapter|§)\s*[.:]?\s*$", re.IGNORECASE)
# Written with its country, or as North American and mainland Chinese numbers are, these need no word beside them.
_PHONES = (
    re.compile(r"(?<![\w+])\+[1-9]\d{0,2}(?:[ .\-]?\(?\d{1,4}\)?){2,6}(?![\w-])"),
    re.compile(
        r"(?<![\w+.-])(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}([-.]))[2-9]\d{2}(?(1)\1|[-.])\d{4}(?![\w-]|\.\d)"
    ),
    re.compile(r"(?<![\w.+-])1[3-9]\d(?:[ -]?\d{4}){2}(?![\w-]|\.\d)"),
)
_SAID_PHONE = re.compile(
    r"(?:\b(?:tele?(?:phone|fon)?|phone|mobile|cell|call|fax|whatsapp|handy)\b\.?|电话|手机|传真|座机)"
    r"(?:[ ]?(?:numbers?|no\.?|nr\.?|us|me|at|is|on|号码|号|是|为|请拨打))*[ ]?[:：#]?[ ]?(\(?\d[\d ()./-]{5,18}\d)(?![\w-])",
    re.IGNORECASE,
)
# Numbers that North America and the United Kingdom (Ofcom) keep for stories.
_FICTION = re.compile(
    r"555[ .-]?01\d\d$|(?:20[ )]*7946 ?0|1632[ )]*960 ?|7700[ )]*900 ?|1(?:13|14|15|16|17|18|21|31|41|51|61)[ )]*496 ?0)\d{3}$"
)
_PHONE_DIGITS = range(7, 16)  # E.164: 15 at most
_CN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CN_CHECK = "10X98765432"
_CN_REGIONS = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83".split()
)
# Issuers: prefix of the number, and the lengths that they use.
_CARDS = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|6(?:011|5\d\d|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|62\d{14,17}"
)
_NEVER_GIVEN = frozenset({"078-05-1120", "219-09-9999"})  # printed in advertisements


def find_pii(text: str) -> list[PiiSpan]:
    """Return what is found, by place; of findings that overlap, the one of the kind that comes first in `KINDS`."""
    taken: list[PiiSpan] = []
    for find in _FINDERS:
        for span in find(text):
            if all(span.end <= other.start or other.end <= span.start for other in taken):
                taken.append(span)
    return sorted(taken, key=lambda span: span.start)


def list_pii(text: str) -> list[tuple[str, int, int, bool]]:
    """Return what is found as plain tuples: kind, start, end, reserved."""
    return [(span.kind, span.start, span.end, span.reserved) for span in find_pii(text)]


def check_luhn(digits: str) -> bool:
    """Say whether the last digit checks those before it."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def check_iban(iban: str) -> bool:
    """Say whether an IBAN (without spaces) has its country's length and the right check digits."""
    if IBAN_LENGTHS.get(iban[:2]) != len(iban):
        return False
    return int("".join(str(int(char, 36)) for char in iban[4:] + iban[:4])) % 97 == 1


def check_cn_resident_id(number: str) -> bool:
    """Say whether a Chinese resident id has a region, a date of birth and the right check digit."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _CN_WEIGHTS, strict=True))
    if number[:2] not in _CN_REGIONS or _CN_CHECK[total % 11] != number[17].upper():
        return False
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return born.year >= 1900


def _find_secrets(text: str) -> Iterator[PiiSpan]:
    for start, end in find_secrets(text):
        yield PiiSpan("secret", start, end)


def _find_emails(text: str) -> Iterator[PiiSpan]:
    if "@" not in text:
        return
    for found in _EMAIL.finditer(text):
        name, _, domain = found[0].partition("@")
        if not name.startswith(".") and not name.endswith("."):
            yield PiiSpan("email", found.start(), found.end(), _EXAMPLE_DOMAIN.search(domain) is not None)


def _find_ibans(text: str) -> Iterator[PiiSpan]:
    for found in _IBAN.finditer(text):
        length = IBAN_LENGTHS.get(found[0][:2], 0)
        end = _count_to(found[0], length)  # words in capitals may follow it
        if end and check_iban(found[0][:end].replace(" ", "")):
            yield PiiSpan("iban", found.start(), found.start() + end)


def _count_to(text: str, length: int) -> int:
    """Return where `length` characters that are no spaces end; 0 where there are fewer."""
    seen = 0
    for at, char in enumerate(text):
        seen += char != " "
        if seen == length:
            return at + 1
    return 0


def _find_cards(text: str) -> Iterator[PiiSpan]:
    for found in _CARD.finditer(text):
        digits = re.sub("[ -]", "", found[0])
        if _CARDS.fullmatch(digits) and check_luhn(digits) and len(set(digits)) > 1:
            yield PiiSpan("credit_card", found.start(), found.end())


def _find_cn_ids(text: str) -> Iterator[PiiSpan]:
    for found in _CN_ID.finditer(text):
        if check_cn_resident_id(found[0]):
            yield PiiSpan("cn_resident_id", found.start(), found.end())


def _find_ssns(text: str) -> Iterator[PiiSpan]:
    for found in _SSN.finditer(text):
        yield PiiSpan("us_ssn", found.start(), found.end(), found[0] in _NEVER_GIVEN)


def _find_ips(text: str) -> Iterator[PiiSpan]:
    for pattern in (_IPV4, _IPV6):
        for found in pattern.finditer(text):
            if ":" in found[0] and len(list(filter(None, found[0].split(":")))) < _IPV6_GROUPS:
                continue
            try:
                address = ipaddress.ip_address(found[0])
            except ValueError:
                continue
            if not _VERSION.search(text, max(0, found.start() - 12), found.start()):
                yield PiiSpan("ip", found.start(), found.end(), not address.is_global)


def _find_phones(text: str) -> Iterator[PiiSpan]:
    for pattern in _PHONES:
        for found in pattern.finditer(text):
            if _count_digits(found[0]) in _PHONE_DIGITS and _count_digits(found[0]) > min(_PHONE_DIGITS):
                yield PiiSpan("phone", found.start(), found.end(), _FICTION.search(found[0]) is not None)
    for found in _SAID_PHONE.finditer(text):
        if _count_digits(found[1]) in _PHONE_DIGITS:
            yield PiiSpan("phone", found.start(1), found.end(1), _FICTION.search(found[1]) is not None)


def _count_digits(text: str) -> int:
    return sum(map(str.isdecimal, text))


_FINDERS: tuple[Callable[[str], Iterator[PiiSpan]], ...] = (
    _find_secrets, _find_emails, _find_ibans, _find_cn_ids, _find_cards, _find_ssns, _find_ips, _find_phones,
)  # fmt: skip

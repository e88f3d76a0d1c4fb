"""Negations: a rewording may say them with other words, but not lose one, nor bring one in.

What is counted are clauses of denial and exclusion; "at most" and "no more than" are the same limit, and no denial.

Source: our own lists; that automatic measures hardly see a dropped negation is shown in Hossain et al. 2020 ("It's not a
non-issue: negation as a source of error in machine translation", arXiv:2010.05432).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# Phrases that look like a negation and are none, or a limit that can as well be said without one.
_EXCUSED: Mapping[str, re.Pattern[str]] = {
    "en": re.compile(
        r"\bno (?:more|less|fewer|later|earlier|longer) than\b|\bnot (?:exceed|more than|less than|only|just|necessarily)\w*"
        r"|\bwhether or not\b|\bno matter\b|\bnotwithstanding\b|\bno\. ?\d|\bif not\b|\bwhy not\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"不超过|不多于|不少于|不低于|不高于|不大于|不小于|不得超过|不要超过|不仅|不但|不只|不管|不论|不过|不同|不断|不久|不少|"
        r"不止|不必说|差不多|了不起|对不起|无论|无数|无限|非常|未来|没准|是否|是不是|要不要|能不能|会不会|有没有|好不好|别人|别的|"
        r"特别|区别|级别|性别|类别|分别|个别|告别|识别|差别|类别|非洲|除非"
    ),
}
_NEGATION: Mapping[str, re.Pattern[str]] = {
    "en": re.compile(
        r"\bneither\b(?:[^.;\n]*?\bnor\b)?|\b(?:not|never|no|none|nobody|nothing|nowhere|without|cannot|nor|avoid\w*|"
        r"except(?:ing)?|exclud\w+|omit\w*|refrain\w*|unable|impossible)\b|\bn['’]t\b|(?<=[a-z])n['’]t\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(r"不|没|无(?!锡)|未|勿|莫(?!斯)|别|非|避免|禁止|排除|除了|省略|免"),
    "fr": re.compile(r"\b(?:ne|n['’]|sans|aucune?|jamais|rien|ni|évite\w*|sauf)(?=\b|\w)", re.IGNORECASE),
    "de": re.compile(r"\b(?:nicht|kein\w*|nie(?:mals)?|ohne|nichts|weder|vermeid\w*|außer)\b", re.IGNORECASE),
    "es": re.compile(r"\b(?:no|sin|ning\w+|nunca|jamás|nada|ni|evit\w+|excepto|salvo)\b", re.IGNORECASE),
    "ja": re.compile(r"ない|なく|ません|ずに|ぬ(?=[。、])|無(?!論)|禁止|避け|除(?:い|く|外)"),
}


# Of those, what denies a fact and forbids nothing: "has not paid" may as well be said as "is overdue".
_DECLARED: Mapping[str, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:has|have|had|is|are|was|were|did|does|will|would|could) ?n[o'’]t\b"
        r"|\b(?:unable|impossible|nothing|nobody|none)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(r"没|未|无|非|不(?!要|得|能|可|许|准|用|使用|提|写|包含|含|出现|超)"),
}


def count_negations(text: str, language: str) -> int | None:
    """Return how many clauses of a text deny or exclude; None where the language is not one of those known."""
    base = language.partition("-")[0]
    if base not in _NEGATION:
        return None
    if base in _EXCUSED:
        text = _EXCUSED[base].sub(" ", text)
    return len(_NEGATION[base].findall(text))


def _count_forbidden(text: str, language: str) -> int:
    """Return how many clauses forbid or exclude something; what only denies a fact is left out where that is known."""
    base = language.partition("-")[0]
    if base in _DECLARED:
        text = _DECLARED[base].sub(" ", _EXCUSED[base].sub(" ", text))
    return count_negations(text, language) or 0


def is_negation_changed(source: str, result: str, source_language: str, result_language: str) -> bool:
    """Say whether a rewording forbids less than its source, denies nothing where that does, or the other way round.

    Across languages only whether there are any negations is compared: they spread them over words differently.
    """
    before, after = count_negations(source, source_language), count_negations(result, result_language)
    if before is None or after is None:
        return False
    if source_language.partition("-")[0] != result_language.partition("-")[0]:
        return (before == 0) != (after == 0)
    forbidden = _count_forbidden(source, source_language), _count_forbidden(result, result_language)
    return forbidden[1] < forbidden[0] or (before == 0) != (after == 0)

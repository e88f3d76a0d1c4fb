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
        r"\b(?:(?:do|must|should|may|can)(?: ?not|n['’]t)|never) (?:\w+ ){0,2}(?:more|less|fewer|longer|shorter|greater|larger|smaller|higher|lower) than\b"
        r"|\bno (?:more|less|fewer|later|earlier|longer|greater|larger|smaller|higher|lower) than\b|\bnot (?:exceed|more than|less than|only|just|necessarily)\w*"
        r"|\bwhether or not\b|\bno matter\b|\bnotwithstanding\b|\bno\. ?\d|\bif not\b|\bwhy not\b"
        r"|\byes\W+(?:(?:or|and)\W+)?no\b|(?-i:(?<=[a-z] )None\b)",
        re.IGNORECASE,
    ),
    "ru": re.compile(r"\bне (?:более|менее|больше|меньше|превы\w+|только|позднее|ранее)\b", re.IGNORECASE),
    "es": re.compile(
        r"\bno (?:\w+ )?(?:más|menos) de\b|\bno (?:exced|super|sobrepas)\w+|\bsí\W+(?:[ouy]\W+)?no\b", re.IGNORECASE
    ),
    "de": re.compile(
        r"\bnicht (?:mehr|weniger|länger|kürzer|später|früher) als\b|\bnicht (?:über|unter)\w*\b", re.IGNORECASE
    ),
    "ja": re.compile(r"超え(?:ない|ず)|(?:以上|以下)に?(?:なら|し)ない"),
    "fr": re.compile(
        r"\b(?:ne |n['’])?\w* ?pas (?:plus|moins) d[e'’]|\bne dépass\w+ pas\b|\bn['’]est-ce pas\b|\bne\b[^.;:!?\n,]{1,30}\bque\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"不超过|不多于|不少于|不低于|不高于|不大于|不小于|不得超过|不要超过|不仅|不但|不只|不管|不论|不过|不同|不断|不久|不少|"
        r"不止|不必说|差不多|了不起|对不起|无论|无数|无限|非常|未来|没准|是否|是不是|要不要|能不能|会不会|有没有|好不好|别人|别的|"
        r"特别|区别|级别|性别|类别|分别|个别|告别|识别|差别|类别|非洲|除非"
    ),
}
# Two words that make one denial ("ne … pas", "no … nada", "neither … nor") are one match.
_NEGATION: Mapping[str, re.Pattern[str]] = {
    "en": re.compile(
        r"\bneither\b(?:[^.;\n]*?\bnor\b)?|\b(?:not|never|no|none|nobody|nothing|nowhere|without|cannot|nor|avoid\w*|"
        r"except(?:ing)?|exclud\w+|omit\w*|refrain\w*|unable|impossible)\b|\bn['’]t\b|(?<=[a-z])n['’]t\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"不|没|无(?!锡)|未|勿|莫(?!斯)|别|非|避免|禁止|排除|(?<![删清消解去排扣移])除(?:了|外|去)|以外|之外|省略|免"
    ),
    "fr": re.compile(
        r"(?:\bne\b|\bn['’])(?:[^.;:!?\n,]{0,40}?\b(?:pas|point|aucune?|jamais|rien|personne|ni)\b)?"
        r"|\b(?:sans|aucune?|jamais|rien|ni|évite\w*|sauf|hormis|excepté\w*)\b",
        re.IGNORECASE,
    ),
    "de": re.compile(
        r"\bweder\b(?:[^.;\n]*?\bnoch\b)?|\b(?:nicht|kein\w*|nie(?:mals)?|ohne|nichts|vermeid\w*|außer)\b",
        re.IGNORECASE,
    ),
    "es": re.compile(
        r"\bno\b(?:[^.;:!?\n,]{0,40}?\b(?:ning\w+|nunca|jamás|nada|nadie|ni|tampoco)\b)?"
        r"|\b(?:sin|ning\w+|nunca|jamás|nada|nadie|ni|evit\w+|excepto|salvo)\b",
        re.IGNORECASE,
    ),
    "ja": re.compile(
        r"ない|なく|ません|ずに|ぬ(?=[。、])|無(?!論)|禁止|避け|以外|抜き(?=[のでに])|(?<![はおか])なし(?=[のでに、。])|除(?:い|く|外)"
        r"|(?:[わらかがさただなばけせてねべめれ]|[一-龥]ま)ず(?=[、にや])"
    ),
    "ru": re.compile(
        r"\b(?:не|нет|без|ни|нельзя|никогда|никто|никого|ничего|ничто|никак\w+|кроме|избега\w+)\b", re.IGNORECASE
    ),
}

# What may stand for a denial without being one of those words: "unsure" is "not sure", "unless" is "if not".
_IN_OTHER_WORDS: Mapping[str, re.Pattern[str]] = {
    "en": re.compile(
        r"\bun(?:sure|certain|clear|known|like|likely|less|familiar|aware|paid|used|common|read|available|employed|healthy)\w*"
        r"|\bin(?:correct|complete|accurate|valid|visible|dependen)\w*|\b(?:fail|lack|skip|forbid|prohibit|ban|miss|exempt|stop|refus|deny|denie|hate|unwilling|reluct)\w*"
        r"|\w-(?:free|less)\b|\w(?:less|free)\b|\b(?:instead|rather|other|apart|aside|leave out|leaving out|free|minus|hardly|barely"
        r"|rarely|overdue|pending|still|only|illegal|irregular|disagree|dislike|otherwise|wrong|bad|broken|error|trouble)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(r"否则|代替|而是|缺|拒绝|失|讨厌|忘|杜绝|零|仍|只|仅|陌生|反对|错|误|坏"),
    "fr": re.compile(
        r"\b(?:impossible|in(?:connu|certain|correct|complet|valide)|hors|interdi|incapable|manqu|refus|à part|au lieu|plutôt|sinon"
        r"|interdit|détest|oubli|faux|erreur|mal|panne|rat|échou|seul|uniquement|que|moins|dépourvu|défen|encore)\w*",
        re.IGNORECASE,
    ),
    "de": re.compile(
        r"\bun(?!d\b|s\b|ser|ter|gefähr|bedingt)\w{3,}|\w(?:frei|los)(?:e[nrsm]?)?\b|\b(?:statt|anstatt|ausgenommen|abgesehen|verzicht|verbot|verbiet|fehl|sonst|nur"
        r"|weiger|hass|vergess|entfall|falsch|durchgefallen|kaputt|gescheitert|fehler|schlecht|weglass|auslass|unterlass|noch)\w*",
        re.IGNORECASE,
    ),
    "es": re.compile(
        r"\b(?:imposible|desconoc|insegur|incorrect|inválid|menos|lugar|vez|prohib|aparte|falt|carec|libre|solo|sólo|únicamente"
        r"|todavía|aún|rechaz|nieg|odi|olvid|omit|mal|fall|error|fracas|equivoc)\w*",
        re.IGNORECASE,
    ),
    "ru": re.compile(
        r"\b(?:не[а-яё]{3,}|запре\w+|исключ\w+|вместо|только|лишь|отказ\w*|отсутств\w*|ошиб\w+|невозмож\w+|пропус\w+|ещё|еще)\b",
        re.IGNORECASE,
    ),
    "ja": re.compile(r"不|未|非|禁|控え|だけ|のみ|まだ|せず|欠|省|代わり|やめ|間違|失敗|誤|嫌|拒否|忘|外して|ずに"),
}

# Of the denials, what denies a fact and forbids nothing: "has not paid" may as well be said as "is overdue".
_DECLARED: Mapping[str, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:has|have|had|is|are|was|were|did|does|will|would|could) ?n[o'’]t\b"
        r"|\b(?:who|that|which|they|we|i|you|people|it|he|she|those|ones|[a-z]+s) (?:do|does|did)(?:n['’]t| not)\b"
        r"|\b(?:unable|impossible|nothing|nobody|none)\b|\b(?:with|has|have|had|having|is|are|was|were) no\b",
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

    Across languages only whether there are any negations is compared: they spread them over words differently. What may
    stand for a denial in other words is taken for one where one is missing.
    """
    before, after = count_negations(source, source_language), count_negations(result, result_language)
    if before is None or after is None:
        return False
    poorer, language = (source, source_language) if before < after else (result, result_language)
    others = len(_IN_OTHER_WORDS[language.partition("-")[0]].findall(poorer))
    one_denies = min(before, after) == 0 and max(before, after) > others
    if source_language.partition("-")[0] != result_language.partition("-")[0]:
        return one_denies
    lost = _count_forbidden(source, source_language) - _count_forbidden(result, result_language)
    return one_denies or lost > (others if after < before else 0)

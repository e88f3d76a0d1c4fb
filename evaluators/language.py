"""Identifies the language of an instruction: by script where that settles it, else by a statistical model.

A candidate in another language than its seed's is dropped, so a wrong answer costs a good candidate, and instructions
are short: "Write a haiku." is Hausa to a model of byte statistics. Hence every script has a language that a text is
taken for unless the evidence for another one is strong, and what stands in quotation marks is left out: that is what
the instruction is about ("Translate «Il fait beau».").

Source: the model is py3langid (Lui and Baldwin 2012, "langid.py: An Off-the-shelf Language Identification Tool"), a
naive Bayes classifier; its score differences are log odds in nats. The rules around it are our own.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache

UNDETERMINED = "und"  # ISO 639-2's code for it; there is none in ISO 639-1

# By the first word of a character's Unicode name: the languages told apart in that script, the default first.
SCRIPTS: dict[str, tuple[str, ...]] = {
    "LATIN": (
        "en", "es", "fr", "de", "it", "pt", "nl", "pl", "cs", "ro", "hu", "sv", "da", "no", "fi", "tr", "vi", "id",
        "af", "az", "bs", "ca", "cy", "eo", "et", "eu", "ga", "gl", "ha", "hr", "is", "la", "lt", "lv", "mg", "ms",
        "mt", "sk", "sl", "so", "sq", "sw", "tl", "uz", "xh", "yo", "zu",
    ),
    "CYRILLIC": ("ru", "uk", "bg", "be", "sr", "mk", "kk", "ky", "mn", "tg", "tt", "ba"),
    "ARABIC": ("ar", "fa", "ur", "ps", "ug", "ku"),
    "DEVANAGARI": ("hi", "mr", "ne", "sa"),
    "BENGALI": ("bn", "as"),
    "CJK": ("zh",), "HIRAGANA": ("ja",), "KATAKANA": ("ja",), "HANGUL": ("ko",),
    "GREEK": ("el",), "HEBREW": ("he",), "ARMENIAN": ("hy",), "GEORGIAN": ("ka",), "ETHIOPIC": ("am",),
    "THAI": ("th",), "LAO": ("lo",), "KHMER": ("km",), "MYANMAR": ("my",), "TIBETAN": ("bo",), "SINHALA": ("si",),
    "GURMUKHI": ("pa",), "GUJARATI": ("gu",), "ORIYA": ("or",), "TAMIL": ("ta",), "TELUGU": ("te",),
    "KANNADA": ("kn",), "MALAYALAM": ("ml",), "THAANA": ("dv",), "MONGOLIAN": ("mn",),
}  # fmt: skip
COMMON_LATIN = 18  # a short text is taken for one of the first so many: "Escribe un poema" is Spanish, not Galician
SHORT_WORDS = 6
# Nats by which another language must beat the script's default. Measured: of 5,000 English instructions the model takes
# 18 for another language, in ASCII by 11.1 at most; short instructions in 16 other languages mostly have 15 and more.
STRONG_EVIDENCE = 12.0
SOME_EVIDENCE = 4.0  # for a text with letters that English does not use
# Words that hardly any other language writes so; a fifth of them settles it without the model.
ENGLISH_WORDS = frozenset(
    "about and classify compose could create describe explain find following from generate give given how"
    " identify provide rewrite should story suggest summarize that the these this those two using what when"
    " where which who why with would write you your".split()
)
ENGLISH_SHARE = 0.2
LETTERS_OF_SYLLABLE = 3  # a Han, kana or Hangul character says about as much as three letters
KANA_SHARE = 0.1  # of Han and kana; Japanese prose has about half, Chinese none but in a borrowed word
DENSE = ("HIRAGANA", "KATAKANA", "CJK", "HANGUL")
READ_LENGTH = 2000  # characters looked at: more changes no answer
OPENING_WEIGHT = 3  # of the script of the first letter: who asks comes first, what is asked about comes after
NOT_LATIN = re.compile("[^\u0000-\u024f\u0300-\u036f\u1e00-\u1eff]+")
WORDS = re.compile(r"[^\W\d_]+")
QUOTED = re.compile(r'"[^"]*"|“[^”]*”|„[^“”]*[“”]|«[^»]*»|「[^」]*」|『[^』]*』|`[^`]*`|(?:https?://|www\.)[!-~]+')


def identify_language(text: str) -> str:
    """Return the ISO 639-1 code of a text's language; "und" where it has no letter, or letters of no script known."""
    text = text[:READ_LENGTH]
    outside = QUOTED.sub(" ", text)
    script = _find_script(outside)
    if script is None:
        outside, script = text, _find_script(text)
    languages = SCRIPTS.get(script or "", (UNDETERMINED,))
    if len(languages) == 1:
        return languages[0]
    if script == "LATIN":
        return _identify_latin(NOT_LATIN.sub(" ", outside), languages)
    return _weigh(outside, languages, STRONG_EVIDENCE)


def _identify_latin(text: str, languages: Sequence[str]) -> str:
    """Return the language of a text in Latin script: English on its common words, else what the model says."""
    words = WORDS.findall(text.lower())
    if sum(word in ENGLISH_WORDS for word in words) >= ENGLISH_SHARE * len(words):
        return languages[0]
    if len(words) <= SHORT_WORDS:
        languages = languages[:COMMON_LATIN]
    return _weigh(text, languages, STRONG_EVIDENCE if all(map(str.isascii, words)) else SOME_EVIDENCE)


def _find_script(text: str) -> str | None:
    """Return the script that says most of the text, None where it has no letter; kana stands for all Japanese."""
    letters = list(filter(str.isalpha, unicodedata.normalize("NFKC", text)))
    if not letters or text.isascii():
        return "LATIN" if letters else None
    shares: Counter[str] = Counter()
    for letter, count in Counter(letters).items():
        script = _name_script(letter)
        shares[script] += count * (LETTERS_OF_SYLLABLE if script in DENSE else 1)
    shares[_name_script(letters[0])] *= OPENING_WEIGHT
    kana = shares.pop("HIRAGANA", 0) + shares.pop("KATAKANA", 0)
    han = shares.pop("CJK", 0)
    shares["HIRAGANA" if kana > KANA_SHARE * (kana + han) else "CJK"] = kana + han
    return max(sorted(shares), key=shares.__getitem__)


def _name_script(letter: str) -> str:
    """Return the first word of a letter's Unicode name: its script, for all scripts of `SCRIPTS`."""
    return unicodedata.name(letter, "").split(" ")[0].split("-")[0]


def _weigh(text: str, languages: Sequence[str], evidence: float) -> str:
    """Return the likeliest of the languages if it beats the first of them by the evidence asked for (nats)."""
    odds = _load_model()(text)
    best = max(languages, key=lambda language: odds.get(language, -math.inf))
    default = languages[0]
    return best if odds.get(best, -math.inf) - odds.get(default, -math.inf) > evidence else default


@cache
def _load_model() -> Callable[[str], dict[str, float]]:
    """Load the model (0.7 s), which gives the log odds of each language."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped, unused-ignore]

    model = LanguageIdentifier.from_model_file(MODEL_FILE)  # type: ignore[no-untyped-call, unused-ignore]
    return lambda text: dict(model.rank(text))

"""What the constraint planner knows of a response: its measures, its terms, and what may be done to it.

Promise: every term stands in the response exactly as given here, so a constraint built on it is never invented; and a
response whose form is its point (code, JSON, a letter, verse, a label) is marked, so that nobody reshapes it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from evaluators.verifiers.layout import is_prose
from evaluators.verifiers.segment import (
    CJK,
    count_words,
    find_lines,
    find_list_items,
    find_paragraphs,
    find_prose_lines,
    find_sentences,
    read_code_blocks,
)
from evaluators.verifiers.words import has_term
from generator.backends.embedded.stopwords import ENGLISH_STOP_WORDS, SHAPELESS_CHINESE

MIN_TERM = 4  # letters of an English term
MAX_CHINESE_TERM = 4  # characters
MAX_TERMS = 12  # the most salient ones
TINY = 8  # words: less is a label or a figure, whose form the task has fixed
OWN_SHARE = 0.6  # of the letters that must be in the language's script; else the response is in another language
ENDING = 60  # characters at a response's end that show a signature
NOUN_BONUS = 1.5  # where a word ends what an article began, it counts 1.5 times more: nouns make the better terms

_LATIN = re.compile(r"[A-Za-z]")
_CJK = re.compile(f"[{CJK}]")
_SHAPELESS = re.compile(SHAPELESS_CHINESE)
_ENGLISH_TERM = re.compile(rf"\b[A-Za-z][a-z]{{{MIN_TERM - 1},}}\b")
_NOUN = re.compile(
    r"\b(?:a|an|the|of|its|their|this|each|these|his|her|our|your)\s+(?:[a-z]{1,20}(?:-[a-z]{1,20})?\s+)?"
    r"([a-z]{4,})(?=[.,;:!?)]|\s+(?:of|in|on|is|are|was|were|and|or|to|for|with|that|which|from|by|at|as|can|may|has)\b)",
    re.I,
)
_CHINESE_BOUND = re.compile(r"\W|[的了是在和与及或]")  # marks and particles that are hardly ever part of a word
_NOT_NOUN = ("ly", "ed", "ing")
_NO_TERMS = ENGLISH_STOP_WORDS.union("except whether either along despite rather worth able unable real sure".split())
_FRAGILE = re.compile(r"`|\$|https?://|\]\(|\\|[<>]|\w_\w")
_LETTER = re.compile(r"(?:\*\*)?(?:(?:Dear|Hello|Hi|Subject)\b|尊敬的|亲爱的|各位|您好|主题[：:])")
_SIGNED = re.compile(
    r"(?:regards|sincerely|wishes|thanks|敬上|此致|敬礼),?\s*$|\n[^\s\-*•|#0-9}\])>][^.!?。！？:：|]{1,20}$", re.I
)
_INNER_END = re.compile(r"[。！？][”’」』）]|[.!?][\"”’)]\s")
_ENDS = re.compile(r"[.!?。！？][\"”’)」』）]?$")
_DATA = frozenset({"json", "csv", "xml", "yaml", "toml", "html"})

Change = tuple[str, dict[str, Any]]  # the response afterwards, and the parameters of the check that it meets
Scope = Literal["free", "tiny", "strict", "foreign"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A response under way. `prose`: running text alone; `plain`: prose whose sentences may be laid out anew."""

    text: str
    language: str
    words: int
    sentences: tuple[str, ...]
    paragraphs: tuple[str, ...]
    items: tuple[str, ...]
    terms: tuple[str, ...]
    scope: Scope
    code: bool
    fragile: bool
    letter: bool
    prose: bool
    plain: bool

    @property
    def chinese(self) -> bool:
        """Whether the language is Chinese."""
        return self.language == "zh"


Step = Callable[[Draft, Random], Change | None]


@dataclass(frozen=True, slots=True)
class Offer:
    """A way to a constraint: its step, when it comes (`stage`, low first) and how often it is drawn (`weight`)."""

    step: Step
    stage: int
    weight: float = 1.0
    languages: tuple[str, ...] = ("en", "zh")
    scopes: tuple[Scope, ...] = ("free",)


def read_draft(text: str, language: str, terms: tuple[str, ...] | None = None) -> Draft:
    """Return what there is to know of a response. `terms`: those found before it was changed, they stay its own."""
    found = find_terms(text, language) if terms is None else tuple(term for term in terms if has_term(term, text))
    blocks = read_code_blocks(text)
    code = len(find_prose_lines(text)) < len(find_lines(text))
    prose = is_prose(text, {}, "")
    paragraphs = find_paragraphs(text)
    sentences = find_sentences(text)
    letter = bool(_LETTER.match(text.lstrip()) or _SIGNED.search(text.rstrip()[-ENDING:]))
    one_line = all("\n" not in block and _ENDS.search(block.rstrip()) for block in paragraphs)
    words = count_words(text)
    return Draft(
        text=text, language=language, words=words, sentences=sentences, paragraphs=paragraphs,
        items=find_list_items(text), terms=found, code=code,
        scope=find_scope(text, language, words, [block.language for block in blocks]),
        fragile=code or _FRAGILE.search(text) is not None, letter=letter, prose=prose,
        plain=prose and one_line and not letter and not _INNER_END.search(text) and not any(map(is_torn, sentences)),
    )  # fmt: skip


def is_torn(sentence: str) -> bool:
    """Say whether a sentence is a bold lead-in or has half a bold span, and so cannot stand by itself."""
    return sentence.count("**") % 2 == 1 or (sentence.startswith("**") and sentence.endswith("**"))


def find_scope(text: str, language: str, words: int, code_languages: list[str]) -> Scope:
    """Return how free a response's form is: `strict` is data, `tiny` a label, `foreign` not in its task's language."""
    if any(name.lower() in _DATA for name in code_languages) or is_data(text.strip()):
        return "strict"
    if words < TINY:
        return "tiny"
    latin, cjk = len(_LATIN.findall(text)), len(_CJK.findall(text))
    own, other = (cjk * 2, latin) if language == "zh" else (latin, cjk * 2)
    letters = sum(map(str.isalpha, text))
    in_script = own >= OWN_SHARE * (own + other) and latin + cjk >= OWN_SHARE * letters
    return "free" if in_script or code_languages else "foreign"


def is_data(text: str) -> bool:
    """Say whether the text is JSON or markup as a whole, or rows of values between commas."""
    if (text[:1], text[-1:]) in (("{", "}"), ("[", "]")):
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return False
        return True
    lines = text.split("\n")
    commas = {line.count(",") for line in lines}
    rows = len(lines) > 1 and len(commas) == 1 and commas != {0} and ", " not in text
    return rows or (text[:1], text[-1:]) == ("<", ">")


def find_terms(text: str, language: str) -> tuple[str, ...]:
    """Return the words that carry the content, the most salient first, as they stand in the text outside code."""
    prose = "\n".join(find_prose_lines(text))
    return _find_chinese(prose) if language == "zh" else _find_english(prose)


def _find_english(prose: str) -> tuple[str, ...]:
    weights: dict[str, float] = {}
    shape: dict[str, str] = {}
    for word in _ENGLISH_TERM.findall(prose):
        key = word.lower()
        if key not in _NO_TERMS and not key.endswith(_NOT_NOUN):
            weights[key] = weights.get(key, 0) + 1
            shape.setdefault(key, word)
    for noun in _NOUN.findall(prose):
        if noun.lower() in weights:
            weights[noun.lower()] += NOUN_BONUS
    return tuple(shape[key] for key in sorted(weights, key=lambda key: -weights[key])[:MAX_TERMS])


def _find_chinese(prose: str) -> tuple[str, ...]:
    runs = (run for run in _CHINESE_BOUND.split(prose) if 2 <= len(run) <= MAX_CHINESE_TERM)
    counts = Counter(run for run in runs if not _SHAPELESS.search(run))
    return tuple(run for run, _ in counts.most_common(MAX_TERMS))

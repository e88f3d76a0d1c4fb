"""Cuts a seed's own text into the pieces that rules can work on: sentences, terms, figures, list items, labelled pairs.

Every piece is the seed's own wording with at most its Markdown marks taken off, so what is built from it is never
invented. What cannot be cut with certainty (tables, code, a sentence without an end) is left out. Words and sentences
are those of `evaluators.verifiers.segment`, so that what is counted here is what a verifier counts.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from evaluators.verifiers import segment
from generator.backends.embedded.stopwords import ENGLISH_STOP_WORDS, FUNCTION_CHINESE

MIN_SENTENCE, MAX_SENTENCE = 5, 40  # words of a whole sentence; Chinese: characters, twice as many
CACHED_TEXTS = 128  # one seed's texts are asked for several times in a row
MAX_LABEL = 24  # characters of the label of a pair; longer is a clause before a colon

_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_HEADING = re.compile(r"^\s*#{1,6}\s+", re.MULTILINE)
_EMPHASIS = re.compile(r"\*\*|__|`")
_MARK = re.compile(r"^\s*(?:[-*•+]|\d{1,2}[.)、．](?!\d)|[①-⑳])\s*(?=\S)")
_STEP = re.compile(r"^\s*(\d{1,2})[.)、．](?!\d)\s*(\S.*)$")
_PAIR = re.compile(r"([^:：|{}\"“”，。,;；()（）=]{1,60}?)\s*[:：]\s*(\S.*)")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-'’][A-Za-z0-9]+)*")
_ARTICLE = "an?|the|of|its|their|this|these|each|your|his|her|our|no|every"
_AFTER_ARTICLE = re.compile(rf"\b(?:{_ARTICLE})\s+([A-Za-z-]{{5,}})", re.IGNORECASE)
NOUN_BONUS = 1.5  # a word that once follows an article is a noun more often than not
_NOT_NOUN = ("ly", "ed", "ing")  # endings of words that seldom name a thing
_PAIRED_MARKS = ("“”", "()", "（）", "[]", "《》", "「」")
_LEADS_ON = re.compile(r"[;；,，:：]\s*\d{1,2}\.$")  # the number of the next item of a list within a line
_NUMBERED = re.compile(r"^\s*\d{1,2}[.、)）]", re.MULTILINE)
_LISTED = re.compile(r"(?<=、)[\u4e00-\u9fff]{2,5}(?=[、，。；）])")  # part of an enumeration: a word or a name
_UNCOUNTABLE_ZH = re.compile(r"[=+×÷/%°_\\^<>~～·＝－]")
_UNITS = "%|°C|percent|mg|kg|km|GB|MB|ms|seconds?|minutes?|hours?|days?|weeks?|months?|years?|people|dollars?"
_FIGURE = re.compile(rf"(?<![\w.,/:^-])\d[\d,]*(?:\.\d+)?(?![\w/:^-])(?:\s?(?:{_UNITS})(?![A-Za-z]))?")
_UNITS_ZH = "%|％|℃|万元|亿元|元|岁|年|个月|天|日|小时|分钟|秒|毫克|克|公斤|公里|米|次|人"
_FIGURE_ZH = re.compile(rf"(?<![A-Za-z0-9.,/:～~–-])\d[\d,]*(?:\.\d+)?(?:{_UNITS_ZH})?(?![A-Za-z0-9/:.])")


def is_chinese(language: str) -> bool:
    """Say whether a language code (`zh`, `zh-CN`) is Chinese."""
    return language.split("-")[0] == "zh"


@lru_cache(maxsize=CACHED_TEXTS)
def strip_markup(text: str) -> str:
    """Return the text without code blocks, table rows, emphasis marks, headings' marks and code ticks."""
    lines = (line for line in _FENCE.sub("", text).splitlines() if "|" not in line)
    return _EMPHASIS.sub("", _HEADING.sub("", "\n".join(lines))).strip()


def strip_mark(line: str) -> str:
    """Return a line without its list mark."""
    return _MARK.sub("", line).strip()


@lru_cache(maxsize=CACHED_TEXTS)
def find_items(text: str) -> tuple[str, ...]:
    """Return the list items of a text (bullets, numbers) without marks and emphasis; none where it has no list."""
    lines = (line for line in strip_markup(text).splitlines() if _MARK.match(line))
    return tuple(_MARK.sub("", line).strip() for line in lines)


def find_steps(text: str) -> tuple[str, ...]:
    """Return the items of the one numbered list (1, 2, 3 … without a gap) of a text, in order; else none."""
    found = [match for line in strip_markup(text).splitlines() if (match := _STEP.match(line))]
    if [int(match[1]) for match in found] != list(range(1, len(found) + 1)):
        return ()
    return tuple(match[2].strip() for match in found)


@lru_cache(maxsize=CACHED_TEXTS)
def find_pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Return (label, value) of lines such as `- **Cause:** a virus`, where every label and value comes once; else none.

    Lines that are neither list items nor open in bold count only where every line of the text is such a pair.
    """
    lines = [line for line in _FENCE.sub("", text).splitlines() if line.strip()]
    found = [(bool(_MARK.match(line)) or line.startswith("**"), read_pair(line)) for line in lines]
    every = all(pair for _, pair in found)
    pairs = [pair for marked, pair in found if pair and (marked or every)]
    distinct = len({label for label, _ in pairs}) == len(pairs) == len({value for _, value in pairs})
    return tuple(pairs) if distinct else ()


def read_pair(line: str) -> tuple[str, str] | None:
    """Return the label and the value of a line; None where it has none, or is a row of a table or holds an address."""
    plain = _EMPHASIS.sub("", strip_mark(line))
    match = None if "|" in line or "//" in line else _PAIR.fullmatch(plain)
    if match is None or len(match[1]) > MAX_LABEL or not match[1][-1].isalnum():
        return None
    return match[1].strip(), match[2].strip()


@lru_cache(maxsize=CACHED_TEXTS)
def find_sentences(text: str, language: str) -> tuple[str, ...]:
    """Return the whole sentences of the running prose and the list items of a text, each once, in order."""
    chinese = is_chinese(language)
    found = segment.find_sentences(strip_markup(text))
    return tuple(dict.fromkeys(sentence for sentence in found if _is_whole(sentence, chinese)))


def _is_whole(sentence: str, chinese: bool) -> bool:
    size = segment.count_words(sentence)
    scale = 2 if chinese else 1
    ends = "。！？" if chinese else ".!?"
    begins = chinese or sentence[0].isupper() or sentence[0].isdigit()
    fits = MIN_SENTENCE * scale <= size <= MAX_SENTENCE * scale
    whole = begins and sentence[-1] in ends and not _LEADS_ON.search(sentence)
    return fits and whole and _is_balanced(sentence) and "://" not in sentence


def _is_balanced(sentence: str) -> bool:
    closed = all(sentence.count(mark[0]) == sentence.count(mark[1]) for mark in _PAIRED_MARKS)
    return closed and sentence.count('"') % 2 == 0


def is_countable(sentence: str, language: str) -> bool:
    """Say whether everybody would count the same words in a sentence (in Chinese: characters)."""
    if is_chinese(language):
        return not _UNCOUNTABLE_ZH.search(sentence) and not _NUMBERED.search(sentence)
    return len(sentence.split()) == segment.count_words(sentence)


def find_figures(text: str, language: str) -> tuple[str, ...]:
    """Return the figures of the prose with their unit where it is a common one, each once, in order; no bare digit."""
    plain = "\n".join(_MARK.sub("", line) for line in strip_markup(text).splitlines())
    pattern = _FIGURE_ZH if is_chinese(language) else _FIGURE
    found = (match[0].strip(" ,.") for match in pattern.finditer(plain))
    return tuple(figure for figure in dict.fromkeys(found) if len(figure) > 1)


@lru_cache(maxsize=CACHED_TEXTS)
def find_terms(text: str, language: str) -> tuple[str, ...]:
    """Return the words that carry the content, the most salient first; each stands in the text as it is returned."""
    plain = strip_markup(text)
    return tuple(_find_chinese_terms(plain) if is_chinese(language) else _find_english_terms(plain))


def _find_english_terms(plain: str) -> list[str]:
    weights: dict[str, float] = {}
    shapes: dict[str, str] = {}
    after_article = {word.lower() for word in _AFTER_ARTICLE.findall(plain)}
    for word in _LATIN.findall(plain):
        key = word.lower()
        if len(key) >= 5 and not key.endswith(_NOT_NOUN) and key.isascii() and key.replace("-", "").isalpha():
            if key not in ENGLISH_STOP_WORDS:
                weights[key] = weights.get(key, len(key) / 6 + NOUN_BONUS * (key in after_article)) + 1
                shapes[key] = min(word, shapes.get(key, word), key=lambda shape, key=key: (shape != key, shape))  # type: ignore[misc]
    ranked = sorted(weights, key=lambda key: -weights[key])  # stable: the first of equals stays first
    return [shapes[key] for key in ranked]


def _find_chinese_terms(plain: str) -> list[str]:
    listed = [word for word in _LISTED.findall(plain) if not re.search(FUNCTION_CHINESE, word)]
    quoted = re.findall(r"[“「《]([\u4e00-\u9fffA-Za-z0-9]{2,8})[”」》]", plain)
    latin = [word for word in _LATIN.findall(plain) if 2 <= len(word) <= 20 and not (word.islower() and len(word) < 4)]
    grams: Counter[str] = Counter()
    for run in re.split(FUNCTION_CHINESE, plain):
        for size in (2, 3, 4, 5):
            grams.update(run[i : i + size] for i in range(len(run) - size + 1))
    repeated = [gram for gram, count in grams.items() if count >= 2 and _is_maximal(gram, count, grams)]
    whole = [gram for gram in repeated if _stands_alone(gram, plain)]
    ranked = sorted(whole, key=lambda gram: (-len(gram) * grams[gram], plain.find(gram)))
    return list(dict.fromkeys([*ranked, *quoted, *listed, *latin]))


def _is_maximal(gram: str, count: int, grams: Counter[str]) -> bool:
    return not any(len(other) > len(gram) and grams[other] == count and gram in other for other in grams)


def _stands_alone(gram: str, plain: str) -> bool:
    """Say whether a run of characters once begins and once ends beside a mark or a function word: so it is a word."""
    begins = re.search(rf"(?:^|{FUNCTION_CHINESE}){gram}", plain)
    return bool(begins) and bool(re.search(rf"{gram}(?:$|{FUNCTION_CHINESE})", plain))


def count_shared_run(first: tuple[str, ...], second: tuple[str, ...]) -> int:
    """Return the length of the longest common subsequence of two token sequences (bit-parallel: fast for short texts).

    Source: Hyyrö 2004, "Bit-parallel LCS-length computation revisited".
    """
    places: dict[str, int] = {}
    for place, token in enumerate(first):
        places[token] = places.get(token, 0) | 1 << place
    rows = (1 << len(first)) - 1
    everything = rows
    for token in second:
        matched = rows & places.get(token, 0)
        rows = ((rows + matched) | (rows - matched)) & everything
    return len(first) - rows.bit_count()

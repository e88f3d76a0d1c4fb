"""Constraints that something is added for: bold terms, capitals, a title, first and last words, a wrapping.

Promise: what is added is the response's own terms or fixed wording without a fact; fenced code is never touched.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from evaluators.verifiers.case import count_capital_words
from evaluators.verifiers.layout import count_bold
from evaluators.verifiers.wording import join_quoted
from evaluators.verifiers.words import count_term
from generator.backends.embedded.constraint_draft import Change, Draft, Offer
from generator.backends.embedded.constraint_phrases import (
    CLOSINGS,
    HEADER_KEYS,
    OPENINGS,
    POSTSCRIPT_MARKERS,
    POSTSCRIPTS,
    QUOTATION_MARKS,
    TAGS,
    TITLE_MARKS,
)

MARK_STAGE, FRAME_STAGE, CASE_STAGE, WRAP_STAGE = 2, 3, 4, 5
MIN_FRAMED = 15  # words: a shorter text bears no title, opening or postscript
MAX_CASED = 120  # words that are still readable in one case
MAX_QUOTED = 150  # words
MAX_MARKED = 4  # terms set off

_FIRST_TITLE = re.compile(r"(?:#{1,6}[ \t]+([^\n#*]+)|\*\*([^*\n]+?)[:：]?\*\*[:：]?|《([^》\n]+)》)(?=\n)")
_STARTS_ANEW = re.compile(r"[-*•|#`~>《<]|[0-9]{1,3}[.)]")
_CASED_SENSE = re.compile(r"[a-z][A-Z]|[A-Z]{2}|[A-Za-z][0-9]|[0-9]\s?[a-zµ°]|\b[A-Z]\b(?<!\bI)(?<!\bA)")


def mark_terms(draft: Draft, rng: Random, mark: Callable[[str], str]) -> Change | None:
    """Return the response with the first place of two to four terms marked."""
    if draft.fragile or len(draft.terms) < 2 or draft.words < MIN_FRAMED:
        return None
    lines = draft.text.split("\n")
    chosen = draft.terms[: rng.randint(2, min(MAX_MARKED, len(draft.terms)))]
    marked = 0
    for term in chosen:
        pattern = re.compile(re.escape(term) if draft.chinese else rf"\b{term}\b")
        for index, line in enumerate(lines):
            if "*" not in line.removeprefix("* ") and "|" not in line and "#" not in line and pattern.search(line):
                lines[index] = pattern.sub(lambda match: mark(match[0]), line, count=1)
                marked += 1
                break
    return ("\n".join(lines), {"count": marked}) if marked else None


def set_bold(draft: Draft, rng: Random) -> Change | None:
    """Terms in bold: those there are, or some more."""
    count = count_bold(draft.text)
    if count:
        return draft.text, {"count": count}
    return mark_terms(draft, rng, lambda term: f"**{term}**")


def set_capitals(draft: Draft, rng: Random) -> Change | None:
    """Words in capitals: those there are, or some terms made so."""
    count = count_capital_words(draft.text)
    if count > 1:
        return draft.text, {"count": min(count, MAX_MARKED)}
    return mark_terms(draft, rng, str.upper)


def add_title(draft: Draft, _rng: Random) -> Change | None:
    """A title: the one there is in the marks asked for, or one made of the foremost terms."""
    marks = TITLE_MARKS[draft.language]
    opening, closing = marks[: len(marks) // 2], marks[len(marks) // 2 :]
    if draft.words < MIN_FRAMED or draft.letter:
        return None
    text = draft.text.lstrip()
    if own := _FIRST_TITLE.match(text):
        title = (own[1] or own[2] or own[3]).strip()
        return f"{opening}{title}{closing}{text[own.end() :]}", {"marks": marks}
    if not draft.terms:
        return None
    joiner = "与" if draft.chinese else " and "
    often = [term for term in draft.terms[:2] if count_term(term, text) > 1] or draft.terms[:1]
    title = joiner.join(term[:1].upper() + term[1:] for term in often)
    return f"{opening}{title}{closing}\n\n{text}", {"marks": marks}


def add_opening(draft: Draft, rng: Random) -> Change | None:
    """Fixed first words."""
    if draft.words < MIN_FRAMED or draft.letter:
        return None
    phrase = rng.choice(OPENINGS[draft.language])
    text = draft.text.lstrip()
    anew = _STARTS_ANEW.match(text) or text.split("\n", 1)[0].rstrip().endswith((":", "："))
    glue = "\n\n" if anew else "" if draft.chinese else " "
    return f"{phrase}{glue}{text}", {"text": phrase}


def add_closing(draft: Draft, rng: Random) -> Change | None:
    """Fixed last words."""
    if draft.words < MIN_FRAMED or draft.letter:
        return None
    phrase = rng.choice(CLOSINGS[draft.language])
    glue = ("" if draft.chinese else " ") if draft.plain and len(draft.paragraphs) == 1 else "\n\n"
    return f"{draft.text.rstrip()}{glue}{phrase}", {"text": phrase}


def add_postscript(draft: Draft, rng: Random) -> Change | None:
    """A postscript that names the foremost terms."""
    if len(draft.terms) < 2 or draft.words < MIN_FRAMED:
        return None
    marker = rng.choice(POSTSCRIPT_MARKERS[draft.language])
    terms = join_quoted(draft.terms[: rng.randint(2, 3)], "和" if draft.chinese else "and")
    sentence = rng.choice(POSTSCRIPTS[draft.language]).format(terms=terms)
    glue = "" if draft.chinese else " "
    return f"{draft.text.rstrip()}\n\n{marker}{glue}{sentence}", {"marker": marker}


def add_header(draft: Draft, _rng: Random) -> Change | None:
    """Labelled lines: topic and keywords above a text, the answer's label before a short one."""
    topic, keywords, answer = HEADER_KEYS[draft.language]
    colon, comma = ("：", "、") if draft.chinese else (": ", ", ")
    if draft.scope == "tiny":
        return (f"{answer}{colon}{draft.text.strip()}", {"keys": [answer]}) if "\n" not in draft.text.strip() else None
    if len(draft.terms) < 3 or draft.words < MIN_FRAMED or draft.letter:
        return None
    head = f"{topic}{colon}{draft.terms[0]}\n{keywords}{colon}{comma.join(draft.terms[:3])}"
    return f"{head}\n\n{draft.text.lstrip()}", {"keys": [topic, keywords]}


def make_lowercase(draft: Draft, _rng: Random) -> Change | None:
    """Small letters alone, where no capital has a meaning of its own."""
    free = not draft.fragile and draft.words <= MAX_CASED and not _CASED_SENSE.search(draft.text)
    return (draft.text.lower(), {}) if free else None


def make_uppercase(draft: Draft, _rng: Random) -> Change | None:
    """Capitals alone, where no small letter has a meaning of its own."""
    free = not draft.fragile and draft.words <= MAX_CASED and not _CASED_SENSE.search(draft.text)
    return (draft.text.upper(), {}) if free else None


def add_quotes(draft: Draft, rng: Random) -> Change | None:
    """Quotation marks around the whole."""
    marks = rng.choice(QUOTATION_MARKS[draft.language])
    if not draft.prose or draft.words > MAX_QUOTED or any(mark in draft.text for mark in marks):
        return None
    return f"{marks[0]}{draft.text.strip()}{marks[1]}", {"marks": marks}


def add_tags(draft: Draft, rng: Random) -> Change | None:
    """A pair of tags around the whole."""
    tag = rng.choice(TAGS)
    glue = "" if draft.scope == "tiny" else "\n"
    return f"<{tag}>{glue}{draft.text.strip()}{glue}</{tag}>", {"tag": tag}


FRAMES: dict[str, Offer] = {
    "bold_terms": Offer(set_bold, MARK_STAGE, 0.7),
    "uppercase_words": Offer(set_capitals, MARK_STAGE, 0.5, languages=("en",)),
    "title": Offer(add_title, FRAME_STAGE, 0.6),
    "starts_with": Offer(add_opening, FRAME_STAGE, 0.6),
    "ends_with": Offer(add_closing, FRAME_STAGE, 0.5),
    "postscript": Offer(add_postscript, FRAME_STAGE, 0.5),
    "key_value_lines": Offer(add_header, FRAME_STAGE, 0.5, scopes=("free", "tiny")),
    "all_lowercase": Offer(make_lowercase, CASE_STAGE, 0.8, languages=("en",), scopes=("free", "tiny")),
    "all_uppercase": Offer(make_uppercase, CASE_STAGE, 0.8, languages=("en",), scopes=("free", "tiny")),
    "quoted": Offer(add_quotes, WRAP_STAGE, 1, scopes=("free", "tiny", "foreign")),
    "tags": Offer(add_tags, WRAP_STAGE, 0.4, scopes=("free", "tiny", "foreign", "strict")),
}

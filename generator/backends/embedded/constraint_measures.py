"""Constraints that a response meets as it is: bounds around its measures, its own terms, and what it does without.

Promise: nothing here changes the response.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from evaluators.verifiers.segment import count_words, find_lines, read_code_blocks
from evaluators.verifiers.structure import count_placeholders
from evaluators.verifiers.words import count_term, has_term, is_in_script, opens_differently
from generator.backends.embedded.constraint_draft import Change, Draft, Offer, Step
from generator.backends.embedded.constraint_phrases import FILLERS, MARKS

MEASURE_STAGE = 9
MAX_REQUIRED = 3
MIN_PROSE = 20  # words: with fewer, what a text does without is chance
MAX_LINE = 20  # words of a line in verse or a list; longer lines are paragraphs


def pick_step(size: int) -> int:
    """Return the round number that bounds on a size are multiples of."""
    return 5 if size < 60 else 10 if size < 200 else 50


def round_up(size: int, rng: Random) -> int:
    """Return a round bound at or above the size, at most two steps away."""
    step = pick_step(size)
    return (-(-size // step) + rng.randrange(2)) * step


def round_down(size: int, rng: Random) -> int:
    """Return a round bound at or below the size, at most two steps away, at least 5."""
    step = pick_step(size)
    return max(size // step - rng.randrange(2), 1) * step


def keep(draft: Draft, holds: bool, **params: Any) -> Change | None:
    """Return the response as it is with the parameters, None where the condition does not hold."""
    return (draft.text, params) if holds else None


def bound_words(draft: Draft, rng: Random) -> Change | None:
    """At least so many words."""
    return keep(draft, draft.words >= MIN_PROSE, count=round_down(draft.words, rng))


def cap_words(draft: Draft, rng: Random) -> Change | None:
    """At most so many words."""
    return keep(draft, not draft.code, count=round_up(draft.words, rng))


def frame_words(draft: Draft, rng: Random) -> Change | None:
    """Between so many and so many words."""
    return keep(draft, draft.words >= MIN_PROSE, min=round_down(draft.words, rng), max=round_up(draft.words, rng))


def cap_characters(draft: Draft, rng: Random) -> Change | None:
    """At most so many characters."""
    return keep(draft, True, count=-(-len(draft.text) // 50) * 50 + 50 * rng.randrange(2))


def count_sentences(draft: Draft, _rng: Random) -> Change | None:
    """Exactly so many sentences."""
    return keep(draft, draft.plain, count=len(draft.sentences))


def bound_sentences(draft: Draft, rng: Random) -> Change | None:
    """At least so many sentences."""
    size = len(draft.sentences)
    return keep(draft, draft.plain and size > 2, count=max(2, size - rng.randrange(2)))


def cap_sentences(draft: Draft, rng: Random) -> Change | None:
    """At most so many sentences."""
    size = len(draft.sentences)
    return keep(draft, draft.plain and size > 0, count=size + rng.randrange(3))


def cap_sentence_words(draft: Draft, _rng: Random) -> Change | None:
    """No sentence longer than so many words."""
    longest = max(map(count_words, draft.sentences), default=0)
    return keep(draft, draft.plain and len(draft.sentences) > 1, count=-(-longest // 5) * 5)


def count_lines(draft: Draft, _rng: Random) -> Change | None:
    """Exactly so many lines, for verse and lists."""
    lines = find_lines(draft.text)
    short = len(lines) > 2 and len(lines) > len(draft.paragraphs) and max(map(count_words, lines)) <= MAX_LINE
    return keep(draft, short and not draft.code, count=len(lines))


def cap_item_words(draft: Draft, _rng: Random) -> Change | None:
    """No list item longer than so many words."""
    longest = max(map(count_words, draft.items), default=0)
    return keep(draft, len(draft.items) > 1, count=-(-longest // 5) * 5)


def require_terms(draft: Draft, rng: Random) -> Change | None:
    """Some of the response's own terms."""
    if len(draft.terms) < 2:
        return None
    size = rng.randint(1, min(MAX_REQUIRED, len(draft.terms)))
    return draft.text, {"words": sorted(rng.sample(draft.terms[:8], min(size, len(draft.terms[:8]))))}


def forbid_words(draft: Draft, rng: Random) -> Change | None:
    """None of some filler words that the response does without."""
    absent = [word for word in FILLERS[draft.language] if not has_term(word, draft.text)]
    if draft.words < MIN_PROSE or len(absent) < MAX_REQUIRED:
        return None
    return draft.text, {"words": rng.sample(absent, rng.randint(2, MAX_REQUIRED))}


def repeat_term(draft: Draft, rng: Random) -> Change | None:
    """A term at least as often as it comes."""
    counts = [(term, count_term(term, draft.text)) for term in draft.terms]
    often = [(term, count) for term, count in counts if count > 1]
    if not often:
        return None
    word, count = rng.choice(often)
    return draft.text, {"word": word, "count": max(2, count - rng.randrange(2))}


def mention(place: int) -> Step:
    """Return a step for a term in the first (0) or last (-1) sentence."""

    def step(draft: Draft, rng: Random) -> Change | None:
        if not (draft.prose and len(draft.sentences) > 1):
            return None
        found = [term for term in draft.terms if has_term(term, draft.sentences[place])]
        return (draft.text, {"word": rng.choice(found)}) if found else None

    return step


def holds_as_is(holds: Callable[[Draft], bool]) -> Step:
    """Return a step for a constraint without parameters that the response must meet already."""
    return lambda draft, _rng: (draft.text, {}) if holds(draft) else None


def forbid_marks(draft: Draft, rng: Random) -> Change | None:
    """None of one or two punctuation marks that the response does without."""
    absent = [group for group in MARKS[draft.language] if not any(mark in draft.text for mark in group)]
    if not absent or draft.words < MIN_PROSE or draft.code:
        return None
    return draft.text, {"marks": list("".join(rng.sample(absent, min(len(absent), rng.randint(1, 2)))))}


def mark_code(draft: Draft, _rng: Random) -> Change | None:
    """A fenced code block of its language."""
    blocks = [block for block in read_code_blocks(draft.text) if block.body.strip()]
    if not blocks:
        return None
    name = next((block.language for block in blocks if block.language), "")
    return draft.text, {"language": name} if name else {}


def count_blanks(draft: Draft, _rng: Random) -> Change | None:
    """Placeholders in square brackets."""
    size = count_placeholders(draft.text)
    return keep(draft, size > 0, count=size)


def write_in_script(draft: Draft, _rng: Random) -> Change | None:
    """Mostly Chinese characters."""
    return keep(draft, is_in_script(draft.text, {"script": "Han"}, ""), script="Han")


MEASURES: dict[str, Offer] = {
    "min_words": Offer(bound_words, MEASURE_STAGE, 0.4),
    "max_words": Offer(cap_words, MEASURE_STAGE, 0.4, scopes=("free", "foreign", "tiny")),
    "word_range": Offer(frame_words, MEASURE_STAGE, 0.4),
    "max_characters": Offer(cap_characters, MEASURE_STAGE, 0.35, scopes=("free", "foreign", "strict")),
    "sentence_count": Offer(count_sentences, MEASURE_STAGE, 2, scopes=("free", "foreign")),
    "min_sentences": Offer(bound_sentences, MEASURE_STAGE, 2),
    "max_sentences": Offer(cap_sentences, MEASURE_STAGE, 2),
    "sentence_max_words": Offer(cap_sentence_words, MEASURE_STAGE, 2),
    "line_count": Offer(count_lines, MEASURE_STAGE, 2, scopes=("free", "foreign", "strict")),
    "list_item_max_words": Offer(cap_item_words, MEASURE_STAGE, 0.8),
    "required_words": Offer(require_terms, MEASURE_STAGE, 0.45),
    "forbidden_words": Offer(forbid_words, MEASURE_STAGE, 0.4),
    "word_frequency": Offer(repeat_term, MEASURE_STAGE, 0.4),
    "opening_mentions": Offer(mention(0), MEASURE_STAGE, 2),
    "closing_mentions": Offer(mention(-1), MEASURE_STAGE, 2),
    "no_commas": Offer(
        holds_as_is(lambda draft: not draft.code and not any(mark in draft.text for mark in ",，、")), MEASURE_STAGE, 4
    ),
    "forbidden_marks": Offer(forbid_marks, MEASURE_STAGE, 0.5),
    "no_digits": Offer(
        holds_as_is(
            lambda draft: draft.words >= MIN_PROSE and not draft.code and not any(map(str.isdigit, draft.text))
        ),
        MEASURE_STAGE,
    ),
    "distinct_openings": Offer(
        holds_as_is(lambda draft: draft.plain and len(draft.sentences) > 2 and opens_differently(draft.text, {}, "")),
        MEASURE_STAGE, 4,
    ),
    "no_repeated_sentences": Offer(
        holds_as_is(lambda draft: draft.plain and len(draft.sentences) > 3), MEASURE_STAGE, 1.5
    ),
    "prose_only": Offer(holds_as_is(lambda draft: draft.prose and len(draft.sentences) > 2), MEASURE_STAGE, 1.5),
    "placeholders": Offer(count_blanks, MEASURE_STAGE, 4),
    "code_block": Offer(mark_code, MEASURE_STAGE, 0.8, scopes=("free", "foreign", "strict")),
    "script": Offer(write_in_script, MEASURE_STAGE, 0.3, languages=("zh",)),
}  # fmt: skip

"""Chains of steps on a text: select, measure, combine. Code knows the result of every step.

Each function returns a chain on the sentences or the words of a text, or None where the text does not fit. `where` says
in words which text it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from evaluators.verifiers.segment import count_words, find_words
from evaluators.verifiers.words import count_term
from generator.backends.embedded import text
from generator.backends.embedded.voice import Voice

MIN_WORDS, MAX_WORDS = 3, 14  # words that a chain on words works on
MIN_CLAUSES, MAX_CLAUSES = 2, 9
_UNCLEAR = re.compile(r"[`|{}<>=_\\/#*]|[A-Za-z][0-9]|[0-9][A-Za-z]")  # by which it is not plain what a word is
_CLAUSE_END = re.compile(r"[，、；：。？！“”（）《》]+")


@dataclass(frozen=True, slots=True)
class Chain:
    """Steps, the result of each, and what the last one gives."""

    steps: tuple[str, ...]
    results: tuple[str, ...]
    what: str
    answer: str


def show(values: Sequence[object]) -> str:
    """Return the values as a list."""
    return ", ".join(map(str, values))


def show_sum(sizes: Sequence[int]) -> str:
    """Return the sum with its terms; a single term is just itself."""
    return f"{' + '.join(map(str, sizes))} = {sum(sizes)}" if len(sizes) > 1 else str(sum(sizes))


def chain_span(sentences: Sequence[str], where: str, voice: Voice) -> Chain | None:
    """How many words lie between the longest and the shortest sentence."""
    sizes = [count_words(each) for each in sentences]
    return subtract_extremes(voice.say("step_sizes", where=where), sizes, voice)


def subtract_extremes(step: str, sizes: Sequence[int], voice: Voice) -> Chain | None:
    """Return the chain that takes the smallest size from the largest."""
    longest, shortest = max(sizes), min(sizes)
    steps = (step, voice.say("step_extremes"), voice.say("step_subtract"))
    results = (
        show(sizes), voice.say("show_extremes", longest=longest, shortest=shortest),
        f"{longest} − {shortest} = {longest - shortest}",
    )  # fmt: skip
    return Chain(steps, results, "what_number", str(longest - shortest)) if longest > shortest else None


def chain_kept(sentences: Sequence[str], where: str, voice: Voice) -> Chain | None:
    """How many words the longer sentences have together."""
    return add_kept(voice.say("step_sizes", where=where), [count_words(each) for each in sentences], voice)


def add_kept(step: str, sizes: Sequence[int], voice: Voice) -> Chain | None:
    """Return the chain that adds up the sizes above a limit."""
    limits = sorted(set(sizes))[:-1]
    if not limits:
        return None
    limit = voice.rng.choice(limits)
    kept = [size for size in sizes if size > limit]
    steps = (step, voice.say("step_keep", limit=limit), voice.say("step_add"))
    return Chain(steps, (show(sizes), show(kept), show_sum(kept)), "what_number", str(sum(kept)))


def chain_term(sentences: Sequence[str], where: str, voice: Voice) -> Chain | None:
    """How many words the sentences have that mention a term."""
    joined = "\n".join(sentences)
    terms = [term for term in text.find_terms(joined, voice.language)[:10] if count_term(term, joined)]
    places = {term: [i for i, each in enumerate(sentences) if count_term(term, each)] for term in terms}
    usable = [term for term in terms if 0 < len(places[term]) < len(sentences)]
    if not usable:
        return None
    term = voice.rng.choice(usable)
    sizes = [count_words(sentences[place]) for place in places[term]]
    steps = (
        voice.say("step_with_term", where=where, term=voice.quote([term])), voice.say("step_sizes_of_these"),
        voice.say("step_add"),
    )  # fmt: skip
    found = voice.say("show_places", numbers=show([place + 1 for place in places[term]]))
    return Chain(steps, (found, show(sizes), show_sum(sizes)), "what_number", str(sum(sizes)))


def chain_ends(sentences: Sequence[str], where: str, voice: Voice) -> Chain | None:
    """The difference of the first and the last sentence in words, times the number of sentences."""
    first, last = count_words(sentences[0]), count_words(sentences[-1])
    gap = abs(first - last)
    steps = (voice.say("step_first_last", where=where), voice.say("step_difference"), voice.say("step_multiply"))
    results = (f"{first}, {last}", str(gap), f"{gap} × {len(sentences)} = {gap * len(sentences)}")
    return Chain(steps, results, "what_number", str(gap * len(sentences))) if gap else None


SENTENCE_CHAINS = (chain_span, chain_kept, chain_term, chain_ends)


def chain_words(source: str, where: str, voice: Voice) -> Chain | None:
    """Something about those words of a short English text that have a property."""
    if voice.chinese or _UNCLEAR.search(source):
        return None
    words = list(dict.fromkeys(word.lower() for word in find_words(source) if word.isascii() and word.isalpha()))
    select, kept = select_words(words, where, voice)
    if not MIN_WORDS <= len(kept) <= MAX_WORDS:
        return None
    ordered = sorted(kept)
    way = voice.rng.randrange(3)
    if way == 0:
        sizes = [len(word) for word in kept]
        steps = (select, voice.say("step_letters_of_each"), voice.say("step_add"))
        return Chain(steps, (show(kept), show(sizes), show_sum(sizes)), "what_number", str(sum(sizes)))
    if way == 1:
        initials = "".join(word[0].upper() for word in ordered)
        steps = (select, voice.say("step_sort"), voice.say("step_initials"))
        return Chain(steps, (show(kept), show(ordered), initials), "what_letters_joined", initials)
    place = voice.rng.choice((1, 2, 3, len(kept)))
    ordinal = voice.say("ordinal_last") if place == len(kept) else voice.say(f"ordinal_{place}")
    steps = (select, voice.say("step_sort"), voice.say("step_take", ordinal=ordinal))
    return Chain(steps, (show(kept), show(ordered), ordered[place - 1]), "what_word", ordered[place - 1])


def select_words(words: Sequence[str], where: str, voice: Voice) -> tuple[str, list[str]]:
    """Return the step that selects words by a property that is drawn, and the words."""
    way = voice.rng.randrange(3)
    letter = voice.rng.choice("aeinorst")
    if way == 0:
        limit = voice.rng.randint(4, 6)
        return voice.say("step_long_words", where=where, limit=limit), [word for word in words if len(word) >= limit]
    if way == 1:
        return voice.say("step_words_with", where=where, letter=letter), [word for word in words if letter in word]
    return voice.say("step_words_without", where=where, letter=letter), [word for word in words if letter not in word]


def chain_clauses(source: str, where: str, voice: Voice) -> Chain | None:
    """Something about the lengths of the parts between the marks of a Chinese text."""
    parts = [part for part in _CLAUSE_END.split(source.strip()) if part.strip()]
    plain = voice.chinese and not _UNCLEAR.search(source) and text.is_countable(source, "zh")
    if not plain or not MIN_CLAUSES <= len(parts) <= MAX_CLAUSES:
        return None
    step = voice.say("step_clauses", where=where)
    combine = voice.rng.choice((subtract_extremes, add_kept))
    return combine(step, [count_words(part) for part in parts], voice)


def chain_compare(first: tuple[str, str], second: tuple[str, str], voice: Voice) -> Chain | None:
    """How much two texts, each with what it is called, differ in length, and whether that is even or odd."""
    if not all(text.is_countable(source, voice.language) and source for source, _ in (first, second)):
        return None
    sizes = [count_words(source) for source, _ in (first, second)]
    gap = abs(sizes[0] - sizes[1])
    steps = [voice.say("step_two_sizes", first=first[1], second=second[1]), voice.say("step_difference")]
    results = [show(sizes), f"{max(sizes)} − {min(sizes)} = {gap}"]
    if voice.times(0.5):
        steps.append(voice.say("step_double"))
        results.append(f"{gap} × 2 = {2 * gap}")
        return Chain(tuple(steps), tuple(results), "what_number", str(2 * gap))
    even, odd = voice.say("even"), voice.say("odd")
    answer = odd if gap % 2 else even
    steps.append(voice.say("step_parity", even=even, odd=odd))
    return Chain(tuple(steps), (*results, answer), "what_word", answer)

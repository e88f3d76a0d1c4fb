"""Computed tasks on sentences: compare them, label them by a stated rule, find or restore a term.

Each function returns a question on a piece of the source, or None where the source has no piece that fits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from evaluators.verifiers.segment import count_words
from evaluators.verifiers.words import count_term
from generator.backends.embedded.ask_text import show_counts, take_window
from generator.backends.embedded.question import Question, Source, answer_exactly
from generator.backends.embedded.voice import Voice

_DIGIT = re.compile(r"[0-9]")


def number_lines(sentences: list[str]) -> str:
    """Return the sentences with their numbers in brackets, one a line."""
    return "\n".join(f"({index}) {sentence}" for index, sentence in enumerate(sentences, 1))


def ask_extreme_sentence(pick: Callable[[list[int]], int], key: str) -> Callable[[Source, Voice], Question | None]:
    """Return the question for the longest or shortest of numbered sentences."""

    def _ask(source: Source, voice: Voice) -> Question | None:
        window = take_window(source, voice, 3, 7, counted=True)
        if not window:
            return None
        counts = [count_words(sentence) for sentence in window]
        index = counts.index(pick(counts)) + 1
        work = show_counts(window, voice)
        return answer_exactly("form_numbered", number_lines(window), voice.say(key), "what_index", str(index), work)

    return _ask


def ask_sort_sentences(source: Source, voice: Voice) -> Question | None:
    """In which order numbered sentences come by length."""
    window = take_window(source, voice, 3, 5, counted=True)
    counts = [count_words(sentence) for sentence in window]
    if not window or len(set(counts)) < 2:
        return None
    order = sorted(range(len(window)), key=lambda place: counts[place])
    answer = ", ".join(str(place + 1) for place in order)
    work = show_counts(window, voice)
    return answer_exactly(
        "form_numbered", number_lines(window), voice.say("sort_sentences"), "what_indices", answer, work
    )  # fmt: skip


def ask_sentences_with_term(source: Source, voice: Voice) -> Question | None:
    """Which of numbered sentences contain a term."""
    window = take_window(source, voice, 3, 7)
    found = {term: [i for i, each in enumerate(window, 1) if count_term(term, each)] for term in source.terms[:10]}
    usable = [term for term, places in found.items() if 0 < len(places) < len(window)]
    if not usable:
        return None
    term = voice.rng.choice(usable)
    ask = voice.say("sentences_with_term", term=voice.quote([term]))
    answer = ", ".join(map(str, found[term]))
    return answer_exactly("form_numbered", number_lines(window), ask, "what_indices", answer)


def label(window: list[str], labels: list[str], ask: str, work: list[str]) -> Question | None:
    """Return the question that labels answer, one a sentence; None where all are the same."""
    if len(set(labels)) < 2:
        return None
    return answer_exactly("form_numbered", number_lines(window), ask, "what_labels", ", ".join(labels), work)


def ask_label_lengths(source: Source, voice: Voice) -> Question | None:
    """Which of numbered sentences are long, by a limit."""
    window = take_window(source, voice, 3, 6, counted=True)
    counts = sorted(count_words(sentence) for sentence in window)
    if not window or counts[0] == counts[-1]:
        return None
    limit = voice.rng.choice(sorted({(low + high) // 2 for low, high in pairwise(counts)}))
    long, short = voice.say("long"), voice.say("short")
    labels = [long if count_words(sentence) > limit else short for sentence in window]
    return label(
        window, labels, voice.say("label_lengths", long=long, short=short, limit=limit), show_counts(window, voice)
    )


def ask_label_term(source: Source, voice: Voice) -> Question | None:
    """Which of numbered sentences have a term, as yes or no."""
    window = take_window(source, voice, 3, 6)
    terms = [term for term in source.terms[:10] if any(count_term(term, sentence) for sentence in window)]
    if not terms:
        return None
    term = voice.rng.choice(terms)
    yes, no = voice.say("yes"), voice.say("no")
    labels = [yes if count_term(term, sentence) else no for sentence in window]
    return label(window, labels, voice.say("label_term", yes=yes, no=no, term=voice.quote([term])), [])


def ask_label_digits(source: Source, voice: Voice) -> Question | None:
    """Which of numbered sentences have a digit, as yes or no."""
    window = take_window(source, voice, 3, 6)
    yes, no = voice.say("yes"), voice.say("no")
    labels = [yes if _DIGIT.search(sentence) else no for sentence in window]
    return label(window, labels, voice.say("label_digits", yes=yes, no=no), []) if window else None


def ask_mentions(source: Source, voice: Voice) -> Question | None:
    """Which of some terms a passage mentions; the others are from the rest of the same text."""
    window = take_window(source, voice, 2, 4)
    material = voice.join(window)
    present = [term for term in source.terms if count_term(term, material)][:8]
    absent = [term for term in source.terms if not count_term(term, material)][:8]
    if not present or not absent:
        return None
    terms = [*voice.draw(present, 1, 3), *voice.draw(absent, 1, 2)]
    voice.rng.shuffle(terms)
    yes, no = voice.say("yes"), voice.say("no")
    labels = [yes if count_term(term, material) else no for term in terms]
    ask = voice.say("mentions", terms=voice.quote(terms), yes=yes, no=no)
    return answer_exactly("form_passage", material, ask, "what_labels", ", ".join(labels))


def ask_first_mention(source: Source, voice: Voice) -> Question | None:
    """Which of some terms comes first in a passage."""
    window = take_window(source, voice, 2, 5)
    material = voice.join(window)
    folded = material.casefold()
    terms = [term for term in source.terms[:12] if count_term(term, material) == folded.count(term.casefold()) > 0]
    if len(terms) < 3:
        return None
    chosen = voice.draw(terms, 3, 4)
    voice.rng.shuffle(chosen)
    first = min(chosen, key=lambda term: folded.index(term.casefold()))
    if len({folded.index(term.casefold()) for term in chosen}) < len(chosen):
        return None
    ask = voice.say("first_mention", terms=voice.quote(chosen))
    return answer_exactly("form_passage", material, ask, "what_word", first)


def ask_gap(source: Source, voice: Voice) -> Question | None:
    """Which of some expressions was taken out of a sentence; the others are from the same text."""
    sentences = [each for each in source.sentences if "____" not in each]
    if not sentences:
        return None
    sentence = voice.rng.choice(sentences)
    inside = [term for term in source.terms[:16] if sentence.count(term) == count_term(term, sentence) == 1]
    if not inside:
        return None
    term = voice.rng.choice(inside)
    alike = [other for other in source.terms if not count_term(other, sentence) and is_alike(term, other)]
    if len(alike) < 2:
        return None
    options = [term, *voice.draw(alike[:6], 2, 3)]
    voice.rng.shuffle(options)
    ask = voice.say("choose_gap", options=voice.quote(options, "or"))
    gapped = sentence.replace(term, "____", 1)
    work = [voice.say("work_gap", sentence=sentence)]
    return replace(answer_exactly("form_gap", gapped, ask, "what_word", term, work), show="show_sentence")


def is_alike(term: str, other: str) -> bool:
    """Say whether two terms have about the same shape, so that neither stands out among the options."""
    if not term.isascii():
        return not other.isascii() and term not in other and other not in term and abs(len(term) - len(other)) <= 2
    endings = ("ing", "ed", "ly", "s")
    shape = [next((end for end in endings if word.lower().endswith(end)), "") for word in (term, other)]
    return other.isascii() and shape[0] == shape[1] and term[0].isupper() == other[0].isupper()


SENTENCE_QUESTIONS: dict[str, Callable[[Source, Voice], Question | None]] = {
    "longest_sentence": ask_extreme_sentence(max, "longest_sentence"),
    "shortest_sentence": ask_extreme_sentence(min, "shortest_sentence"),
    "sort_sentences": ask_sort_sentences,
    "sentences_with_term": ask_sentences_with_term,
    "label_lengths": ask_label_lengths,
    "label_term": ask_label_term,
    "label_digits": ask_label_digits,
    "mentions": ask_mentions,
    "first_mention": ask_first_mention,
    "gap": ask_gap,
}

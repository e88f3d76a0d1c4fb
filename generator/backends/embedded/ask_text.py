"""Computed tasks on running text: counting its words, and finding, sorting and combining its figures.

Each function returns a question on a piece of the source, or None where the source has no piece that fits.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from evaluators.verifiers.arithmetic import find_numbers
from evaluators.verifiers.segment import count_words, find_words
from evaluators.verifiers.words import count_term
from generator.backends.embedded.question import Question, Source, answer_computed
from generator.backends.embedded.text import is_countable
from generator.backends.embedded.voice import Voice

MIN_COUNTED, MAX_COUNTED = 10, 60  # words whose repetitions are to be found
MIN_NUMBERS, MAX_NUMBERS = 3, 12
# Signs that make it unclear what the number is: ranges, dates, powers, codes.
_UNCLEAR_NUMBER = re.compile(r"\d[-/:–~～^²³⁰-⁹×A-Za-z_]|[-–/:_A-Za-z~～^]\d|\d\s?,\s?\d|\d\.\s|[①-⑳]")


def take_window(source: Source, voice: Voice, low: int, high: int, *, counted: bool = False) -> list[str]:
    """Return between `low` and `high` sentences that follow one another; [] where there are too few.

    `counted`: only sentences whose words everybody would count alike.
    """
    sentences = [each for each in source.sentences if not counted or is_countable(each, source.language)]
    if len(sentences) < low:
        return []
    size = voice.rng.randint(low, min(high, len(sentences)))
    first = voice.rng.randrange(len(sentences) - size + 1)
    return list(sentences[first : first + size])


def show_counts(sentences: list[str], voice: Voice) -> list[str]:
    """Return the working of a count of words: one line a sentence."""
    return [
        voice.say("work_sentence", index=index, count=count_words(sentence))
        for index, sentence in enumerate(sentences, 1)
    ]


def ask_count_words(source: Source, voice: Voice) -> Question | None:
    """How many words a passage has."""
    window = take_window(source, voice, 2, 5, counted=True)
    material = voice.join(window)
    counts = [count_words(sentence) for sentence in window]
    if not window or sum(counts) != count_words(material):
        return None
    work = [*show_counts(window, voice), voice.say("work_sum", terms=" + ".join(map(str, counts)), total=sum(counts))]
    ask = voice.join([voice.say("count_words"), voice.say("count_words_note")])
    return answer_computed("form_passage", material, "count_words", ask, "what_number", work)


def ask_unique_words(source: Source, voice: Voice) -> Question | None:
    """How many different words a passage has."""
    window = take_window(source, voice, 1, 2, counted=True)
    material = voice.join(window)
    words = Counter(word.casefold() for word in find_words(material))
    repeats = ", ".join(f"{word} ({count})" for word, count in words.items() if count > 1)
    if not MIN_COUNTED <= words.total() <= MAX_COUNTED:
        return None
    work = (
        voice.say("work_repeats", total=words.total(), repeats=repeats)
        if repeats
        else voice.say("work_no_repeats", total=words.total())
    )
    return answer_computed(
        "form_passage", material, "count_unique_words", voice.say("count_unique_words"), "what_number", [work]
    )


def ask_occurrences(source: Source, voice: Voice) -> Question | None:
    """How often a term occurs in numbered sentences."""
    window = take_window(source, voice, 3, 7)
    material = voice.join(window)
    terms = [term for term in source.terms[:10] if count_term(term, material) > 1] or [
        term for term in source.terms[:6] if count_term(term, material)
    ]
    if not window or not terms:
        return None
    term = voice.rng.choice(terms)
    places = voice.join([f"“{sentence}”" for sentence in window if count_term(term, sentence)])
    ask = voice.say("count_occurrences", term=voice.quote([term]))
    work = [voice.say("work_found", where=places)]
    return answer_computed("form_passage", material, "count_occurrences", ask, "what_number", work, term=term)


def take_numbers(source: Source, voice: Voice) -> tuple[str, list[str]] | None:
    """Return a passage and its numbers, where there are some and each of them is plainly one."""
    window = take_window(source, voice, 1, 5)
    material = voice.join(window)
    numbers = find_numbers(material)
    clear = not _UNCLEAR_NUMBER.search(material)
    return (material, numbers) if clear and MIN_NUMBERS <= len(numbers) <= MAX_NUMBERS else None


def ask_extract_numbers(source: Source, voice: Voice) -> Question | None:
    """Which numbers a passage gives."""
    taken = take_numbers(source, voice)
    if taken is None:
        return None
    return answer_computed(
        "form_passage", taken[0], "extract_numbers", voice.say("extract_numbers"), "what_numbers"
    )  # fmt: skip


def ask_on_numbers(operation: str, what: str) -> Callable[[Source, Voice], Question | None]:
    """Return the question that an operation on all numbers of a passage answers."""

    def _ask(source: Source, voice: Voice) -> Question | None:
        taken = take_numbers(source, voice)
        if taken is None:
            return None
        work = [voice.say("work_numbers", numbers=", ".join(taken[1]))]
        question = answer_computed("form_passage", taken[0], operation, voice.say(operation), what, work)
        if question is None or operation not in ("sum_numbers", "range_of_numbers"):
            return question
        plain = [number.replace(",", "") for number in taken[1]]
        values = sorted(plain, key=float)
        line = (
            voice.say("work_sum_numbers", terms=" + ".join(plain), total=question.answer)
            if operation == "sum_numbers"
            else voice.say("work_range", largest=values[-1], smallest=values[0], total=question.answer)
        )
        return answer_computed("form_passage", taken[0], operation, question.ask, what, [*work, line])

    return _ask


TEXT_QUESTIONS: dict[str, Callable[[Source, Voice], Question | None]] = {
    "count_words": ask_count_words,
    "unique_words": ask_unique_words,
    "occurrences": ask_occurrences,
    "extract_numbers": ask_extract_numbers,
    "sum_numbers": ask_on_numbers("sum_numbers", "what_number"),
    "sort_numbers": ask_on_numbers("sort_numbers", "what_numbers"),
    "max_number": ask_on_numbers("max_number", "what_number"),
    "range_of_numbers": ask_on_numbers("range_of_numbers", "what_number"),
}

"""Increases the reasoning of a task by rules: after the answer, a chain of steps whose result code computes.

The chain works on the task's own texts (the answer, the input, or the request): it selects, measures and combines, so
that each step needs the one before. Or the request depends on a condition that has to be tested on the input first.

Source: the operator of Xu et al. 2023 (WizardLM, arXiv:2304.12244), section 3.2.
Deviations: the steps are spelt out, since only so can code know the result for certain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evaluators.verifiers import segment
from evaluators.verifiers.words import count_term
from generator.backends.embedded import text
from generator.backends.embedded.compose import open_request
from generator.backends.embedded.plan import Plan, Task
from generator.backends.embedded.voice import Voice
from generator.types import Check

MIN_CHAINED, MAX_CHAINED = 3, 9  # sentences that a chain works on
MIN_WORDS = 4  # words that a chain on words works on
_UNCLEAR = re.compile(r"[`|{}<>=_\\/#*]")  # marks by which it is not plain what a word is


@dataclass(frozen=True, slots=True)
class Chain:
    """Steps, the result of each, and what the last one gives."""

    steps: tuple[str, ...]
    results: tuple[str, ...]
    what: str
    answer: str


def find_passage(source: str, language: str) -> tuple[str, ...]:
    """Return the sentences of a text that is running prose or a list of sentences as a whole; else none."""
    whole = text.find_sentences(source, language)
    every = segment.find_sentences(source)
    plain = whole == every and not _UNCLEAR.search(source)
    return whole if plain and MIN_CHAINED <= len(whole) <= MAX_CHAINED else ()


def show_sizes(sizes: Sequence[int]) -> str:
    """Return the sizes as a list."""
    return ", ".join(map(str, sizes))


def chain_span(sentences: Sequence[str], where: str, voice: Voice) -> Chain | None:
    """How many words lie between the longest and the shortest sentence."""
    sizes = [segment.count_words(each) for each in sentences]
    longest, shortest = max(sizes), min(sizes)
    steps = (voice.say("step_sizes", where=where), voice.say("step_extremes"), voice.say("step_subtract"))
    results = (
        show_sizes(sizes), voice.say("show_extremes", longest=longest, shortest=shortest),
        f"{longest} − {shortest} = {longest - shortest}",
    )  # fmt: skip
    return Chain(steps, results, "what_number", str(longest - shortest)) if longest > shortest else None


def chain_kept(sentences: Sequence[str], where: str, voice: Voice) -> Chain | None:
    """How many words the longer sentences have together."""
    sizes = [segment.count_words(each) for each in sentences]
    limits = sorted(set(sizes))[:-1]
    if len(limits) < 2:
        return None
    limit = voice.rng.choice(limits)
    kept = [size for size in sizes if size > limit]
    steps = (voice.say("step_sizes", where=where), voice.say("step_keep", limit=limit), voice.say("step_add"))
    results = (show_sizes(sizes), show_sizes(kept), " + ".join(map(str, kept)) + f" = {sum(kept)}")
    return Chain(steps, results, "what_number", str(sum(kept)))


def chain_term(sentences: Sequence[str], where: str, voice: Voice) -> Chain | None:
    """How many words the sentences have that mention a term."""
    joined = " ".join(sentences)
    terms = [term for term in text.find_terms(joined, voice.language)[:10] if count_term(term, joined)]
    places = {term: [i for i, each in enumerate(sentences) if count_term(term, each)] for term in terms}
    usable = [term for term in terms if 0 < len(places[term]) < len(sentences)]
    if not usable:
        return None
    term = voice.rng.choice(usable)
    sizes = [segment.count_words(sentences[place]) for place in places[term]]
    numbers = ", ".join(str(place + 1) for place in places[term])
    steps = (
        voice.say("step_with_term", where=where, term=voice.quote([term])), voice.say("step_sizes_of_these"),
        voice.say("step_add"),
    )  # fmt: skip
    results = (voice.say("show_places", numbers=numbers), show_sizes(sizes), " + ".join(map(str, sizes)) + f" = {sum(sizes)}")
    return Chain(steps, results, "what_number", str(sum(sizes)))


def chain_halves(sentences: Sequence[str], where: str, voice: Voice) -> Chain | None:
    """By how many words the first and the last sentence differ, and how many there are in all."""
    first, last = segment.count_words(sentences[0]), segment.count_words(sentences[-1])
    total = abs(first - last) * len(sentences)
    steps = (
        voice.say("step_first_last", where=where), voice.say("step_difference"),
        voice.say("step_multiply"),
    )  # fmt: skip
    results = (f"{first}, {last}", str(abs(first - last)), f"{abs(first - last)} × {len(sentences)} = {total}")
    return Chain(steps, results, "what_number", str(total)) if first != last else None


SENTENCE_CHAINS = (chain_span, chain_kept, chain_term, chain_halves)


def chain_words(source: str, where: str, voice: Voice) -> Chain | None:
    """Which of the longer words of a short text comes first or last in the alphabet (English only)."""
    words = list(dict.fromkeys(word.lower() for word in segment.find_words(source) if word.isascii() and word.isalpha()))
    limit = voice.rng.randint(4, 6)
    kept = sorted(word for word in words if len(word) >= limit)
    if voice.chinese or _UNCLEAR.search(source) or not MIN_WORDS <= len(kept) <= 14:
        return None
    place = voice.rng.choice((1, 2, 3, len(kept)))
    ordinal = voice.say("ordinal_last") if place == len(kept) else voice.say(f"ordinal_{place}")
    steps = (
        voice.say("step_words", where=where, limit=limit), voice.say("step_sort"),
        voice.say("step_take", ordinal=ordinal),
    )  # fmt: skip
    found = [word for word in words if word in kept]
    return Chain(steps, (", ".join(found), ", ".join(kept), kept[place - 1]), "what_word", kept[place - 1])


def chain_lengths(source: str, where: str, voice: Voice) -> Chain | None:
    """A sum over the lengths in words (Chinese: characters) of the terms of a short text."""
    terms = [term for term in text.find_terms(source, voice.language)[:8] if term.isalnum()]
    chosen = voice.draw(terms, 3, 5)
    if len(chosen) < 3 or not where:
        return None
    sizes = [len(term) for term in chosen]
    steps = (
        voice.say("step_letters", terms=voice.quote(chosen)), voice.say("step_drop_smallest"), voice.say("step_add"),
    )  # fmt: skip
    smallest = sizes.index(min(sizes))
    kept = [size for place, size in enumerate(sizes) if place != smallest]
    results = (show_sizes(sizes), show_sizes(kept), " + ".join(map(str, kept)) + f" = {sum(kept)}")
    return Chain(steps, results, "what_number", str(sum(kept)))


def draw_chain(root: Task, voice: Voice) -> Chain | None:
    """Return a chain on the answer, the input or the request, the first that can be had in a drawn order."""
    options: list[Callable[[], Chain | None]] = []
    for source, where in ((root.response, "your_answer"), (root.input, "the_input")):
        sentences = find_passage(source, voice.language)
        for make in voice.rng.sample(SENTENCE_CHAINS, len(SENTENCE_CHAINS)) if sentences else ():
            options.append(lambda make=make, sentences=sentences, where=where: make(sentences, voice.say(where), voice))
    voice.rng.shuffle(options)
    options.append(lambda: chain_words(root.instruction, voice.say("the_request"), voice))
    options.append(lambda: chain_lengths(f"{root.response}\n{root.instruction}", voice.say("the_request"), voice))
    return next((chain for make in options if (chain := make()) is not None), None)


def increase_reasoning(root: Task, voice: Voice) -> Plan | None:
    """Ask for the answer and then for the result of a chain of steps, or make the answer depend on a condition."""
    if root.input and voice.times(0.3):
        plan = set_condition(root, voice)
        if plan is not None:
            return plan
    chain = draw_chain(root, voice)
    if chain is None:
        return None
    opening, task_input = open_request(root.instruction, root.input, voice)
    instruction = ask_steps(opening, chain, voice)
    lines = [f"{index}. {result}" for index, result in enumerate(chain.results, 1)]
    answer = f"答案：{chain.answer}" if voice.chinese else f"Answer: {chain.answer}"
    response = "\n\n".join([root.response, "\n".join(lines), answer])
    return Plan(instruction, task_input, response, (Check(kind="exact_answer", params={"answer": chain.answer}),))


def ask_steps(opening: str, chain: Chain, voice: Voice) -> str:
    """Return the instruction: the request, the steps after it as sentences or a list, and the place of the result."""
    lead = voice.say("reasoning_lead")
    closing = voice.join([voice.say("step_results"), voice.say("final", what=voice.say(chain.what))])
    numbers = [f"{index}. {step}" for index, step in enumerate(chain.steps, 1)]
    if voice.times(0.5):
        return "\n".join([opening, "", lead, *numbers, "", closing])
    return voice.join([opening, lead, *chain.steps, closing])


def set_condition(root: Task, voice: Voice) -> Plan | None:
    """Make the answer depend on what the input says: whether it has a term, and more than so many words."""
    terms = [term for term in text.find_terms(root.input, voice.language)[:8] if count_term(term, root.input)]
    size = segment.count_words(root.input)
    if len(terms) < 2 or size < 12 or _UNCLEAR.search(root.input):
        return None
    first, second = voice.draw(terms, 2, 2)
    limit = max(5, size // 2 // 5 * 5)
    met, unmet = voice.say("condition_met"), voice.say("condition_unmet")
    condition = voice.say("condition_both", first=voice.quote([first]), second=voice.quote([second]), limit=limit)
    ask = voice.say("condition_do", condition=condition, met=met, unmet=unmet)
    gap = "" if voice.chinese else " "
    instruction = f"{ask}\n\n{voice.say('task_label')}{gap}{root.instruction}"
    checks = (Check(kind="starts_with", params={"text": met}),)
    return Plan(instruction, root.input, f"{met}\n\n{root.response}", checks)



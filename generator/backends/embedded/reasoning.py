"""Increases the reasoning of a task by rules: after the answer, a chain of steps whose result code computes.

The chain works on the task's own texts (the answer, the input, or the request): it selects, measures and combines, so
that each step needs the one before. Or the request depends on a condition that has to be tested on the input first.

Source: the operator of Xu et al. 2023 (WizardLM, arXiv:2304.12244), section 3.2.
Deviations: the steps are spelt out, since only so can code know the result for certain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

from evaluators.verifiers import segment
from evaluators.verifiers.words import count_term
from generator.backends.embedded import text
from generator.backends.embedded.chains import (
    SENTENCE_CHAINS,
    Chain,
    chain_clauses,
    chain_compare,
    chain_words,
)
from generator.backends.embedded.compose import open_request
from generator.backends.embedded.plan import Plan, Task
from generator.backends.embedded.voice import Voice
from generator.types import Check

MIN_CHAINED, MAX_CHAINED = 3, 9  # sentences that a chain works on
MIN_TESTED = 12  # words of an input that a condition is tested on
CONDITION_SHARE = 0.3  # of the tasks with an input are made to depend on a condition
REQUEST_SHARE = 0.35  # of the chains begin with one on the request
_UNCLEAR = re.compile(r"[`|{}<>=_\\/#*]")  # marks by which it is not plain what a word is

Make = Callable[[], Chain | None]


def find_passage(source: str, language: str) -> tuple[str, ...]:
    """Return the sentences of a text that is running prose or a list of sentences as a whole; else none."""
    whole = text.find_sentences(source, language)
    plain = whole == segment.find_sentences(source) and all(text.is_countable(each, language) for each in whole)
    return whole if plain and MIN_CHAINED <= len(whole) <= MAX_CHAINED else ()


def list_chains(root: Task, voice: Voice) -> Iterator[Chain | None]:
    """Yield chains on the answer and the input, then on the request; now and then one of the latter comes first."""
    on_passages = list_passage_chains(root, voice)
    on_request = list_request_chains(root, voice)
    voice.rng.shuffle(on_passages)
    voice.rng.shuffle(on_request)
    first = [on_request.pop()] if voice.times(REQUEST_SHARE) else []
    for make in [*first, *on_passages, *on_request]:
        yield make()


def list_passage_chains(root: Task, voice: Voice) -> list[Make]:
    """Return the chains on the sentences of the answer and of the input."""
    texts = ((root.response, voice.say("your_answer")), (root.input, voice.say("the_input")))
    passages = [(find_passage(source, voice.language), where) for source, where in texts]
    return [
        partial(make, sentences, where, voice) for sentences, where in passages if sentences for make in SENTENCE_CHAINS
    ]  # fmt: skip


def list_request_chains(root: Task, voice: Voice) -> list[Make]:
    """Return the chains on the words of the request, and on its length beside that of the answer or the input."""
    request = (root.instruction, voice.say("the_request"))
    others = [(root.response, voice.say("your_answer")), (root.input, voice.say("the_input"))]
    compared = [partial(chain_compare, request, other, voice) for other in others if other[0]]
    return [partial(chain_words, *request, voice), partial(chain_clauses, *request, voice), *compared]


def increase_reasoning(root: Task, voice: Voice) -> Plan | None:
    """Ask for the answer and then for the result of a chain of steps, or make the answer depend on a condition."""
    plan = set_condition(root, voice) if root.input and voice.times(CONDITION_SHARE) else None
    if plan is not None:
        return plan
    chain = next((found for found in list_chains(root, voice) if found is not None), None)
    if chain is None:
        return None
    opening, task_input = open_request(root.instruction, root.input, voice)
    lines = [voice.label(voice.say("step_number", index=i), result) for i, result in enumerate(chain.results, 1)]
    answer = f"答案：{chain.answer}" if voice.chinese else f"Answer: {chain.answer}"
    response = "\n\n".join([root.response, "\n".join(lines), answer])
    check = Check(kind="exact_answer", params={"answer": chain.answer})
    return Plan(ask_steps(opening, chain, voice), task_input, response, (check,))


def ask_steps(opening: str, chain: Chain, voice: Voice) -> str:
    """Return the instruction: the request, the steps after it as sentences or a list, and the place of the result."""
    lead = voice.say("reasoning_lead")
    closing = voice.join([voice.say("step_results"), voice.say("final", what=voice.say(chain.what))])
    numbers = [f"{index}. {step}" for index, step in enumerate(chain.steps, 1)]
    if voice.times(0.5):
        return "\n".join([opening, "", lead, *numbers, "", closing])
    return voice.join([opening, lead, *chain.steps, closing])


def set_condition(root: Task, voice: Voice) -> Plan | None:
    """Make the answer depend on what the input says: whether it has two terms, and more than so many words."""
    terms = [term for term in text.find_terms(root.input, voice.language)[:8] if count_term(term, root.input)]
    size = segment.count_words(root.input)
    if len(terms) < 2 or size < MIN_TESTED or _UNCLEAR.search(root.input):
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

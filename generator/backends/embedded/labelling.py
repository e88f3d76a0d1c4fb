"""Classification tasks for Self-Instruct: each has a stated rule, by which code labels texts of the demonstrations.

Promise: every label follows from the rule and the text, or from where the text comes from; none is a guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evaluators.verifiers.segment import count_words
from evaluators.verifiers.words import count_term
from generator.backends.embedded import items_en, items_zh, text
from generator.backends.embedded.plan import Task
from generator.backends.embedded.question import quote_core
from generator.backends.embedded.voice import Voice

MAX_LABELLED = 4  # instances of one rule; Self-Instruct keeps five at most
MIN_TEXTS = 2
CONTEXT_SHARE = 0.95  # of the rules say where the sentences come from: two requests for the same rule then differ
_DIGIT = re.compile(r"[0-9]")


@dataclass(frozen=True, slots=True)
class Item:
    """One self-instructed task: an instruction of one line, and its instances (input, output)."""

    instruction: str
    instances: tuple[tuple[str, str], ...]
    classification: bool = False


def label_items(instruction: str, labelled: Sequence[tuple[str, str]], voice: Voice) -> Item | None:
    """Return the task with up to `MAX_LABELLED` texts, not all of one label; None where there are not enough."""
    if len({label for _, label in labelled}) < MIN_TEXTS:
        return None
    pool = list(dict.fromkeys(labelled))
    voice.rng.shuffle(pool)
    other = next(each for each in pool if each[1] != pool[0][1])
    chosen = [pool[0], other, *(each for each in pool[1:] if each != other)][:MAX_LABELLED]
    return Item(instruction, tuple(chosen), classification=True)


def draw_names(key: str, voice: Voice) -> tuple[str, str]:
    """Return the two labels of a rule."""
    first, second = voice.say(f"names_{key}").split("|")
    return first, second


def add_context(ask: str, demo: Task, voice: Voice) -> str:
    """Return the rule with a sentence on the sentences' origin."""
    quoted = quote_core(demo.instruction)
    if quoted is None or not voice.times(CONTEXT_SHARE):
        return ask
    context = voice.say("label_context", core=f"“{quoted}”")
    return voice.join([context, ask] if voice.times(0.5) else [ask, context])


def label_by_rule(demo: Task, key: str, holds: Callable[[str], bool], voice: Voice, **values: object) -> Item | None:
    """Return the task that labels the demonstration's sentences by whether something holds of them."""
    yes, no = draw_names(key, voice)
    ask = voice.say(f"label_{key}", yes=yes, no=no, **values)
    labelled = [(each, yes if holds(each) else no) for each in list_countable(demo, voice)]
    return label_items(add_context(ask, demo, voice), labelled, voice)


def list_countable(demo: Task, voice: Voice) -> list[str]:
    """Return the sentences of the demonstration's answer whose words everybody would count alike."""
    sentences = text.find_sentences(demo.response, voice.language)
    return [each for each in sentences if text.is_countable(each, voice.language)]


def label_length(demos: Sequence[Task], voice: Voice) -> Item | None:
    """Long or short, by a number of words."""
    demo = voice.rng.choice(demos)
    sizes = sorted({count_words(each) for each in list_countable(demo, voice)})
    if len(sizes) < MIN_TEXTS:
        return None
    limit = voice.rng.choice(sizes[:-1])
    return label_by_rule(demo, "length", lambda each: count_words(each) > limit, voice, limit=limit)


def label_digit(demos: Sequence[Task], voice: Voice) -> Item | None:
    """With or without a digit."""
    return label_by_rule(voice.rng.choice(demos), "digit", lambda each: _DIGIT.search(each) is not None, voice)


def label_word(demos: Sequence[Task], voice: Voice) -> Item | None:
    """With or without a term."""
    demo = voice.rng.choice(demos)
    terms = text.find_terms(demo.response, voice.language)[:8]
    if not terms:
        return None
    term = voice.rng.choice(terms)
    return label_by_rule(demo, "word", lambda each: count_term(term, each) > 0, voice, term=f"“{term}”")


def label_parity(demos: Sequence[Task], voice: Voice) -> Item | None:
    """An even or an odd number of words."""
    return label_by_rule(voice.rng.choice(demos), "parity", lambda each: count_words(each) % 2 == 0, voice)


def label_source(demos: Sequence[Task], voice: Voice) -> Item | None:
    """To which of two requests a sentence belongs; it shares a term with its own one and none with the other."""
    first, second = voice.rng.sample(list(demos), 2)
    quoted = [quote_core(each.instruction) for each in (first, second)]
    if not all(quoted):
        return None
    yes, no = draw_names("source", voice)
    ask = voice.say("label_source", yes=yes, no=no, first=f"“{quoted[0]}”", second=f"“{quoted[1]}”")
    return label_items(
        ask, [*list_telling(first, second, yes, voice), *list_telling(second, first, no, voice)], voice
    )  # fmt: skip


def list_telling(own: Task, other: Task, label: str, voice: Voice) -> list[tuple[str, str]]:
    """Return the labelled sentences of a task's answer that tell by a term of its request whose they are."""
    terms = text.find_terms(own.instruction, voice.language)
    terms = tuple(term for term in terms if not count_term(term, other.instruction))
    foreign = text.find_terms(other.instruction, voice.language)
    sentences = text.find_sentences(own.response, voice.language)
    return [
        (each, label) for each in sentences
        if any(count_term(term, each) for term in terms) and not any(count_term(term, each) for term in foreign)
    ]  # fmt: skip


def label_tagged(tag: str, key: str) -> Callable[[Sequence[Task], Voice], Item | None]:
    """Return the task that names the type or field of a request, as its seed's tags say."""

    def _label(demos: Sequence[Task], voice: Voice) -> Item | None:
        names = TAG_NAMES[voice.language][tag]
        known = [(demo.instruction, names[demo.tags[tag]]) for demo in demos if demo.tags.get(tag) in names]
        known = [(each, name) for each, name in known if quote_core(each) and name not in each.lower()]
        if len(known) <= MIN_TEXTS:
            return None
        example, name = known.pop(voice.rng.randrange(len(known)))
        fields = sorted({name, *(name for _, name in known)})
        asks = [voice.say(key, options=voice.quote(fields, "or"))]
        asks.append(voice.say("label_example", core=quote_core(example), name=f"“{name}”"))
        return label_items(voice.join(asks), known, voice)

    return _label


TAG_NAMES = {
    "en": {"task_type": items_en.TYPES, "domain": {k: v for k, v in items_en.DOMAINS.items() if k != "general"}},
    "zh": {"task_type": items_zh.TYPES, "domain": {k: v for k, v in items_zh.DOMAINS.items() if k != "general"}},
}
LABELLINGS: tuple[Callable[[Sequence[Task], Voice], Item | None], ...] = (
    label_length, label_digit, label_word, label_parity, label_source, label_source,
    label_tagged("task_type", "label_type"), label_tagged("domain", "label_domain"),
)  # fmt: skip

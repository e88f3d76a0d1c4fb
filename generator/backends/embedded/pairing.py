"""Tasks for Self-Instruct made of several demonstrations: two requests in one, requests and answers to match.

The outputs are the demonstrations' own, put together by code.
"""

from __future__ import annotations

import json
import string
from collections.abc import Sequence

from evaluators.verifiers.segment import count_words
from generator.backends.embedded import text
from generator.backends.embedded.labelling import Item
from generator.backends.embedded.plan import Task
from generator.backends.embedded.question import quote_core
from generator.backends.embedded.voice import Voice

MAX_PAIRED = 30  # words of a request that is put together with another
MAX_ANSWER = 400  # words of an answer that is
MAX_MATCHED = 70  # words of an answer that is to be matched
MIN_MATCHED = 3  # requests
TINY = 3  # words: an answer of fewer could belong to anything


def list_short(demos: Sequence[Task], limit: int) -> list[Task]:
    """Return the demonstrations whose request can be quoted and whose answer is not too long."""
    quotable = [demo for demo in demos if quote_core(demo.instruction) and count_words(demo.instruction) <= MAX_PAIRED]
    return [demo for demo in quotable if count_words(demo.response) <= limit]


def pair_requests(demos: Sequence[Task], voice: Voice) -> Item | None:
    """Ask for two answers in one reply."""
    short = list_short(demos, MAX_ANSWER)
    if len(short) < 2:
        return None
    first, second = voice.rng.sample(short, 2)
    quoted = [f"“{quote_core(each.instruction)}”" for each in (first, second)]
    form, output = join_answers(first.response, second.response, voice)
    asks = [voice.say("two_requests", first=quoted[0], second=quoted[1])]
    if first.input or second.input:
        asks.append(voice.say("two_materials"))
    return Item(voice.join([*asks, form]), ((join_inputs(first.input, second.input, voice), output),))


def join_answers(first: str, second: str, voice: Voice) -> tuple[str, str]:
    """Return a sentence on the form of the reply, and the reply."""
    way = voice.rng.randrange(3)
    if way == 0 and "---" not in first + second:
        return voice.say("two_dashes"), f"{first}\n\n---\n\n{second}"
    if way == 1:
        one, two = voice.say("two_keys").split("|")
        joined = json.dumps({one: first, two: second}, ensure_ascii=False, indent=2)
        return voice.say("two_json", one=one, two=two), joined
    one, two = voice.say("two_names").split("|")
    return voice.say("two_headings", one=one, two=two), f"{one}\n\n{first}\n\n{two}\n\n{second}"


def join_inputs(first: str, second: str, voice: Voice) -> str:
    """Return the material of both requests, each under its label; empty where neither has any."""
    labels = voice.say("two_inputs").split("|")
    colon = "：" if voice.chinese else ":"
    parts = [f"{label}{colon}\n{material}" for label, material in zip(labels, (first, second), strict=True) if material]
    return "\n\n".join(parts)


def match_answers(demos: Sequence[Task], voice: Voice) -> Item | None:
    """Ask which answer belongs to which request."""
    short = [demo for demo in list_short(demos, MAX_MATCHED) if not demo.input and count_words(demo.response) > TINY]
    if len(short) < MIN_MATCHED:
        return None
    chosen = voice.rng.sample(short, min(len(short), voice.rng.randint(MIN_MATCHED, 4)))
    order = list(range(len(chosen)))
    voice.rng.shuffle(order)
    letters = [f"{string.ascii_uppercase[i]}. {demo.instruction}" for i, demo in enumerate(chosen)]
    numbers = [f"{i}. {' '.join(chosen[place].response.split())}" for i, place in enumerate(order, 1)]
    colon = "：" if voice.chinese else ":"
    material = "\n".join(
        [f"{voice.say('request_word')}{colon}", *letters, "", f"{voice.say('answer_word')}{colon}", *numbers]
    )
    answer = ", ".join(f"{string.ascii_uppercase[i]}-{order.index(i) + 1}" for i in range(len(chosen)))
    terms = [term for demo in chosen for term in text.find_terms(demo.instruction, voice.language)[:2]]
    about = voice.say("match_about", terms=voice.quote(voice.draw(terms, 2, 3))) if len(terms) > 1 else ""
    instruction = voice.join([voice.say("match_answers"), about, voice.say("match_form")])
    return Item(instruction, ((material, answer),))

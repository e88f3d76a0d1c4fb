"""Words an in-depth task: the request, and what is required of its answer, in one of several layouts.

The request itself is kept word for word, because a rule cannot paraphrase it without risk; it may stand first, last, in
quotation marks, or in the input. The longer it is, the more often it goes into the input: so the new instruction does
not read like its parent, and does not grow from round to round.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evaluators.verifiers.segment import count_words
from generator.backends.embedded import text
from generator.backends.embedded.question import quote_core
from generator.backends.embedded.voice import Voice

LONG_CORE = 22  # words: a request longer than this always goes into the input
LONG_CORE_ZH = 34  # the same in Chinese characters
ABOUT_SHARE = 0.6  # of the requests in the input are announced with their key words
NUMBERED_SHARE = 0.4  # of the lists are numbered, the others bulleted
_SENTENCE_CASE = re.compile(r"[A-Z][a-z']*(?=[ ,])(?<!\bI)")


@dataclass(frozen=True, slots=True)
class Brief:
    """What an instruction has to say: the request, its material, and the requirements with a sentence before them."""

    core: str
    material: str
    asks: Sequence[str]
    lead: str = ""


Layout = Callable[[Brief, Voice], tuple[str, str]]


def end_core(core: str, chinese: bool) -> str:
    """Return the request as a sentence that another one can follow."""
    plain = core.rstrip().rstrip(":：")
    return plain if plain[-1:] in '.!?。！？”"' else plain + ("。" if chinese else ".")


def lower_first(sentence: str) -> str:
    """Return an English sentence as it reads after a comma."""
    return sentence[0].lower() + sentence[1:] if _SENTENCE_CASE.match(sentence) else sentence


def weave(brief: Brief, voice: Voice) -> str:
    """Return the requirements as running text, tied together by connectives."""
    woven: list[str] = [brief.lead]
    used = {""}
    for place, ask in enumerate(brief.asks):
        key = "join_last" if place and place == len(brief.asks) - 1 else "join_middle" if place else "join_first"
        link = "" if brief.lead and not place else voice.say(key)
        link = "" if link in used else link
        used.add(link)
        woven.append(link + (lower_first(ask) if link.endswith(", ") else ask))
    return voice.join(woven)


def list_asks(brief: Brief, voice: Voice) -> str:
    """Return the requirements as a list with a line above it."""
    numbered = voice.times(NUMBERED_SHARE)
    items = (f"{index}. {ask}" if numbered else f"- {ask}" for index, ask in enumerate(brief.asks, 1))
    return "\n".join([voice.join([brief.lead, voice.say("rules_lead")]), *items])


def open_inline(core: str, material: str, voice: Voice) -> tuple[str, str]:
    """Return the request as it is, and the input."""
    return end_core(core, voice.chinese), material


def open_quoted(core: str, material: str, voice: Voice) -> tuple[str, str]:
    """Return the request in quotation marks, and the input."""
    return voice.say("quote", core=end_core(core, voice.chinese)), material


def open_in_input(core: str, material: str, voice: Voice) -> tuple[str, str]:
    """Return a sentence that points to the input, and the input with the request."""
    lead = voice.say("in_input_material" if material else "in_input", about=tell_about(core, voice))
    return lead, write_request(core, material, voice)


def open_request(core: str, material: str, voice: Voice) -> tuple[str, str]:
    """Return how an instruction opens, by one of the ways that suit the request, and the input."""
    ways = [open_in_input]
    if "\n" not in core and count_words(core) <= (LONG_CORE_ZH if voice.chinese else LONG_CORE):
        ways += [open_inline, open_inline]
        ways += [open_quoted] if quote_core(core) else []
    return voice.rng.choice(ways)(core, material, voice)


def put_first(brief: Brief, voice: Voice) -> tuple[str, str]:
    """The request, then the requirements as sentences."""
    opening, task_input = open_request(brief.core, brief.material, voice)
    return voice.join([opening, weave(brief, voice)]), task_input


def put_above_list(brief: Brief, voice: Voice) -> tuple[str, str]:
    """The request, then a list of requirements."""
    opening, task_input = open_request(brief.core, brief.material, voice)
    return f"{opening}\n\n{list_asks(brief, voice)}", task_input


def put_below(brief: Brief, voice: Voice) -> tuple[str, str]:
    """The requirements, as sentences or a list, then the request."""
    above = list_asks(brief, voice) if voice.times(0.5) else weave(brief, voice)
    gap = "" if voice.chinese else " "
    return f"{above}\n\n{voice.say('task_label')}{gap}{brief.core}", brief.material


def tell_about(core: str, voice: Voice) -> str:
    """Return a clause with key words of the request; empty where it has none, and now and then."""
    terms = [term for term in text.find_terms(core, voice.language) if term in core][:6]
    if not terms or not voice.times(ABOUT_SHARE):
        return ""
    return voice.say("about", terms=voice.quote(voice.draw(terms, 1, 2)))


def write_request(core: str, material: str, voice: Voice) -> str:
    """Return the request, and its material where there is some, as an input."""
    if not material:
        return voice.label(voice.say("request_label"), core) if voice.times(0.4) else core
    colon = "：" if voice.chinese else ":"
    request = voice.label(voice.say("request_label"), core)
    return f"{request}\n\n{voice.say('material_label')}{colon}\n{material}"


def lay_out(brief: Brief, voice: Voice, *, request_first: bool = False) -> tuple[str, str]:
    """Return instruction and input of the request with its requirements, in a layout that is drawn."""
    layouts: list[Layout] = [put_first, put_above_list] if len(brief.asks) > 1 else [put_first]
    short = "\n" not in brief.core and count_words(brief.core) <= (LONG_CORE_ZH if voice.chinese else LONG_CORE)
    if short and not request_first:
        layouts.append(put_below)
    return voice.rng.choice(layouts)(brief, voice)

"""A computed task: what it works on, what it asks, how the answer is found, and the answer, which code has computed.

Promise: no answer is taken on trust: it comes from `evaluators.verifiers.operations` or from the text that the task was
cut from, and it stands in a check (`computed` or `exact_answer`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evaluators.verifiers.operations import compute
from generator.backends.embedded import text
from generator.backends.embedded.plan import Plan, Task
from generator.backends.embedded.voice import Voice
from generator.errors import ReplyError
from generator.types import Check

MAX_QUOTED_CORE = 170  # characters of a request that is quoted inside another sentence
ORIGIN_SHARE = 0.85  # of the computed tasks say where their material comes from
WORK_SHARE = 0.75  # of the computed tasks ask for the working


@dataclass(frozen=True, slots=True)
class Source:
    """Where pieces are cut from: a text, its request, and what it is to it (`answer`, `material`, `request`)."""

    core: str
    text: str
    language: str
    role: str = "answer"

    @property
    def sentences(self) -> tuple[str, ...]:
        """Its whole sentences."""
        return text.find_sentences(self.text, self.language)

    @property
    def terms(self) -> tuple[str, ...]:
        """Its terms, the most salient first."""
        return text.find_terms(self.text, self.language)

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Its labelled pairs."""
        return text.find_pairs(self.text)


@dataclass(frozen=True, slots=True)
class Question:
    """A computed task in parts. `form` names what the material is, `what` what the final answer holds."""

    form: str
    material: str
    ask: str
    what: str
    answer: str
    check: Check
    work: tuple[str, ...] = ()
    show: str = "show_work"  # how the working is asked for


def answer_computed(
    form: str, material: str, operation: str, ask: str, what: str, work: Sequence[str] = (), **params: Any
) -> Question | None:
    """Return a question whose answer an operation computes from the material; None where it cannot."""
    try:
        answer = compute(operation, material, params)
    except ReplyError:
        return None
    check = Check(kind="computed", params={"operation": operation, **params})
    return Question(form, material, ask, what, answer, check, tuple(work))


def answer_exactly(form: str, material: str, ask: str, what: str, answer: str, work: Sequence[str] = ()) -> Question:
    """Return a question whose answer is given."""
    check = Check(kind="exact_answer", params={"answer": answer})
    return Question(form, material, ask, what, answer, check, tuple(work))


def list_sources(task: Task, language: str) -> list[Source]:
    """Return the texts of a task that pieces can be cut from: its response, its input, and its instruction."""
    texts = {"answer": task.response, "material": task.input, "request": task.instruction}
    return [Source(task.instruction, part, language, role) for role, part in texts.items() if part]


def quote_core(core: str) -> str | None:
    """Return a request as it can stand inside quotation marks; None where it is too long or has such marks itself."""
    plain = core.strip().rstrip(".。:：")
    fits = len(plain) <= MAX_QUOTED_CORE and "\n" not in plain and not any(mark in plain for mark in '“”"')
    return plain if fits and plain else None


def tell_origin(source: Source, material: str, voice: Voice) -> str:
    """Return a sentence on where the material comes from, or on what it mentions; empty where there is none to say."""
    quoted = quote_core(source.core)
    if quoted and source.role != "request" and voice.times(ORIGIN_SHARE):
        return voice.say(f"origin_{source.role}", core=quoted)
    terms = [term for term in text.find_terms(material, voice.language) if "____" not in term][:6]
    return voice.say("origin_terms", terms=voice.quote(voice.draw(terms, 2, 3))) if len(terms) > 1 else ""


def ask_final(question: Question, voice: Voice) -> str:
    """Return the sentence that says where the final answer goes."""
    if "\n" in question.answer:
        return voice.say("final_block")
    return voice.say("final", what=voice.say(question.what))


def write_answer(question: Question, voice: Voice) -> str:
    """Return the final answer with its label."""
    label = "答案：" if voice.chinese else "Answer:"
    between = "\n" if "\n" in question.answer else "" if voice.chinese else " "
    return f"{label}{between}{question.answer}"


def pose(question: Question, source: Source, voice: Voice) -> Plan:
    """Return the question as a task of its own, with the answer as its response."""
    shows_work = bool(question.work) and voice.times(WORK_SHARE)
    about = [voice.say(question.form), tell_origin(source, question.material, voice)]
    asked = [question.ask, voice.say(question.show) if shows_work else "", ask_final(question, voice)]
    blocks = [voice.join(about), voice.join(asked)]
    instruction = "\n\n".join(blocks) if voice.times(0.3) else voice.join(blocks)
    answer = write_answer(question, voice)
    response = "\n".join([*question.work, "", answer]) if shows_work else answer
    return Plan(instruction, question.material, response, (question.check,))

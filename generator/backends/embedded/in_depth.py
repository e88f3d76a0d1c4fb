"""In-depth evolution by rules: more constraints, more concrete, deeper. Each starts again from the root task.

The answer is the root task's own, laid out anew where a constraint asks for it, with parts added that code has found in
it (terms, figures, gap sentences, an outline, a count). Nothing is added that the answer does not hold.

Source: the operators of Xu et al. 2023 (WizardLM, arXiv:2304.12244), section 3.2.
Deviations: a rule does not rewrite the request; each round states a fresh set of requirements on it, instead of
appending to the last one's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from evaluators.verifiers.segment import count_words
from evaluators.verifiers.verify import KINDS, describe
from evaluators.verifiers.words import count_term
from generator.backends.embedded import text
from generator.backends.embedded.compose import Brief, lay_out
from generator.backends.embedded.constraint_draft import TINY
from generator.backends.embedded.constraint_frames import FRAMES
from generator.backends.embedded.constraint_shapes import SHAPES
from generator.backends.embedded.constraints import plan_constraints
from generator.backends.embedded.plan import Plan, Task
from generator.backends.embedded.sections import add_sections
from generator.backends.embedded.voice import Voice
from generator.types import Check

MIN_CONSTRAINTS, MAX_CONSTRAINTS = 2, 4  # what a person would still write into one request
VARIANTS = 97  # any number: `describe` takes it modulo its phrasings
MIN_NAMED = 12  # words of an answer that can be asked to name things without giving it away
FOR_CODE = frozenset({"tags", "max_characters", "line_count", "required_words", "forbidden_words"})  # code not fenced
RESHAPING = frozenset(SHAPES) | frozenset(FRAMES)  # kinds that change the response
NOT_AFTER_SECTIONS = frozenset({"no_repeated_sentences", "sentence_count", "line_count", "distinct_openings"})
_BARE_CODE = re.compile(r"\A(?:import |from \w+ import|def |class |var |function |public |#include|SELECT |\"\"\"\n|<!DOCTYPE)")
# A request that fixes the form of its answer: no constraint may then lay it out anew, or add to it.
_FIXED_SIZE = re.compile(
    r"\b(?:one|two|three|four|five|single|\d+)[- ](?:sentences?|words?|lines?|paragraphs?|bullets?)\b|\bat most\b|no more than"
    r"|\bonly\b|\bexactly\b|fewer than|不超过|以内|只[用写输返给需要]|[一二三四五六两\d]+[句行段字]|字数", re.IGNORECASE,
)  # fmt: skip
_FIXED_FORM = re.compile(
    r"\bsteps?\b|\blist\b|\btable|json|csv|bullet|numbered|e-?mail|letter|poem|haiku|limerick|song|story|code|function|sql"
    r"|script|query|dialogue|conversation|format|separated|sections?\b|parts?\b|memo\b|notice|minutes|essay|article|recipe"
    r"|步|列表|表格|清单|诗|信|函|邮件|通知|代码|函数|格式|编号|要点|逐[条项]|分[点项]|对话|文案|故事|标题", re.IGNORECASE,
)  # fmt: skip


def find_barred(core: str, response: str) -> frozenset[str]:
    """Return the kinds of constraint that would go against the form that the request or the answer itself has."""
    if _BARE_CODE.search(response):
        return frozenset(KINDS) - FOR_CODE
    if count_words(response) < TINY:  # a label or a figure: a wrapping says no more than it says
        return frozenset()
    if _FIXED_SIZE.search(core):
        return RESHAPING - {"tags"}
    return frozenset(SHAPES) if _FIXED_FORM.search(core) else frozenset()


def say_checks(checks: Sequence[Check], voice: Voice) -> list[str]:
    """Return the checks as sentences, each in a phrasing that is drawn."""
    return [describe(check, voice.language, voice.rng.randrange(VARIANTS)) for check in checks]


def add_constraints(root: Task, voice: Voice) -> Plan | None:
    """State two to four constraints that the response meets, or is made to meet."""
    barred = find_barred(root.instruction, root.response)
    count = voice.rng.randint(MIN_CONSTRAINTS, MAX_CONSTRAINTS)
    planned = plan_constraints(
        root.response, language=voice.language, rng=voice.rng, count=count, avoid=barred, keep=root.checks,
        task_input=root.input,
    )  # fmt: skip
    if planned is None:
        return None
    brief = Brief(root.instruction, root.input, say_checks(planned.checks, voice))
    instruction, task_input = lay_out(brief, voice)
    return Plan(instruction, task_input, planned.response, planned.checks)


def concretize(root: Task, voice: Voice) -> Plan | None:
    """Bind the answer to terms and figures that it names, and to one or two measures."""
    named = name_particulars(root, voice)
    if not named:
        return add_reference(root, voice)
    asks, checks = [ask for ask, _ in named], merge_words([check for _, check in named])
    planned = plan_constraints(
        root.response, language=voice.language, rng=voice.rng, count=voice.rng.randint(1, 2),
        avoid=RESHAPING | {"required_words", "word_frequency"} | find_barred(root.instruction, root.response), keep=[*root.checks, *checks], task_input=root.input,
    )  # fmt: skip
    if planned is not None:
        asks += say_checks(planned.checks, voice)
        checks += planned.checks
    brief = Brief(root.instruction, root.input, asks, voice.say("concretize_lead"))
    instruction, task_input = lay_out(brief, voice)
    return Plan(instruction, task_input, root.response, tuple(checks))


def name_particulars(root: Task, voice: Voice) -> list[tuple[str, Check]]:
    """Return what the answer has to name, each with its check: terms, figures, a term that comes back."""
    if count_words(root.response) < MIN_NAMED:
        return []
    asked = f"{root.instruction}\n{root.input}".casefold()
    found = [term for term in text.find_terms(root.response, voice.language) if count_term(term, root.response)]
    fresh = [term for term in found if term.casefold() not in asked][:9] or found[:9]
    named: list[tuple[str, Check]] = []
    if fresh:
        terms = voice.draw(fresh, 2, 4)
        check = Check(kind="required_words", params={"words": terms})
        single = len(terms) == 1
        ask = voice.say("name_term", term=voice.quote(terms)) if single else voice.say("name_terms", terms=voice.quote(terms))
        named.append((ask, check))
    figures = [each for each in text.find_figures(root.response, voice.language) if each in root.response]
    if figures and (not named or voice.times(0.5)):
        chosen = voice.draw(figures[:8], 1, 3)
        check = Check(kind="required_words", params={"words": chosen})
        named.append((voice.say("name_figure" if len(chosen) == 1 else "name_figures", terms=voice.quote(chosen)), check))
    often = [term for term in found[:10] if count_term(term, root.response) > 1]
    if often and len(named) < 2:
        term = voice.rng.choice(often)
        count = count_term(term, root.response)
        check = Check(kind="word_frequency", params={"word": term, "count": count})
        named.append((voice.say("name_term_often", term=voice.quote([term]), count=voice.count(count)), check))
    return named


def add_reference(root: Task, voice: Voice) -> Plan | None:
    """Have a short answer say first, by terms of its input or request, what it refers to."""
    source = root.input or root.instruction
    terms = [term for term in text.find_terms(source, voice.language) if count_term(term, source)][:6]
    if not terms:
        return None
    named = voice.draw(terms, 1, 3)
    label = voice.say("reference_label")
    checks = (
        Check(kind="key_value_lines", params={"keys": [label]}), Check(kind="required_words", params={"words": named}),
    )  # fmt: skip
    ask = voice.say("reference", label=label, terms=voice.quote(named))
    brief = Brief(root.instruction, root.input, [ask], voice.say("concretize_lead"))
    instruction, task_input = lay_out(brief, voice)
    return Plan(instruction, task_input, f"{voice.label(label, voice.list(named))}\n\n{root.response}", checks)


def merge_words(checks: list[Check]) -> list[Check]:
    """Return the checks with all required words in one, since a kind stands once."""
    words = [word for check in checks if check.kind == "required_words" for word in check.params["words"]]
    others = [check for check in checks if check.kind != "required_words"]
    return [Check(kind="required_words", params={"words": list(dict.fromkeys(words))}), *others] if words else others


def deepen(root: Task, voice: Voice) -> Plan | None:
    """Ask for one or two parts more, which are found in the answer, and keep to a measure or two."""
    deepened = add_sections(root, voice)
    if deepened is None:
        return None
    sections, response = deepened
    asks = [section.ask for section in sections]
    checks = [check for section in sections for check in section.checks]
    planned = plan_constraints(
        response, language=voice.language, rng=voice.rng, count=voice.rng.randint(0, 1),
        avoid=RESHAPING | NOT_AFTER_SECTIONS | find_barred(root.instruction, root.response), keep=[*root.checks, *checks],
        task_input=root.input,
    )  # fmt: skip
    if planned is not None:
        asks += say_checks(planned.checks, voice)
        checks += planned.checks
    brief = Brief(root.instruction, root.input, asks, voice.say("deepen_lead"))
    instruction, task_input = lay_out(brief, voice, request_first=True)
    return Plan(instruction, task_input, response, tuple(checks))

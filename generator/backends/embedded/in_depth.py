"""In-depth evolution by rules: more constraints, more concrete, deeper. Each starts again from the root task.

The answer is the root task's own, laid out anew where a constraint asks for it, with parts added that code has found in
it (terms, figures, gap sentences, an outline, a count). Nothing is added that the answer does not hold.

Source: the operators of Xu et al. 2023 (WizardLM, arXiv:2304.12244), section 3.2.
Deviations: a rule does not rewrite the request; each round states a fresh set of requirements on it, instead of
appending to the last one's.
"""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.verifiers.segment import count_words
from evaluators.verifiers.verify import describe
from evaluators.verifiers.words import count_term
from generator.backends.embedded import text
from generator.backends.embedded.compose import Brief, lay_out
from generator.backends.embedded.constraints import Plan as Fulfilled
from generator.backends.embedded.constraints import plan_constraints
from generator.backends.embedded.given_form import RESHAPING, find_barred
from generator.backends.embedded.plan import Plan, Task
from generator.backends.embedded.sections import add_sections
from generator.backends.embedded.voice import Voice
from generator.types import Check

MIN_CONSTRAINTS, MAX_CONSTRAINTS = 2, 4  # what a person would still write into one request
VARIANTS = 97  # any number: `describe` takes it modulo its phrasings
MIN_NAMED = 12  # words of an answer that can be asked to name things without giving it away
MAX_NAMINGS = 2  # sentences that ask to name something
# Kinds that the parts which deepening adds would make odd, as they repeat or list what the answer says.
NOT_AFTER_SECTIONS = frozenset({"no_repeated_sentences", "sentence_count", "line_count", "distinct_openings"})


def say_checks(checks: Sequence[Check], voice: Voice) -> list[str]:
    """Return the checks as sentences, each in a phrasing that is drawn."""
    return [describe(check, voice.language, voice.rng.randrange(VARIANTS)) for check in checks]


def fulfil(
    root: Task, response: str, count: int, voice: Voice, *,
    avoid: frozenset[str] = frozenset(), keep: Sequence[Check] = (),
) -> Fulfilled | None:  # fmt: skip
    """Return up to `count` constraints on a response and the response that meets them, beside the checks to keep."""
    return plan_constraints(
        response, language=voice.language, rng=voice.rng, count=count, keep=[*root.checks, *keep],
        avoid=avoid | find_barred(root.instruction, root.response), task_input=root.input,
    )  # fmt: skip


def add_constraints(root: Task, voice: Voice) -> Plan | None:
    """State two to four constraints that the response meets, or is made to meet."""
    planned = fulfil(root, root.response, voice.rng.randint(MIN_CONSTRAINTS, MAX_CONSTRAINTS), voice)
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
    avoid = RESHAPING | {"required_words", "word_frequency"}
    planned = fulfil(root, root.response, voice.rng.randint(1, 2), voice, avoid=avoid, keep=checks)
    if planned is not None:
        asks += say_checks(planned.checks, voice)
        checks += planned.checks
    instruction, task_input = lay_out(Brief(root.instruction, root.input, asks, voice.say("concretize_lead")), voice)
    return Plan(instruction, task_input, root.response, tuple(checks))


def name_particulars(root: Task, voice: Voice) -> list[tuple[str, Check]]:
    """Return what the answer has to name, each with its check: terms, figures, a term that comes back."""
    if count_words(root.response) < MIN_NAMED:
        return []
    asked = f"{root.instruction}\n{root.input}".casefold()
    found = [term for term in text.find_terms(root.response, voice.language) if count_term(term, root.response)]
    fresh = [term for term in found if term.casefold() not in asked][:9] or found[:9]
    named = [require_terms("name_term", voice.draw(fresh, 2, 4), voice)] if fresh else []
    figures = [each for each in text.find_figures(root.response, voice.language) if each in root.response]
    if figures and (not named or voice.times(0.5)):
        named.append(require_terms("name_figure", voice.draw(figures[:8], 1, 3), voice))
    often = [term for term in found[:10] if count_term(term, root.response) > 1]
    if often and len(named) < MAX_NAMINGS:
        term = voice.rng.choice(often)
        count = count_term(term, root.response)
        ask = voice.say("name_term_often", term=voice.quote([term]), count=voice.count(count))
        named.append((ask, Check(kind="word_frequency", params={"word": term, "count": count})))
    return named


def require_terms(key: str, terms: list[str], voice: Voice) -> tuple[str, Check]:
    """Return the sentence that asks for one or several terms, and its check."""
    ask = voice.say(key if len(terms) == 1 else f"{key}s", terms=voice.quote(terms))
    return ask, Check(kind="required_words", params={"words": terms})


def add_reference(root: Task, voice: Voice) -> Plan | None:
    """Have a short answer say first, by terms of its input or request, what it refers to."""
    source = root.input or root.instruction
    found = [term for term in text.find_terms(source, voice.language) if count_term(term, source)]
    terms = [term for term in found if not count_term(term, root.response)][:6]  # the answer is not to be given away
    if not terms:
        return None
    named = voice.draw(terms, 1, 3)
    label = voice.say("reference_label")
    labelled = Check(kind="key_value_lines", params={"keys": [label]})
    checks = (labelled, Check(kind="required_words", params={"words": named}))
    ask = voice.say("reference", label=label, terms=voice.quote(named))
    instruction, task_input = lay_out(Brief(root.instruction, root.input, [ask], voice.say("concretize_lead")), voice)
    return Plan(instruction, task_input, f"{voice.label(label, voice.list(named))}\n\n{root.response}", checks)


def merge_words(checks: list[Check]) -> list[Check]:
    """Return the checks with all required words in one, since a kind stands once."""
    words = [word for check in checks if check.kind == "required_words" for word in check.params["words"]]
    others = [check for check in checks if check.kind != "required_words"]
    return [Check(kind="required_words", params={"words": list(dict.fromkeys(words))}), *others] if words else others


def deepen(root: Task, voice: Voice) -> Plan | None:
    """Ask for one or two parts more, which are found in the answer, and perhaps keep to a measure."""
    deepened = add_sections(root, voice)
    if deepened is None:
        return None
    sections, response = deepened
    asks = [section.ask for section in sections]
    checks = [check for section in sections for check in section.checks]
    avoid = RESHAPING | NOT_AFTER_SECTIONS
    planned = fulfil(root, response, voice.rng.randint(0, 1), voice, avoid=avoid, keep=checks)
    if planned is not None:
        asks += say_checks(planned.checks, voice)
        checks += planned.checks
    brief = Brief(root.instruction, root.input, asks, voice.say("deepen_lead"))
    instruction, task_input = lay_out(brief, voice, request_first=True)
    return Plan(instruction, task_input, response, tuple(checks))

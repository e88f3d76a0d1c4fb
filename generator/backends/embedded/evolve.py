"""Evolves a task by rules, one function an operator, and answers in the tag form that a model is asked for.

Promise: what is proposed has a response that meets every check stated, or the request is refused; the same facts give
the same proposal. Every reply is read back by the parser before it is given. Where a task's texts would break the tag
form (they hold `</instruction>` or the like), another phrasing is tried (in XML data, such a text is escaped) and then
the request is refused: an escape of our own would change what the seed says.

Source: the operators of Xu et al. 2023 (WizardLM, arXiv:2304.12244), section 3.2.
Deviations: each round starts again from the root task with a fresh set of requirements, so that instructions do not
grow round by round. An operator that has no rule of its own (a user's template) is treated by its kind.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from evaluators.tokens import tokenize
from generator.backends.embedded.forms import complicate_input
from generator.backends.embedded.in_breadth import broaden
from generator.backends.embedded.in_depth import add_constraints, concretize, deepen
from generator.backends.embedded.plan import Plan, Task, check_plan, read_task, strip_plan
from generator.backends.embedded.reasoning import increase_reasoning
from generator.backends.embedded.text import count_shared_run
from generator.backends.embedded.voice import Voice, make_voice
from generator.errors import RefusedError, ReplyError
from generator.parsing.tasks import parse_task

ATTEMPTS = 6  # drafts of one proposal
CACHED_PLANS = 1024  # as many proposals as may wait for their response at a time
# F1 of the longest common subsequence, against seed and parent. The novelty filter's threshold is 0.7 (Self-Instruct);
# a draft must stay below it with room to spare, because the filter also sees tasks that are not known here.
CLOSE = 0.6
TOO_CLOSE = 0.7

OPERATORS: Mapping[str, Callable[[Task, Voice], Plan | None]] = {
    "add_constraints": add_constraints,
    "add_verifiable_constraints": add_constraints,  # each of its constraints comes with a check already
    "deepen": deepen,
    "concretize": concretize,
    "increase_reasoning": increase_reasoning,
    "complicate_input": complicate_input,
    "broaden": broaden,
}
IN_DEPTH = ("add_constraints", "deepen", "concretize", "increase_reasoning", "complicate_input")


def reply_evolve(facts: Mapping[str, Any]) -> str:
    """Return a rewritten task in the tag form. Raises `RefusedError`."""
    return write_reply(plan_evolution(facts))


def plan_evolution(facts: Mapping[str, Any]) -> Plan:
    """Return the task and the response that the facts of an evolve request stand for. Raises `RefusedError`."""
    needed = {key: facts[key] for key in ("rng", "seed", "parent")}
    optional = {key: facts.get(key) for key in ("operator", "kind", "language")}
    return _plan_evolution(json.dumps(needed | optional, ensure_ascii=False, sort_keys=True))


@lru_cache(maxsize=CACHED_PLANS)
def _plan_evolution(key: str) -> Plan:
    """Return the plan of facts written as JSON; it is kept, since the call for the response asks for it again."""
    facts = json.loads(key)
    seed, parent = read_task(facts["seed"]), read_task(facts["parent"])
    best = choose_furthest(draft_plans(facts, seed), (seed.instruction, parent.instruction))
    if best is None:
        raise RefusedError(
            f"the embedded back end finds no {facts.get('operator', '')} of this task by its rules: the seed's texts "
            "are too short, or have a form that it leaves alone"
        )
    return best


def choose_furthest(plans: Iterable[Plan], known: Sequence[str]) -> Plan | None:
    """Return the first plan that is far from the known instructions, else the furthest; None where all are too close."""
    tokens = [tokenize(text) for text in known]
    best: tuple[float, Plan] | None = None
    for plan in plans:
        own = tokenize(plan.instruction)
        closeness = max((measure_closeness(own, other) for other in tokens), default=0.0)
        if best is None or closeness < best[0]:
            best = closeness, plan
        if closeness <= CLOSE:
            break
    return None if best is None or best[0] > TOO_CLOSE else best[1]


def draft_plans(facts: Mapping[str, Any], seed: Task) -> Iterator[Plan]:
    """Yield drafts that meet their checks and can be said in the tag form. Raises `RefusedError` for the language."""
    language = str(facts.get("language") or seed.language or "en")
    operator = find_operator(facts)
    for attempt in range(ATTEMPTS if seed.instruction else 0):
        voice = make_voice(language, facts["rng"], operator, attempt)
        root = seed if seed.response else answer_first(seed, voice)
        plan = None if root is None else OPERATORS[operator](root, voice)
        if plan is not None and check_plan(plan := strip_plan(plan)) and is_sayable(plan):
            yield plan


def find_operator(facts: Mapping[str, Any]) -> str:
    """Return the operator whose rules apply: its own, or one drawn by its kind where it has none."""
    name = str(facts.get("operator", ""))
    if name in OPERATORS:
        return name
    if facts.get("kind") == "in-breadth":
        return "broaden"
    return make_voice("en", facts["rng"], name, "operator").rng.choice(IN_DEPTH)


def answer_first(seed: Task, voice: Voice) -> Task | None:
    """Return a computed task on the material of a seed without a response, to evolve in its place."""
    plan = broaden(seed, voice)
    if plan is None:
        return None
    return Task(plan.instruction, plan.input, plan.response, seed.language, plan.checks)


def measure_closeness(first: list[str], second: list[str]) -> float:
    """Return ROUGE-L F1 (0 to 1) of two token lists, 0 where one is empty."""
    if not first or not second:
        return 0.0
    return 2 * count_shared_run(tuple(first), tuple(second)) / (len(first) + len(second))


def write_reply(plan: Plan) -> str:
    """Return the plan's task in the tag form; the input is always there, or the parent's would be kept."""
    checks = json.dumps([{"kind": check.kind, "params": check.params} for check in plan.checks], ensure_ascii=False)
    return f"<instruction>\n{plan.instruction}\n</instruction>\n<input>\n{plan.input}\n</input>\n<checks>\n{checks}\n</checks>"


def is_sayable(plan: Plan) -> bool:
    """Say whether a parser reads from the reply exactly what is planned."""
    try:
        task = parse_task(write_reply(plan))
    except ReplyError:
        return False
    said = (task.instruction, task.input or "", [(check.kind, check.params) for check in task.checks])
    return said == (plan.instruction, plan.input, [(check.kind, check.params) for check in plan.checks])

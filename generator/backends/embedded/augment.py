"""Augments records by rules: two tasks in one, one task in its parts, many demands at once, a next turn.

Promise: as for evolving: what is proposed has a response that meets every check stated, made of the responses that are
there; the same facts give the same proposals, or the request is refused. What needs to know what a text means
(paraphrase, translation, persona, a confusable variant) has no rule here.

Source: the augmentations are those of `prompts/augment/`; joining two requests as in `pairing.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from generator.backends.embedded.compose import Brief, lay_out, weave
from generator.backends.embedded.evolve import ATTEMPTS, CACHED_PLANS, choose_furthest, is_sayable, write_reply
from generator.backends.embedded.given_form import RESHAPING
from generator.backends.embedded.in_depth import NOT_AFTER_SECTIONS, fulfil, say_checks
from generator.backends.embedded.pairing import pair_requests
from generator.backends.embedded.parts import split_task
from generator.backends.embedded.plan import Plan, Task, check_plan, read_task, strip_plan
from generator.backends.embedded.sections import add_sections
from generator.backends.embedded.voice import Voice, make_voice
from generator.errors import RefusedError
from generator.types import Check

RECIPE = "augment"
MANY = 3  # demands that make a task a complex one


def combine(root: Task, partner: Task, voice: Voice) -> Plan | None:
    """Ask for both answers in one reply."""
    if not root.response or not partner.response:
        return None
    item = pair_requests([root, partner], voice)
    return None if item is None else Plan(item.instruction, *item.instances[0])


def complicate(root: Task, partner: Task, voice: Voice) -> Plan | None:
    """Ask for parts more, found in the answer, and for several measures at once."""
    deepened = add_sections(root, voice) if voice.times(0.5) else None
    sections, response = deepened or ([], root.response)
    asks = [section.ask for section in sections]
    checks: list[Check] = [check for section in sections for check in section.checks]
    avoid = RESHAPING | NOT_AFTER_SECTIONS if sections else frozenset[str]()
    planned = fulfil(root, response, voice.rng.randint(MANY, MANY + 1), voice, avoid=avoid, keep=checks)
    if planned is None:
        return None
    asks += say_checks(planned.checks, voice)
    if len(asks) < MANY:
        return None
    brief = Brief(root.instruction, root.input, asks, voice.say("deepen_lead") if sections else "")
    instruction, task_input = lay_out(brief, voice, request_first=bool(sections))
    return Plan(instruction, task_input, planned.response, (*checks, *planned.checks))


def follow_up(root: Task, partner: Task, voice: Voice) -> Plan | None:
    """Ask for the answer once more, in another form; only where that makes another answer of it."""
    planned = fulfil(root, root.response, voice.rng.randint(1, 2), voice)
    if planned is None or planned.response.strip() == root.response.strip():
        return None
    asks = weave(Brief("", "", say_checks(planned.checks, voice)), voice)
    return Plan(voice.join([voice.say("again"), asks]), "", planned.response, planned.checks)


MAKERS: Mapping[str, Callable[[Task, Task, Voice], Plan | None]] = {
    "combine": combine, "complex_instruct": complicate, "extend": follow_up,
}  # fmt: skip
PARTS = "split"
NAMES = (*MAKERS, PARTS)


def reply_augment(facts: Mapping[str, Any]) -> str:
    """Return what is made of a task, in the tag form, or as a numbered list where it is several. Raises `RefusedError`."""
    plans = plan_augmentation(facts)
    if facts["operator"] == PARTS:
        return "\n".join(f"{number}. {plan.instruction}" for number, plan in enumerate(plans, 1))
    return write_reply(plans[0])


def plan_augmentation(facts: Mapping[str, Any]) -> Sequence[Plan]:
    """Return the tasks and responses that the facts of a request stand for. Raises `RefusedError`."""
    needed = {key: facts.get(key) for key in ("rng", "operator", "parent", "partner", "language")}
    return _plan(json.dumps(needed, ensure_ascii=False, sort_keys=True))


@lru_cache(maxsize=CACHED_PLANS)
def _plan(key: str) -> Sequence[Plan]:
    facts = json.loads(key)
    name, root = str(facts["operator"]), read_task(facts["parent"])
    plans: Sequence[Plan] = ()
    if name == PARTS:
        plans = split_task(root)
    elif name in MAKERS:
        drafts = list(_draft(name, root, read_task(facts["partner"] or {}), facts))
        near = () if name == "extend" else (root.instruction,)  # a further turn is another text anyway
        best = choose_furthest(drafts, near)
        plans = () if best is None else (best,)
    if not plans:
        raise RefusedError(
            f"the embedded back end makes no {name} of this task by its rules: its texts are too short, have no response, "
            "or have a form that it leaves alone; a model may"
        )
    return plans


def _draft(name: str, root: Task, partner: Task, facts: Mapping[str, Any]) -> Iterator[Plan]:
    """Yield drafts that meet their checks and can be said in the tag form. Raises `RefusedError` for the language."""
    for attempt in range(ATTEMPTS if root.response else 0):
        voice = make_voice(str(facts["language"] or root.language or "en"), facts["rng"], name, attempt)
        plan = MAKERS[name](root, partner, voice)
        if plan is not None and check_plan(plan := strip_plan(plan)) and is_sayable(plan):
            yield plan

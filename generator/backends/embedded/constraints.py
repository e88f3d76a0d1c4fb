"""Chooses constraints for a response and really fulfils them: the records' ground truth, without a model.

Promise: every check of a plan is met by the plan's response, all together; the response keeps all of the base
response's content and gains no fact; the same arguments and generator give the same plan.

Kinds are drawn without replacement, each with its weight, among those that fit the response and one another. Their
steps are done in the order of their stages (layout, marks, frames, case, wrapping, measures), and each is taken back
where it spoils one done before.

Source: IFEval's instructions are drawn and then verified (Zhou et al. 2023, arXiv:2311.07911, section 2).
Deviations: the response is made to meet them, so that no record has to be thrown away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from evaluators.verifiers.verify import is_compatible, verify
from generator.backends.embedded.constraint_draft import Draft, Offer, read_draft
from generator.backends.embedded.constraint_frames import FRAMES
from generator.backends.embedded.constraint_measures import MEASURE_STAGE, MEASURES
from generator.backends.embedded.constraint_shapes import SHAPE_STAGE, SHAPES
from generator.errors import ReplyError
from generator.types import Check

LANGUAGES = ("en", "zh")
OFFERS: dict[str, Offer] = {**MEASURES, **SHAPES, **FRAMES}


@dataclass(frozen=True, slots=True)
class Plan:
    """Constraints (verdict True, each) and the response that meets them all."""

    checks: tuple[Check, ...]
    response: str


def plan_constraints(
    response: str,
    *,
    language: str,
    rng: Random,
    count: int,
    avoid: frozenset[str] = frozenset(),
    keep: Sequence[Check] = (),
    task_input: str = "",
) -> Plan | None:
    """Return up to `count` constraints and the response that meets them; None where none fits.

    `avoid` names kinds not to choose. `keep` are checks that the response meets already and must go on meeting
    (`task_input` is for them); they are not part of the plan.
    """
    code = language.split("-")[0].lower()
    if code not in LANGUAGES or count < 1 or not response.strip():
        return None
    draft = read_draft(response, code)
    kept = {check.kind for check in keep}
    order = [kind for kind in draw_order(draft, rng, avoid) if all(is_compatible(kind, other) for other in kept)]
    chosen = choose(draft, order, rng, count)
    late = [kind for kind in order if kind not in chosen and OFFERS[kind].stage == MEASURE_STAGE]
    checks: list[Check] = []
    for kind in [*sorted(chosen, key=lambda kind: OFFERS[kind].stage), *late]:
        if len(checks) == count:
            break
        if not all(is_compatible(kind, check.kind) for check in checks):
            continue
        step = take_step(kind, draft, rng, [*keep, *checks], task_input)
        if step is not None:
            draft, check = step
            checks.append(check)
    return Plan(tuple(checks), draft.text) if checks else None


def draw_order(draft: Draft, rng: Random, avoid: frozenset[str]) -> list[str]:
    """Return the kinds that may fit, in an order drawn by their weights (Efraimidis and Spirakis 2006, A-ES)."""
    keys = {
        kind: rng.random() ** (1 / offer.weight)
        for kind, offer in OFFERS.items()
        if draft.language in offer.languages and draft.scope in offer.scopes and kind not in avoid
    }
    return sorted(keys, key=lambda kind: -keys[kind])


def choose(draft: Draft, order: Sequence[str], rng: Random, count: int) -> list[str]:
    """Return the first `count` kinds that fit the response and one another, at most one of them a layout."""
    chosen: list[str] = []
    for kind in order:
        if len(chosen) == count:
            break
        layout = OFFERS[kind].stage == SHAPE_STAGE
        taken = any(OFFERS[other].stage == SHAPE_STAGE for other in chosen)
        if (layout and taken) or not all(is_compatible(kind, other) for other in chosen):
            continue
        if OFFERS[kind].step(draft, rng) is not None:
            chosen.append(kind)
    return chosen


def take_step(
    kind: str, draft: Draft, rng: Random, checks: Sequence[Check], task_input: str
) -> tuple[Draft, Check] | None:
    """Return the draft after the kind's step and the new check; None where it does not fit or spoils another."""
    change = OFFERS[kind].step(draft, rng)
    if change is None:
        return None
    text, params = change
    check = Check(kind=kind, params=params, verdict=True)
    try:
        if not all(verify(each, text, task_input) for each in [check, *checks]):
            return None
    except ReplyError:  # a measure out of the parameter's range, or a check to keep that cannot be computed
        return None
    return (draft if text == draft.text else read_draft(text, draft.language, draft.terms)), check

"""A planned record: the task that is asked for and the response that really meets it, made together.

Promise: a plan is a pure function of the seed task, the parent and the name of the draw, so that the call that asks for
the response finds the same plan again; and `check_plan` lets none through that states a check it does not meet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from evaluators.verifiers.verify import verify_all
from generator.errors import ReplyError
from generator.types import Check


@dataclass(frozen=True, slots=True)
class Task:
    """A task as the facts of a request give it."""

    instruction: str
    input: str = ""
    response: str = ""
    language: str = ""
    checks: tuple[Check, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """A task and its response."""

    instruction: str
    input: str
    response: str
    checks: tuple[Check, ...] = ()


def read_task(facts: Mapping[str, Any]) -> Task:
    """Return the task that a mapping describes; what is missing is empty."""
    texts = {key: str(facts.get(key) or "").strip() for key in ("instruction", "input", "response", "language")}
    checks = tuple(Check.model_validate(check) for check in facts.get("checks") or ())
    return Task(checks=checks, tags=dict(facts.get("tags") or {}), **texts)


def check_plan(plan: Plan) -> bool:
    """Say whether the plan has an instruction and a response that meets every check stated."""
    if not plan.instruction.strip() or not plan.response.strip():
        return False
    try:
        return all(check.verdict for check in verify_all(plan.checks, plan.response, plan.input))
    except ReplyError:
        return False


def state_checks(checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """Return the checks as a proposal states them: without verdicts."""
    return tuple(replace_verdict(check) for check in checks)


def replace_verdict(check: Check) -> Check:
    """Return the check without its verdict."""
    return check if check.verdict is None else check.model_copy(update={"verdict": None})


def strip_plan(plan: Plan) -> Plan:
    """Return the plan as a parser will see it: outer white space gone."""
    return replace(
        plan, instruction=plan.instruction.strip(), input=plan.input.strip(), response=plan.response.strip(),
        checks=state_checks(plan.checks),
    )  # fmt: skip

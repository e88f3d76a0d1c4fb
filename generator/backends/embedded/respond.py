"""Answers an evolved or augmented task: finds again the response that was planned with it, and verifies it once more.

Promise: a response that does not belong to the very task asked about, or that misses a check stated, is never given;
the request is refused instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.backends.embedded.augment import RECIPE, plan_augmentation
from generator.backends.embedded.evolve import plan_evolution
from generator.backends.embedded.plan import Plan, check_plan, read_task
from generator.errors import RefusedError

NOT_OURS = "the embedded back end answers only the tasks that it has made itself; use a model for others"


def reply_response(facts: Mapping[str, Any]) -> str:
    """Return the response to the task of the facts. Raises `RefusedError`."""
    if "rng" not in facts or "seed" not in facts:
        raise RefusedError(NOT_OURS)
    task = read_task(facts["task"])
    plans = plan_augmentation(facts) if facts.get("recipe") == RECIPE else [plan_evolution(facts)]
    plan = next((plan for plan in plans if (plan.instruction, plan.input) == (task.instruction, task.input)), None)
    if plan is None or not check_plan(Plan(task.instruction, task.input, plan.response, task.checks)):
        raise RefusedError(NOT_OURS)
    return plan.response

"""Reward functions for reinforcement learning: what code can check about an answer, as TRL's trainers call it.

    from evaluators.rewards import verify_reward
    trainer = GRPOTrainer(model, reward_funcs=verify_reward, train_dataset=load_dataset(...))

The data set is one that `export --to trl_grpo` wrote; its column `checks` arrives as an argument.

Promise: what cannot be checked gives no reward (None, which TRL leaves out), never 0.
Source: TRL, "GRPO Trainer", custom reward functions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from evaluators.verifiers.verify import verify
from generator.errors import ReplyError
from generator.types import Check


def verify_reward(
    completions: Sequence[Any], checks: Sequence[Any] | None = None, input: Sequence[str] | None = None, **_: Any
) -> list[float | None]:  # the names are those of the data set's columns
    """Return, for each completion, the share of its checks that it meets, 0 to 1; None where nothing can be checked.

    A completion is a text or a list of messages; `checks` holds each one's checks, as JSON or as a list of objects.
    """
    inputs = input if input is not None else [""] * len(completions)
    given = checks if checks is not None else [None] * len(completions)
    return [
        _reward(read_text(completion), read_checks(of), material or "")
        for completion, of, material in zip(completions, given, inputs, strict=True)
    ]


def read_text(completion: Any) -> str:
    """Return the text of a completion: itself, or the content of its last message."""
    if isinstance(completion, str):
        return completion
    return str(completion[-1].get("content") or "") if completion else ""


def read_checks(value: Any) -> list[Check]:
    """Return the checks of one row; none where they cannot be read."""
    try:
        rows = json.loads(value) if isinstance(value, str) else value or []
        return [Check(kind=row["kind"], params=row.get("params") or {}) for row in rows if isinstance(row, Mapping)]
    except (ValueError, KeyError, TypeError):
        return []


def _reward(text: str, checks: Sequence[Check], material: str) -> float | None:
    met = [found for check in checks if (found := _verify(check, text, material)) is not None]
    return sum(met) / len(met) if met else None


def _verify(check: Check, text: str, material: str) -> bool | None:
    try:
        return verify(check, text, material)
    except ReplyError:
        return None

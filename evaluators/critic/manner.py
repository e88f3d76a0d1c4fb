"""How a critic goes about it: calls, samples, temperature, what its scores are made from; and what an opinion is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from generator.errors import RefusedError, ReplyError
from generator.types import Example

T = TypeVar("T")

SAMPLES_TEMPERATURE = 0.7  # Wang et al. 2022 (arXiv:2203.11171), section 3.1: 0.5 to 0.7
LOWEST, HIGHEST = 1, 10  # the scale that composites are told on, whatever a rubric's own

CHEAP = "cheap"  # the column of the scorer that looks at a record before the critic does
FIRST_SIGHT = "weak_at_first_sight"  # the doubt that it leaves where the critic is not asked

FindReference = Callable[[Example], str]
Columns = dict[str, float | str | None]


def find_none(example: Example) -> str:
    """Return that there is no reference answer."""
    return ""


@dataclass(frozen=True, slots=True)
class Manner:
    """How verdicts are asked for, and how scores become one."""

    by_dimension: bool = False
    samples: int = 1
    temperature: float | None = None
    probabilities: bool = False
    aggregate: str = "weighted"
    max_spread: float = 2.0
    find_reference: FindReference = find_none

    @property
    def warmth(self) -> float | None:
        """The temperature to ask at; None leaves it to the rubric."""
        return SAMPLES_TEMPERATURE if self.temperature is None and self.samples > 1 else self.temperature


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one critic holds of a record by one rubric or several; `overall` is on the scale 1 to 10.

    `points` are the verdicts on single dimensions, all on that scale, by column: so that jurors can be compared.
    """

    columns: Columns
    overall: float | None
    explanations: Mapping[str, str]
    spread: float | None = None
    doubts: tuple[str, ...] = ()
    bars: Mapping[str, bool] = field(default_factory=dict)  # by rubric: is its threshold reached
    points: Mapping[str, float] = field(default_factory=dict)


def rescale(score: float, low: float, high: float) -> float:
    """Return a score of the scale [low, high] as one of 1 to 10."""
    if (low, high) == (LOWEST, HIGHEST):
        return score
    return LOWEST + (HIGHEST - LOWEST) * (score - low) / (high - low)


async def ask_together(asks: Sequence[Coroutine[Any, Any, T]]) -> list[T | ReplyError | RefusedError]:
    """Return what each ask came to, in order; a reply that is not in form, or a refusal, is a result like another.

    Raises what ends the run.
    """
    if len(asks) == 1:
        return [await _catch(asks[0])]
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_catch(ask)) for ask in asks]
    except ExceptionGroup as faults:
        raise faults.exceptions[0] from None  # the run ends with the first
    return [task.result() for task in tasks]


async def _catch(ask: Coroutine[Any, Any, T]) -> T | ReplyError | RefusedError:
    try:
        return await ask
    except (ReplyError, RefusedError) as error:
        return error


def describe_example(example: Example, **more: Any) -> dict[str, Any]:
    """Return the record as facts, for a back end that works by rules."""
    task = {
        "id": example.id, "instruction": example.instruction, "input": example.input, "response": example.response,
        "system": example.system, "language": example.language, "tags": example.tags,
        "checks": [check.model_dump() for check in example.checks],
    }  # fmt: skip
    return {"task": task, "language": example.language} | more

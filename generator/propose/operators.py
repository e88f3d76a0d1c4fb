"""Which operator a job uses: drawn by weight, and, where a run has a target, by what each operator has yielded.

The draw is by a generator seeded with the run's seed, the parent and the draw, so it depends on nothing else. With a
target, effort moves to what yields: each operator's weight is multiplied by a Thompson sample of its yield, from a Beta
posterior over what was decided *two rounds ago and before*. All of that is committed, in order, before the job draws, so
the draw is still a function of the data; two rounds, so that waiting for it costs next to nothing. Multiplying keeps every
operator in play: a set made by the one operator that yields best would be a poor one.

Source: Thompson 1933; Chapelle and Li 2011 ("An empirical evaluation of Thompson sampling"), Beta-Bernoulli form.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence

from generator.types import Operator

ROUNDS_BACK = 2  # yields of the rounds up to this many before count


class OperatorDraw:
    """Draws operators for the jobs of `width` lanes; `adapts` says whether yields count."""

    def __init__(self, operators: Sequence[Operator], *, seed: int, width: int, adapts: bool) -> None:
        self._operators = operators
        self._seed = seed
        self._width = width
        self._adapts = adapts
        self._settled = 0  # jobs decided for good, in order
        self._counts: list[tuple[Counter[str], Counter[str]]] = [(Counter(), Counter())]  # by round: accepted, not
        self._waiting: dict[int, asyncio.Event] = {}  # by round: set when it is decided

    async def choose(self, index: int, parent_id: str, draw: int) -> Operator:
        """Return the job's operator, waiting until the rounds whose yield counts are decided."""
        rng = random.Random(f"{self._seed}/{parent_id}/{draw}")
        weights = [operator.weight for operator in self._operators]
        if self._adapts:
            known = index // self._width - ROUNDS_BACK  # the last round (from 0) that counts
            await self._wait_for(known)
            weights = [one.weight * self._sample_yield(rng, known, one) for one in self._operators]
        return rng.choices(self._operators, weights)[0]

    async def _wait_for(self, known: int) -> None:
        if known >= 0 and self._settled < (known + 1) * self._width:
            await self._waiting.setdefault(known, asyncio.Event()).wait()

    def _sample_yield(self, rng: random.Random, known: int, operator: Operator) -> float:
        if known < 0:
            return 1.0
        accepted, rejected = self._counts[known]
        return rng.betavariate(1 + accepted[operator.name], 1 + rejected[operator.name])

    def settle(self, operator: str, *, is_accepted: bool) -> None:
        """Take note of the next job's decision; jobs are settled in order."""
        number = self._settled // self._width
        if number == len(self._counts):
            accepted, rejected = self._counts[-1]  # counts of a round hold those of the rounds before
            self._counts.append((accepted.copy(), rejected.copy()))
        self._counts[number][0 if is_accepted else 1][operator] += 1
        self._settled += 1
        if self._settled % self._width == 0 and (event := self._waiting.pop(number, None)) is not None:
            event.set()

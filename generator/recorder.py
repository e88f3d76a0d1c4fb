"""Writes what was decided, in the order of the decisions, while nothing more urgent is to be done.

How alike the nearest neighbours of a record are decides nothing any more when it is accepted, and is dear to measure
among texts of common words. An event loop that measures is late to read replies and to fill the slots that they free,
so the measuring waits for a turn of the loop in which nothing else happened; where there are many of those, it is done
ahead of the decision. What waits is bounded: beyond that, the oldest is done at once.

Promise: what is written does not depend on when: the neighbours are those among what was committed before the decision.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Self

from generator.pool import Pool, Probe
from generator.types import Outcome

MOST_WAITING = 512  # outcomes decided and not yet written
IDLE_S = 0.0005  # a turn of the loop that took less had nothing else to do
PAUSE_S = 0.005  # before looking again whether there is time


class Recorder:
    """What the engine hands its outcomes to. A context: at its end, however that comes, all that was taken is written."""

    def __init__(self, pool: Pool, write: Callable[[Outcome], None]) -> None:
        """`write` takes the outcomes, complete, in order."""
        self._pool = pool
        self._write = write
        self._waiting: deque[tuple[Outcome, Probe | None]] = deque()
        self._expected: OrderedDict[int, Probe] = OrderedDict()
        self._arrived = asyncio.Event()
        self._fault: Exception | None = None

    def expect(self, probe: Probe) -> None:
        """Hear of a candidate that will be accepted, as far as is known before its turn has come."""
        self._expected[id(probe)] = probe
        self._arrived.set()

    def forget(self, probe: Probe | None) -> None:
        """Hear that nothing more is to be done about a candidate before it is taken, if ever it is."""
        self._expected.pop(id(probe), None)

    def take(self, outcome: Outcome, probe: Probe | None) -> None:
        """Take what was decided; `probe` is what the decision on its novelty left. Raises what writing raised."""
        if self._fault is not None:
            raise self._fault
        self.forget(probe)
        self._waiting.append((outcome, probe))
        self._arrived.set()
        if len(self._waiting) > MOST_WAITING:
            self._write_next()

    async def __aenter__(self) -> Self:
        """Begin to write."""
        self._worker = asyncio.create_task(self._work())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write the rest, unless writing is what failed. Raises what it raised; can be interrupted."""
        self._worker.cancel()
        await asyncio.gather(self._worker, return_exceptions=True)
        while self._waiting and self._fault is None:
            self._write_next()
            await asyncio.sleep(0)
        if self._fault is not None and error is not self._fault:
            raise self._fault

    async def _work(self) -> None:
        while self._fault is None:
            await self._arrived.wait()
            began = time.perf_counter()
            await asyncio.sleep(0)
            if time.perf_counter() - began > IDLE_S:
                await asyncio.sleep(PAUSE_S)
            elif self._waiting:
                self._write_next()
            elif self._expected:
                self._measure_ahead()
            else:
                self._arrived.clear()

    def _measure_ahead(self) -> None:
        _, probe = self._expected.popitem(last=False)
        if self._pool.look(probe) is None:
            self._pool.find_nearest(probe)

    def _write_next(self) -> None:
        outcome, probe = self._waiting.popleft()
        try:
            self._write(outcome if probe is None else _note_novelty(outcome, probe, self._pool))
        except Exception as error:
            self._fault = error
            raise


def _note_novelty(outcome: Outcome, probe: Probe, pool: Pool) -> Outcome:
    """Note in a record how alike its nearest neighbours were, over all that was committed before it."""
    if outcome.example is None or not (found := pool.find_nearest(probe)):
        return outcome
    scores: dict[str, float | str | None] = {f"novelty.{name}": round(one.similarity, 6) for name, one in found.items()}
    embedders = [one.by for one in found.values() if one.by]
    scores |= {"novelty.embedder": embedders[0]} if embedders else {}
    scores |= outcome.example.scores
    return replace(outcome, example=outcome.example.model_copy(update={"scores": scores}))

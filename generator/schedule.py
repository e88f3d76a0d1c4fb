"""The schedule: speculative work, commitment in order. It knows nothing of language models.

Jobs are numbered 0, 1, 2, …; job n builds on job n - width (its lane). What a job builds on is its *basis*. Jobs are
attempted concurrently, the oldest first, on the basis that they are *foreseen* to have; they are committed strictly in
order, each exactly once, on the basis that they really have. An attempt whose basis turns out otherwise is thrown away,
with all that was built upon it, and made again. So the outcome is a function of the work alone, never of timing, while
a straggler holds up only the commitment of what comes after it, never its attempts.

Memory is bounded by `window` (attempts started and not yet committed), whatever the number of jobs still to come.

Deviations from a plain worker pool: no queue of all jobs (a counter and a heap of ready ones), no barrier anywhere.
"""

from __future__ import annotations

import asyncio
import heapq
from dataclasses import dataclass
from typing import Any, Protocol

WINDOW_PER_WORKER = 32  # simulated: lognormal latency with sigma 1.0 holds at most 14 results a worker
YIELD_EVERY = 16  # commitments in a row before others get their turn
MINIMUM_WINDOW = 1024  # a small pool still looks far enough ahead to keep its workers busy behind a straggler


class Work(Protocol):
    """What a schedule runs. Bases are compared with `==`."""

    width: int
    total: int | None
    speculative: bool

    def start(self, index: int) -> Any:
        """Return the basis of job `index` < width."""
        ...

    async def attempt(self, index: int, basis: Any) -> Any:
        """Do the job speculatively; it may be cancelled and thrown away."""
        ...

    def foresee(self, index: int, basis: Any, attempt: Any) -> Any:
        """Return the basis that job `index + width` will probably have."""
        ...

    async def commit(self, index: int, basis: Any, attempt: Any) -> Any:
        """Decide the job for good, in order; return the basis of job `index + width`."""
        ...

    def discard(self, index: int) -> None:
        """Forget an attempt that is thrown away."""
        ...

    def is_finished(self) -> bool:
        """Say whether nothing more is wanted; asked before each commitment."""
        ...

    def look_ahead(self) -> int:
        """Return how many jobs beyond the next commitment are worth starting."""
        ...


@dataclass(slots=True)
class _Job:
    basis: Any
    task: asyncio.Task[Any] | None = None


class Schedule:
    """Runs one `Work` with up to `workers` attempts at a time and up to `window` of them uncommitted."""

    def __init__(self, work: Work, *, workers: int, window: int | None = None) -> None:
        self._work = work
        self._workers = workers
        self._window = window or max(MINIMUM_WINDOW, WINDOW_PER_WORKER * workers)
        self._jobs: dict[int, _Job] = {}  # known basis: ready, running or done, not yet committed
        self._ready: list[int] = []  # heap of indices whose basis is known and whose attempt has not begun
        self._fresh = 0  # the next lane that has not begun
        self._next = 0  # the next job to commit
        self._active = 0
        self._started = 0  # begun and not yet committed, finished or not
        self._fault = -1  # the oldest job that failed; what comes after it is not begun
        self.most_held = 0

    async def run(self) -> None:
        """Attempt and commit until the work is finished. Raises what an attempt raised, when its turn comes."""
        try:
            while not self._work.is_finished() and (self._work.total is None or self._next < self._work.total):
                self._fill()
                await self._commit_next()
        finally:
            await self._cancel_all()

    async def _commit_next(self) -> None:
        index = self._next
        job = self._jobs[index]
        assert job.task is not None  # the oldest job always fits the window, so it has been begun
        if not job.task.done() or index % YIELD_EVERY == 0:  # a wait costs turns of the loop, in which others pile up
            await asyncio.wait([job.task])
        basis = await self._work.commit(index, job.basis, job.task.result())
        del self._jobs[index]
        self._started -= 1
        self._next += 1
        self._settle(index + self._work.width, basis)

    def _settle(self, index: int, basis: Any) -> None:
        """Confirm or replace the basis that job `index` was foreseen to have."""
        job = self._jobs.get(index)
        if job is not None and job.basis == basis:
            return
        self._throw_away(index)
        self._make_ready(index, basis)

    def _throw_away(self, index: int) -> None:
        while (job := self._jobs.pop(index, None)) is not None:
            if job.task is None:
                self._ready.remove(index)
                heapq.heapify(self._ready)
            else:
                job.task.cancel()
                self._started -= 1
                self._work.discard(index)
            if index == self._fault:
                self._fault = -1
            index += self._work.width

    def _make_ready(self, index: int, basis: Any) -> None:
        if self._work.total is None or index < self._work.total:
            self._jobs[index] = _Job(basis)
            heapq.heappush(self._ready, index)

    def _fill(self) -> None:
        """Begin the oldest ready jobs while there is room."""
        limit = max(1, min(self._window, self._work.look_ahead()))
        while self._active < self._workers or self._is_due():
            index = self._peek()
            if index is None or (self._started >= limit and index != self._next):
                return
            if self._fault >= 0 and index > self._fault:
                return
            self._begin(self._take(index))

    def _is_due(self) -> bool:
        """Say whether the next job to commit still has to begin: it must never wait for a worker."""
        return self._peek() == self._next

    def _peek(self) -> int | None:
        total = self._work.total
        if self._fresh < self._work.width and (total is None or self._fresh < total):
            return min(self._fresh, self._ready[0]) if self._ready else self._fresh
        return self._ready[0] if self._ready else None

    def _take(self, index: int) -> int:
        if index == self._fresh and index not in self._jobs:
            self._jobs[index] = _Job(self._work.start(index))
            self._fresh += 1
        else:
            heapq.heappop(self._ready)
        return index

    def _begin(self, index: int) -> None:
        job = self._jobs[index]
        self._active += 1
        self._started += 1
        self.most_held = max(self.most_held, self._started - self._active)
        job.task = asyncio.create_task(self._work.attempt(index, job.basis))
        job.task.add_done_callback(lambda task: self._end(index, job, task))

    def _end(self, index: int, job: _Job, task: asyncio.Task[Any]) -> None:
        self._active -= 1
        if task.cancelled() or self._jobs.get(index) is not job:
            return
        if task.exception() is not None:
            self._fault = index if self._fault < 0 else min(self._fault, index)
        elif self._work.speculative:
            self._make_ready(index + self._work.width, self._work.foresee(index, job.basis, task.result()))
        self._fill()

    async def _cancel_all(self) -> None:
        tasks = [job.task for job in self._jobs.values() if job.task is not None]
        self._jobs.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

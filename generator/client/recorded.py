"""The outermost layer: the journal in front of a back end.

What was answered before comes from the journal at once. The same request asked twice at the same time is one call. A
call that was sent is recorded even when nobody waits for it any more: it was paid for.
"""

from __future__ import annotations

import asyncio

from generator.client.meter import Meter
from generator.errors import BackendError
from generator.journal import Journal, make_key
from generator.protocols import Backend
from generator.types import ChatRequest, Completion


class Recorded:
    """Answers from the journal, else asks the back end within and records its answer before handing it on."""

    def __init__(self, inner: Backend, journal: Journal, meter: Meter) -> None:
        self.name = inner.name
        self._inner = inner
        self._journal = journal
        self._meter = meter
        self._asking: dict[str, asyncio.Task[Completion]] = {}

    async def complete(self, request: ChatRequest) -> Completion:
        """Answer. Raises the `BackendError` family."""
        key = make_key(request, self.name)
        task = self._asking.get(key)
        if task is None:
            recorded = self._journal.look_up(key)
            if recorded is not None:
                self._meter.cached += 1
                return recorded
            task = self._asking[key] = asyncio.create_task(self._ask(key, request))
            task.add_done_callback(lambda done: self._forget(key, done))
        return await asyncio.shield(task)

    async def _ask(self, key: str, request: ChatRequest) -> Completion:
        self._meter.asked += 1
        try:
            completion = await self._inner.complete(request)
        except BackendError:
            self._meter.failed += 1
            raise
        await self._journal.record(key, request, completion)
        self._meter.count_answer(request.about, completion)
        return completion

    def _forget(self, key: str, task: asyncio.Task[Completion]) -> None:
        self._asking.pop(key, None)
        if not task.cancelled():
            task.exception()  # nobody may be waiting any more; then nobody needs to hear of it

    async def drain(self, timeout_s: float) -> None:
        """Wait for the calls in flight to be recorded, at most `timeout_s` seconds; then cut them off."""
        tasks = list(self._asking.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=timeout_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def close(self) -> None:
        """Close the back end within."""
        await self._inner.close()

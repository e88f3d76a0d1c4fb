"""The limit of calls in flight, as a layer: the oldest candidate goes first.

It sits inside the retry, so a call that waits for its next attempt holds no slot.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools

from generator.errors import BackendGoneError
from generator.protocols import Backend
from generator.types import ChatRequest, Completion


class Limiter:
    """At most `slots` calls in flight; those that wait are served by `request.order`, then first come."""

    def __init__(self, inner: Backend, slots: int) -> None:
        self.name = inner.name
        self._inner = inner
        self._free = slots
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._tickets = itertools.count()
        self._closed = False
        self.in_flight = 0

    async def complete(self, request: ChatRequest) -> Completion:
        """Answer when a slot is free. Raises `BackendGoneError` once `stop` was called."""
        await self._acquire(request.order)
        self.in_flight += 1
        try:
            return await self._inner.complete(request)
        finally:
            self.in_flight -= 1
            self._release()

    async def _acquire(self, order: int) -> None:
        if self._closed:
            raise BackendGoneError("The run is stopping; no further call is made.")
        if self._free > 0:
            self._free -= 1
            return
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (order, next(self._tickets), granted))
        try:
            await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled() and granted.exception() is None:
                self._release()  # the slot came in the very moment of the cancellation
            raise

    def _release(self) -> None:
        while self._waiting:
            granted = heapq.heappop(self._waiting)[2]
            if not granted.done():
                granted.set_result(None)
                return
        self._free += 1

    def stop(self) -> None:
        """Make no further call; those in flight go on to their end."""
        self._closed = True
        for _, _, granted in self._waiting:
            if not granted.done():
                granted.set_exception(BackendGoneError("The run is stopping; no further call is made."))
        self._waiting.clear()

    async def close(self) -> None:
        """Close the back end within."""
        await self._inner.close()

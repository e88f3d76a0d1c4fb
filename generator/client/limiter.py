"""The limit of calls in flight, as a layer: the oldest candidate goes first.

It sits inside the retry, so a call that waits for its next attempt holds no slot. However a call ends, and whenever it
is cancelled, its slot is handed on exactly once.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools

from generator.client.pace import NO_PERIOD, Pace
from generator.errors import BackendGoneError, RetryableError
from generator.protocols import Backend
from generator.types import ChatRequest, Completion


class Limiter:
    """At most `slots` calls in flight; those that wait are served by `request.order`, then first come."""

    def __init__(self, inner: Backend, slots: int) -> None:
        self.name = inner.name
        self._inner = inner
        self._pace = Pace(slots)
        self._taken = 0  # slots handed out, to calls that are about to begin as well
        self._waiting: list[tuple[int, int, asyncio.Future[int]]] = []
        self._tickets = itertools.count()
        self._stopped = False
        self._sent: set[int] = set()
        self.latest_answered = 0.0  # the loop's time at which the latest of the answered calls was sent

    @property
    def in_flight(self) -> int:
        """How many calls are with the back end."""
        return len(self._sent)

    def is_sent(self, request: ChatRequest) -> bool:
        """Say whether this very call is with the back end now."""
        return id(request) in self._sent

    async def complete(self, request: ChatRequest) -> Completion:
        """Answer when a slot is free. Raises `BackendGoneError` once `stop` was called."""
        period = await self._acquire(request.order)
        limited = False
        self._sent.add(id(request))
        sent = asyncio.get_running_loop().time()
        try:
            completion = await self._inner.complete(request)
            self.latest_answered = max(self.latest_answered, sent)
            return completion
        except RetryableError as error:
            limited = error.limited
            raise
        finally:
            self._sent.discard(id(request))
            self._pace.end(period, limited=limited, in_flight=len(self._sent))
            self._release()

    async def _acquire(self, order: int) -> int:
        """Wait for a slot; return the period of the pace in which it was granted."""
        self._refuse_if_stopped()
        granted: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (order, next(self._tickets), granted))
        self._grant()
        try:
            period = await granted
            self._refuse_if_stopped()
            return period
        except (asyncio.CancelledError, BackendGoneError):
            if not granted.cancelled():
                self._release()  # the slot came in the very moment of the cancellation or the stop
            raise

    def _refuse_if_stopped(self) -> None:
        if self._stopped:
            raise BackendGoneError("The run is stopping; no further call is made.")

    def _grant(self) -> None:
        while self._waiting and self._taken < self._pace.limit:
            granted = heapq.heappop(self._waiting)[2]
            if not granted.done():
                self._taken += 1
                granted.set_result(self._pace.begin())

    def _release(self) -> None:
        self._taken -= 1
        self._grant()

    def stop(self) -> None:
        """Make no further call; those in flight go on to their end."""
        self._stopped = True
        while self._waiting:
            granted = heapq.heappop(self._waiting)[2]
            if not granted.done():
                self._taken += 1
                granted.set_result(NO_PERIOD)  # it wakes, sees the stop, and gives its slot back

    async def close(self) -> None:
        """Close the back end within."""
        await self._inner.close()

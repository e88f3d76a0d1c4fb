"""The limit of calls in flight, as a layer: the oldest candidate goes first, and beginnings before endings.

A record takes calls one after the other. Were the oldest always first, a run would end with candidates that are all at
their first call, and with most slots empty while they go their way; so a call gives way to the first calls of as many
younger candidates as there are slots, once for each step that its own is ahead.

It sits inside the retry, so a call that waits for its next attempt holds no slot. However a call ends, and whenever it
is cancelled, its slot is handed on exactly once. How many slots there are, the pace says; while the circuit is open, one
call at a time probes; and when a server's headers say that nothing is left of its allowance, no call is sent until that
is full again.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable

from generator.client.circuit import Circuit
from generator.client.pace import Call, End, Pace
from generator.errors import BackendError, BackendGoneError, RefusedError, RetryableError
from generator.protocols import Backend, LoadSource, RateLimited, RateLimits
from generator.types import ChatRequest, Completion

STOPPING = "The run is stopping; no further call is made."
STEPS = {"judge": 1, "respond": 2, "critic": 3}  # on the way of a record, by the family of templates; else 0
LOAD_EVERY_S = 1.0
LOAD_PATIENCE = 3  # times in a row that a server may tell no load before it is asked no more
_SILENT = Call(-1, 0, counts=False)  # says nothing to the pace


class Limiter:
    """At most `slots` calls in flight; those that wait are served by rank (`request.order`, and steps), then first come.

    With `first`, so many at first, and more as long as all goes well. With `ends_first`, no call gives way to the first
    calls of younger candidates: where calls are limited, candidates that come to their end are what counts.
    `on_recovery` is called when the back end answers again after an outage.
    """

    def __init__(self, inner: Backend, slots: int, first: int | None = None, *, ends_first: bool = False) -> None:
        self.name = inner.name
        self.on_recovery: Callable[[], None] = lambda: None
        self._inner = inner
        self._ends_first = ends_first
        self._pace = Pace(slots, first)
        self._circuit = Circuit()
        self._taken = 0  # slots handed out, to calls that are about to begin as well
        self._waiting: list[tuple[int, int, asyncio.Future[Call]]] = []
        self._tickets = itertools.count()
        self._stopped: BackendError | None = None
        self._sent: set[int] = set()
        self._allowance = inner if isinstance(inner, RateLimited) else None
        self._load = inner if isinstance(inner, LoadSource) else None
        self._limits: RateLimits | None = None
        self._held_until = 0.0
        self._alarm: asyncio.TimerHandle | None = None
        self._load_watch: asyncio.Task[None] | None = None
        self.latest_answered = 0.0  # the loop's time at which the latest of the answered calls was sent

    @property
    def in_flight(self) -> int:
        """How many calls are with the back end."""
        return len(self._sent)

    @property
    def limit(self) -> int:
        """How many calls may be in flight now."""
        return 1 if self._circuit.is_open else self._pace.limit

    @property
    def is_open(self) -> bool:
        """Whether the circuit is open: calls fail, and none is answered."""
        return self._circuit.is_open

    def is_sent(self, request: ChatRequest) -> bool:
        """Say whether this very call is with the back end now."""
        return id(request) in self._sent

    async def complete(self, request: ChatRequest) -> Completion:
        """Answer when a slot is free. Raises what `stop` was called for, once it was."""
        ahead = 0 if self._ends_first else STEPS.get(request.kind, 0)
        call = await self._acquire(request.order + ahead * self._pace.limit)
        end = End.OTHER
        self._sent.add(id(request))
        sent = _now()
        try:
            completion = await self._inner.complete(request)
            end = End.ANSWERED
            self.latest_answered = max(self.latest_answered, sent)
            return completion
        except RetryableError as error:
            if error.overloaded:
                end = End.TURNED_AWAY if error.limited else End.LATE
            self._note_fault(error, sent)
            raise
        except RefusedError:
            self._note_sign_of_life(sent)
            raise
        finally:
            self._sent.discard(id(request))
            self._end(call, end, request.kind, sent)

    def _end(self, call: Call, end: End, kind: str, sent: float) -> None:
        if end is End.ANSWERED:
            self._note_sign_of_life(sent)
        if not self._circuit.is_open:
            self._pace.end(
                call, end, in_flight=len(self._sent), waiting=len(self._waiting), kind=kind, latency_s=_now() - sent
            )
        self._note_limits()
        self._taken -= 1
        self._grant()

    def _note_sign_of_life(self, sent: float) -> None:
        if self._circuit.note_answer(sent, _now()):
            self._pace.pause()
            self.on_recovery()

    def _note_fault(self, error: RetryableError, sent: float) -> None:
        if error.limited:
            self._note_sign_of_life(sent)
        else:
            self._circuit.note_fault(_now(), overloaded=error.overloaded)

    def _note_limits(self) -> None:
        """Hold back new calls where the server's headers say that its allowance is used up."""
        limits = self._allowance.limits if self._allowance is not None else None
        if limits is None or limits is self._limits:
            return
        self._limits = limits
        for left, reset_s in (
            (limits.remaining_requests, limits.requests_reset_s), (limits.remaining_tokens, limits.tokens_reset_s),
        ):  # fmt: skip
            if left is not None and left <= 0 and reset_s is not None:
                self._held_until = max(self._held_until, _now() + reset_s)

    async def _acquire(self, rank: int) -> Call:
        """Wait for a slot; return what the pace wants to know of the call at its end."""
        self._refuse_if_stopped()
        if self._load_watch is None and self._load is not None:
            self._load_watch = asyncio.create_task(self._watch_load(self._load))
        granted: asyncio.Future[Call] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (rank, next(self._tickets), granted))
        self._grant()
        try:
            call = await granted
            self._refuse_if_stopped()
            return call
        except (asyncio.CancelledError, BackendError):
            if not granted.cancelled():  # the slot came in the very moment of the cancellation or the stop
                self._taken -= 1
                self._grant()
            raise

    def _refuse_if_stopped(self) -> None:
        if self._stopped is not None:
            raise type(self._stopped)(str(self._stopped))

    def _grant(self) -> None:
        while self._waiting and self._may_send():
            granted = heapq.heappop(self._waiting)[2]
            if not granted.done():
                self._taken += 1
                granted.set_result(self._begin())

    def _begin(self) -> Call:
        if not self._circuit.is_open:
            return self._pace.begin(self._taken)
        self._circuit.note_probe(_now())
        return _SILENT

    def _may_send(self) -> bool:
        """Say whether a call may be sent now; where only time is in the way, see to it that it is asked again."""
        is_open = self._circuit.is_open
        if self._taken >= (self._pace.ceiling if is_open else self._pace.limit):
            return False
        when = max(self._held_until, self._circuit.next_probe if is_open else 0.0)
        if when == 0.0 or when <= _now():
            return True
        if self._alarm is None or self._alarm.cancelled() or self._alarm.when() != when:
            if self._alarm is not None:
                self._alarm.cancel()
            self._alarm = asyncio.get_running_loop().call_at(when, self._grant)
        return False

    async def _watch_load(self, source: LoadSource) -> None:
        """Hand on to the pace what the server says of its queue, as long as calls are in flight."""
        untold = 0
        while untold < LOAD_PATIENCE:
            await asyncio.sleep(LOAD_EVERY_S)
            if self._sent and not self._circuit.is_open:
                load = await source.read_load()
                untold = untold + 1 if load is None else 0
                if load is not None:
                    self._pace.note_load(load, len(self._sent))
                    self._grant()

    def stop(self, reason: BackendError | None = None) -> None:
        """Make no further call; those in flight go on to their end."""
        if self._stopped is None:
            self._stopped = reason or BackendGoneError(STOPPING)
        while self._waiting:
            granted = heapq.heappop(self._waiting)[2]
            if not granted.done():
                self._taken += 1
                granted.set_result(_SILENT)  # it wakes, sees the stop, and gives its slot back

    async def close(self) -> None:
        """Close the back end within."""
        if self._alarm is not None:
            self._alarm.cancel()
        if self._load_watch is not None:
            self._load_watch.cancel()
            await asyncio.gather(self._load_watch, return_exceptions=True)
        await self._inner.close()


def _now() -> float:
    return asyncio.get_running_loop().time()

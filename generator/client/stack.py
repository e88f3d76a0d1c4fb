"""One client: the layers around a back end, each a back end itself: recorded ∘ budget ∘ retry ∘ limiter ∘ back end.

A control, by which the retry tells a call's fault from the back end's, takes the same way without the retry, so that it
is counted against the limits, in the meter and in the journal like any other call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from generator.client.budget import PART, Budget, Ledger
from generator.client.limiter import Limiter
from generator.client.meter import Meter
from generator.client.prices import Price
from generator.client.recorded import Recorded
from generator.client.retry import Retry
from generator.journal import Journal
from generator.protocols import Backend, Stoppable
from generator.types import ChatRequest, Completion

ROOM_PER_SLOT = 2  # calls under a limit that are let through for a slot: one in flight, and one that waits for it


class Client:
    """The layers of one back end, with the handles that a run needs."""

    def __init__(
        self, backend: Backend, journal: Journal, meter: Meter, *, slots: int, give_up_s: float,
        first: int | None = None, can_recall: bool = False, ledger: Ledger | None = None,
        prices: Mapping[str, Price] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        """At most `slots` calls are in flight; with `first` it begins with so many.

        With `can_recall`, what is with the back end can be taken back: nothing is really sent.
        """
        self.name = backend.name
        self._backend = backend
        self._limiter = limiter = Limiter(backend, slots, first, ends_first=ledger is not None)
        is_sent: Callable[[ChatRequest], bool] = (lambda _: False) if can_recall else limiter.is_sent
        counted = limiter if ledger is None else Budget(limiter, ledger, prices, waits=False)
        self._control = _Control(Recorded(counted, journal, meter, is_sent, prices), journal)
        self._retry = Retry(limiter, give_up_s=give_up_s, control=self._control)
        part = 1 if can_recall else PART  # what is only collected for a batch takes all that is left at once
        budget = (
            self._retry if ledger is None else Budget(self._retry, ledger, prices, room=self._count_room, part=part)
        )
        self._outermost = Recorded(budget, journal, meter, is_sent, prices)

    async def complete(self, request: ChatRequest) -> Completion:
        """Answer one request through all layers. Raises the `BackendError` family."""
        return await self._outermost.complete(request)

    def _count_room(self) -> int:
        return ROOM_PER_SLOT * self._limiter.limit

    @property
    def in_flight(self) -> int:
        """How many calls are with the back end now."""
        return self._limiter.in_flight

    def describe_silence(self) -> tuple[float, str] | None:
        """Return for how many seconds calls have failed and none was answered, and the latest fault; None where all is well."""
        return self._retry.describe_silence()

    def stop(self) -> None:
        """Make no further call."""
        self._retry.stop()
        if isinstance(self._backend, Stoppable):
            self._backend.stop()

    async def drain(self, timeout_s: float) -> None:
        """Stop, and wait for the calls in flight to be recorded, at most `timeout_s` seconds."""
        self.stop()
        await self._control.inner.drain(timeout_s)
        await self._outermost.drain(timeout_s)

    async def close(self) -> None:
        """Close all layers."""
        await self._outermost.close()


class _Control:
    """Asks anew each time: as a draw that is not in the journal yet, because the journal grows with each answer."""

    def __init__(self, inner: Recorded, journal: Journal) -> None:
        self.name = inner.name
        self.inner = inner
        self._journal = journal

    async def complete(self, request: ChatRequest) -> Completion:
        return await self.inner.complete(replace(request, draw=self._journal.count()))

    async def close(self) -> None:
        await self.inner.close()

"""One client: the layers around a back end, each a back end itself: recorded ∘ budget ∘ retry ∘ limiter ∘ back end."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from generator.client.budget import Budget, Ledger
from generator.client.limiter import Limiter
from generator.client.meter import Meter
from generator.client.prices import Price
from generator.client.recorded import Recorded
from generator.client.retry import Retry
from generator.journal import Journal
from generator.protocols import Backend
from generator.types import ChatRequest, Completion


class Client:
    """The layers of one back end, with the handles that a run needs."""

    def __init__(
        self, backend: Backend, journal: Journal, meter: Meter, *, slots: int, give_up_s: float,
        can_recall: bool = False, ledger: Ledger | None = None, prices: Mapping[str, Price] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        """With `can_recall`, what is with the back end can be taken back: nothing is really sent."""
        self.name = backend.name
        self._limiter = Limiter(backend, slots)
        self._retry = Retry(self._limiter, give_up_s=give_up_s)
        is_sent = (lambda _: False) if can_recall else self._limiter.is_sent
        budget = self._retry if ledger is None else Budget(self._retry, ledger, prices)
        self._outermost = Recorded(budget, journal, meter, is_sent, prices)

    async def complete(self, request: ChatRequest) -> Completion:
        """Answer one request through all layers. Raises the `BackendError` family."""
        return await self._outermost.complete(request)

    @property
    def in_flight(self) -> int:
        """How many calls are with the back end now."""
        return self._limiter.in_flight

    def stop(self) -> None:
        """Make no further call."""
        self._limiter.stop()
        self._retry.stop()

    async def drain(self, timeout_s: float) -> None:
        """Stop, and wait for the calls in flight to be recorded, at most `timeout_s` seconds."""
        self.stop()
        await self._outermost.drain(timeout_s)

    async def close(self) -> None:
        """Close all layers."""
        await self._outermost.close()

"""The outermost layer: the journal in front of a back end.

What was answered before comes from the journal at once. The same request asked twice at the same time is one call. A
call that was sent is recorded even when nobody waits for it any more: it was paid for. One that is not with the back
end is recalled then. A refusal in words is an answer like any other: paid for, recorded, and the same when the run is
resumed. So is a refusal by status (a prompt too long, a content filter), though it costs nothing, once another call of
its kind was answered: before that, the setup may be at fault, and is asked again when it was mended.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from generator.client.meter import Meter
from generator.client.prices import Price, find_price
from generator.errors import LimitReached, RefusedError, SeedbedError
from generator.journal import TURNED_DOWN, Journal, make_key
from generator.protocols import Backend
from generator.types import ChatRequest, Completion

REFUSED = "content_filter"  # the finish reason of a completion that is a refusal; its text is what was said
_LONGEST_QUOTE = 300


@dataclass(slots=True)
class _Flight:
    """One call on its way, and how many wait for it."""

    request: ChatRequest
    task: asyncio.Task[Completion] = field(init=False)
    waiting: int = 0
    is_answered: bool = False
    is_recalled: bool = False


class Recorded:
    """Answers from the journal, else asks the back end within and records its answer before handing it on.

    `is_sent` says whether a call is with the back end now, so that it is too late to recall it.
    """

    def __init__(
        self, inner: Backend, journal: Journal, meter: Meter, is_sent: Callable[[ChatRequest], bool],
        prices: Mapping[str, Price],
    ) -> None:  # fmt: skip
        self.name = inner.name
        self._inner = inner
        self._journal = journal
        self._meter = meter
        self._is_sent = is_sent
        self._prices = prices
        self._flights: dict[str, _Flight] = {}
        self._answered: set[str] = set()  # kinds of which a call was answered …
        self._refusals: defaultdict[str, list[tuple[str, ChatRequest, str]]] = defaultdict(list)  # … and refused before

    async def complete(self, request: ChatRequest) -> Completion:
        """Answer. Raises the `BackendError` family, and `SeedbedError` where the journal cannot be used."""
        key = make_key(request, self.name)
        flight = self._flights.get(key)
        if flight is None:
            recorded = self._journal.look_up(key)
            if recorded is not None:
                self._meter.cached += 1
                if recorded.finish_reason != TURNED_DOWN:
                    self._meter.yields.note(key, request, recorded.usage, self._find_cost(request, recorded))
                    await self._note_answered(request)
                return _hand_on(recorded)
            flight = self._begin(key, request)
        flight.waiting += 1
        try:
            return _hand_on(await asyncio.shield(flight.task))
        finally:
            self._leave(key, flight)

    def _begin(self, key: str, request: ChatRequest) -> _Flight:
        flight = self._flights[key] = _Flight(request)
        flight.task = asyncio.create_task(self._ask(key, flight))
        flight.task.add_done_callback(lambda task: self._forget(key, flight, task))
        return flight

    def _leave(self, key: str, flight: _Flight) -> None:
        """Note that one caller waits no more; recall the call where none does and nothing was sent."""
        flight.waiting -= 1
        if flight.waiting or flight.is_answered or flight.task.done() or self._is_sent(flight.request):
            return
        flight.is_recalled = True
        flight.task.cancel()
        if self._flights.get(key) is flight:
            del self._flights[key]  # who asks the same from now on begins anew

    async def _ask(self, key: str, flight: _Flight) -> Completion:
        self._meter.asked += 1
        try:
            completion = await self._inner.complete(flight.request)
        except asyncio.CancelledError:
            if flight.is_recalled:
                self._meter.asked -= 1
            else:
                self._meter.failed += 1
            raise
        except LimitReached:
            self._meter.asked -= 1  # nobody was asked
            raise
        except SeedbedError as error:
            self._meter.failed += 1
            if isinstance(error, RefusedError) and error.is_answer:
                await self._note_refused(key, flight.request, str(error))
            raise
        flight.is_answered = True
        cost = self._find_cost(flight.request, completion)
        self._meter.count_answer(flight.request, completion.usage, cost)
        self._meter.yields.note(key, flight.request, completion.usage, cost)
        await self._journal.record(key, flight.request, completion)
        await self._note_answered(flight.request)
        return completion

    async def _note_answered(self, request: ChatRequest) -> None:
        """Record the refusals that waited for this."""
        self._answered.add(request.kind)
        for refusal in self._refusals.pop(request.kind, ()):
            await self._note_refused(*refusal)

    async def _note_refused(self, key: str, request: ChatRequest, said: str) -> None:
        if request.kind in self._answered:
            await self._journal.record(key, request, Completion(said, TURNED_DOWN))
        else:
            self._refusals[request.kind].append((key, request, said))

    def _find_cost(self, request: ChatRequest, completion: Completion) -> int | None:
        """Return what a call cost, in nano-dollars; None where that is not known."""
        price = find_price(self._prices, request.model)
        return price.compute_cost(completion.usage) if price else None

    def _forget(self, key: str, flight: _Flight, task: asyncio.Task[Completion]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
        if not task.cancelled():
            task.exception()  # nobody may be waiting any more; then nobody needs to hear of it

    async def drain(self, timeout_s: float) -> None:
        """Wait for the calls in flight to be recorded, at most `timeout_s` seconds; then cut them off."""
        tasks = [flight.task for flight in self._flights.values()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=timeout_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def close(self) -> None:
        """Close the back end within."""
        await self._inner.close()


def _hand_on(completion: Completion) -> Completion:
    if completion.finish_reason == TURNED_DOWN:
        raise RefusedError(completion.text)
    if completion.finish_reason == REFUSED:
        raise RefusedError(f"refused by the server: {completion.text[:_LONGEST_QUOTE] or 'content filter'}")
    return completion

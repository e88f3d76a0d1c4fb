"""Hard limits on calls, tokens and money, as a layer: it stops *before* the call that would exceed one.

A call is let through on a reservation of the most that it can cost; when it is answered, what it did cost takes the
reservation's place. Where a reservation does not fit, the call waits for those in flight to settle, the oldest candidate
first; where none is in flight, the limit is reached. So nothing is ever exceeded, and at most one call's worst case is
left unspent. What the journal holds from earlier invocations counts; cached answers cost nothing.

Only as many calls as can soon be sent hold a reservation, and no more than a part of what is left, the oldest candidates
first: else the first calls of many candidates would take all there is, and none would come to its end.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from generator.client.prices import NANO_USD, Price, find_price
from generator.errors import LimitReached
from generator.protocols import Backend
from generator.types import ChatRequest, Completion, Usage

MESSAGE_OVERHEAD_TOKENS = 16  # role marks and separators that a chat template adds to each message, generously
PART = 4  # of the calls that are left, one of so many is begun at a time: a record takes three to five
UNBOUNDED_COMPLETION_TOKENS = 16_384  # reserved where a prompt sets no max_tokens


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a run; None is no limit. Money in nano-dollars."""

    calls: int | None = None
    tokens: int | None = None
    cost: int | None = None

    @property
    def any(self) -> bool:
        """Whether there is a limit at all."""
        return not (self.calls is None and self.tokens is None and self.cost is None)


@dataclass(slots=True)
class Amount:
    """Calls, tokens and nano-dollars."""

    calls: int = 0
    tokens: int = 0
    cost: int = 0

    def add(self, other: Amount, sign: int = 1) -> None:
        """Add, or with `sign` -1 take off."""
        self.calls += sign * other.calls
        self.tokens += sign * other.tokens
        self.cost += sign * other.cost


# What an earlier call counts for where its server did not say the tokens and its request is gone: a full reply.
UNKNOWN_CALL = Amount(1, UNBOUNDED_COMPLETION_TOKENS, 0)


class Door:
    """How many calls of one client hold a reservation, and how many may: so many of those left, one in `part`."""

    def __init__(self, room: Callable[[], int], part: int) -> None:
        self._room = room
        self._part = part
        self.inside = 0
        self.waiting = 0

    def is_full(self, left: int | None) -> bool:
        """Say whether none may enter while about so many calls are left within the limits."""
        room = self._room() if left is None else min(self._room(), max(0, left) // self._part + 1)
        return self.inside >= room


class Ledger:
    """What is spent and what is reserved, for all back ends of a run together."""

    def __init__(self, limits: Limits, spent: Amount) -> None:
        self._limits = limits
        self._spent = spent
        self._reserved = Amount()
        self._waiting: list[tuple[int, int, Amount, Door, asyncio.Future[None]]] = []
        self._tickets = itertools.count()
        self._doors: set[Door] = set()
        self._end = sys.maxsize  # the oldest candidate that came to a limit: what younger ones ask would be in vain
        self._reason = ""

    def reserve_at_once(self, wanted: Amount, door: Door) -> None:
        """Reserve the amount, before all that wait. Raises `LimitReached` where it does not fit now."""
        if not self._fits(wanted):
            raise LimitReached(self._explain(wanted))
        self._enter(wanted, door)

    async def reserve(self, wanted: Amount, order: int, door: Door) -> None:
        """Return when the amount is reserved, the oldest first. Raises `LimitReached`."""
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (order, next(self._tickets), wanted, door, granted))
        door.waiting += 1
        self._doors.add(door)
        self._serve()
        try:
            await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled() and granted.exception() is None:
                self.settle(wanted, Amount(), door)
            raise

    def _enter(self, wanted: Amount, door: Door) -> None:
        self._reserved.add(wanted)
        door.inside += 1

    def count_left(self, most: Amount) -> int | None:
        """Return about how many calls are left within the limits: like those so far, at first of `most`; None without."""
        left = []
        for name in ("calls", "tokens", "cost"):
            limit, spent = getattr(self._limits, name), getattr(self._spent, name)
            of_one = spent / self._spent.calls if self._spent.calls else getattr(most, name)
            if limit is not None and of_one > 0:
                left.append(int((limit - spent) / of_one))
        return min(left, default=None)

    def settle(self, reserved: Amount, spent: Amount, door: Door) -> None:
        """Put what was spent in the place of what was reserved."""
        self._reserved.add(reserved, -1)
        self._spent.add(spent)
        door.inside -= 1
        self._serve()

    def _serve(self) -> None:
        """Grant what the oldest wait for; who waits at a full door lets others pass, who lacks money or tokens does not."""
        at_full_doors, full = [], set[Door]()
        while self._waiting:
            order, _, wanted, door, granted = self._waiting[0]
            fits = self._fits(wanted)
            if not granted.done() and not fits and self._reserved.calls and order <= self._end:
                break
            if not granted.done() and order <= self._end and door.is_full(self.count_left(wanted)):
                at_full_doors.append(heapq.heappop(self._waiting))
                full.add(door)
                if len(full) == sum(one.waiting > 0 for one in self._doors):
                    break
                continue
            heapq.heappop(self._waiting)
            door.waiting -= 1
            if granted.done():
                continue
            if fits and order <= self._end:
                self._enter(wanted, door)
                granted.set_result(None)
            else:
                self._end, self._reason = min(self._end, order), self._reason or self._explain(wanted)
                granted.set_exception(LimitReached(self._reason))
        for waiting in at_full_doors:
            heapq.heappush(self._waiting, waiting)

    def _fits(self, wanted: Amount) -> bool:
        return self._find_exceeded(wanted) is None

    def _find_exceeded(self, wanted: Amount) -> str | None:
        for name in ("calls", "tokens", "cost"):
            limit = getattr(self._limits, name)
            if limit is not None and sum(getattr(part, name) for part in (self._spent, self._reserved, wanted)) > limit:
                return name
        return None

    def _explain(self, wanted: Amount) -> str:
        name = self._find_exceeded(wanted)
        if name == "cost":
            limit, spent, more = (
                amount / NANO_USD for amount in (self._limits.cost or 0, self._spent.cost, wanted.cost)
            )
            return f"--max-cost-usd {limit:g}: {spent:.6f} USD are spent, and the next call may cost up to {more:.6f}."
        if name == "tokens":
            spent_tokens, more_tokens = self._spent.tokens, wanted.tokens
            return f"--max-tokens-total {self._limits.tokens}: {spent_tokens} are spent, the next call may take {more_tokens}."
        return f"--max-calls {self._limits.calls}: all of them are made."


class Budget:
    """Lets a call through to the back end within only when the ledger has room for the most that it can cost.

    One that does not wait is for calls that others wait for, reservations in hand.
    """

    def __init__(
        self, inner: Backend, ledger: Ledger, prices: Mapping[str, Price], *, waits: bool = True,
        room: Callable[[], int] = lambda: sys.maxsize, part: int = PART,
    ) -> None:  # fmt: skip
        """`room` is how many calls may hold a reservation at a time; `part` of those left, one of so many."""
        self.name = inner.name
        self._door = Door(room, part)
        self._inner = inner
        self._ledger = ledger
        self._prices = prices
        self._waits = waits

    async def complete(self, request: ChatRequest) -> Completion:
        """Answer. Raises `LimitReached` and what the back end raises."""
        price = find_price(self._prices, request.model)
        reserved = estimate(request, price)
        if self._waits:
            await self._ledger.reserve(reserved, request.order, self._door)
        else:
            self._ledger.reserve_at_once(reserved, self._door)
        spent = Amount()
        try:
            completion = await self._inner.complete(request)
            spent = measure(completion.usage, price, reserved)
        finally:
            self._ledger.settle(reserved, spent, self._door)
        return completion

    async def close(self) -> None:
        """Close the back end within."""
        await self._inner.close()


def estimate(request: ChatRequest, price: Price | None) -> Amount:
    """Return the most that a call can take: a token is at least one byte of UTF-8."""
    prompt = sum(len(text.encode("utf-8", "replace")) + MESSAGE_OVERHEAD_TOKENS for _, text in request.messages)
    completion = request.sampling.max_tokens or UNBOUNDED_COMPLETION_TOKENS
    cost = prompt * price.prompt + completion * price.completion if price else 0
    return Amount(1, prompt + completion, cost)


def measure(usage: Usage, price: Price | None, most: Amount) -> Amount:
    """Return what a call took; where the server did not say, the most that it can have been."""
    cost = price.compute_cost(usage) if price else 0
    tokens = None
    if usage.prompt_tokens is not None and usage.completion_tokens is not None:
        tokens = usage.prompt_tokens + usage.completion_tokens
    return Amount(1, most.tokens if tokens is None else tokens, most.cost if cost is None else cost)


def sum_up(calls: Iterable[tuple[str, Usage]], prices: Mapping[str, Price]) -> Amount:
    """Return what recorded calls (model, usage) took together."""
    total = Amount()
    for model, usage in calls:
        total.add(measure(usage, find_price(prices, model), UNKNOWN_CALL))
    return total

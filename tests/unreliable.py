"""A scripted server in simulated time: latency, faults by chance, limits, outages, and requests that it cannot answer."""

from __future__ import annotations

import asyncio
import math
import random
from collections import Counter
from collections.abc import Callable, Container
from dataclasses import dataclass, field

from generator.client.limiter import Limiter
from generator.client.retry import Retry
from generator.errors import BackendError, RetryableError
from generator.types import ChatRequest, Completion
from tests.simulated_time import run_simulated

REFUSAL_S = 0.005  # a call that is turned away is turned away at once


@dataclass
class Unreliable:
    """Answers `about`, counts attempts by it, and notes each attempt made before its Retry-After was over."""

    latency_s: float = 0.5
    sigma: float = 0.0
    chance_500: float = 0.0
    chance_429: float = 0.0
    retry_after_s: float | None = None
    most: float = math.inf  # calls at a time; what is above is turned away
    rate: float = math.inf  # calls a second, with a bucket of one second; what is above is turned away
    works_on: float = math.inf  # calls at a time; what is above waits in a queue, first come, first served
    is_shared: bool = False  # no queue: what is above shares the work, and all take longer
    grows: float = 0.0  # of the latency, with each call
    down: tuple[float, float] = (0.0, 0.0)  # from, to
    down_s: float = REFUSAL_S  # … and how long a call takes to fail then
    down_error: Callable[[], BackendError] = lambda: RetryableError("HTTP 503")
    poison: Container[str] = ()
    poison_error: Callable[[], BackendError] = lambda: RetryableError("HTTP 500")
    name: str = "unreliable"
    attempts: Counter[str] = field(default_factory=Counter)
    begun: dict[str, list[float]] = field(default_factory=dict)
    early: int = 0
    turned_away: int = 0
    in_flight: int = 0
    most_in_flight: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(1)
        self.latencies: list[float] = []
        self.marks: list[bool] = []  # of each call, whether it was turned away
        self._free: asyncio.Semaphore | None = None
        self._not_before: dict[str, float] = {}
        self._tokens, self._filled = self.rate, 0.0

    async def complete(self, request: ChatRequest) -> Completion:
        now = asyncio.get_running_loop().time()
        self.attempts[request.about] += 1
        self.begun.setdefault(request.about, []).append(now)
        self.early += now < self._not_before.get(request.about, 0.0)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            return await self._answer(request, now)
        finally:
            self.in_flight -= 1

    async def _answer(self, request: ChatRequest, now: float) -> Completion:
        is_turned_away = self._random.random() < self.chance_429
        if self.down[0] <= now < self.down[1]:
            await asyncio.sleep(self.down_s)
            raise self.down_error()
        if self.in_flight > self.most or not self._take_token(now) or is_turned_away:
            self.turned_away += 1
            self.marks.append(True)
            if self.retry_after_s is not None:
                self._not_before[request.about] = now + self.retry_after_s
            await asyncio.sleep(REFUSAL_S)
            raise RetryableError("HTTP 429", retry_after_s=self.retry_after_s, limited=True)
        self.marks.append(False)
        latency_s = self.latency_s * (1 + self.grows * len(self.marks))
        await self._work(self._random.lognormvariate(math.log(latency_s), self.sigma))
        self.latencies.append(asyncio.get_running_loop().time() - now)
        if request.about in self.poison:
            raise self.poison_error()
        if self._random.random() < self.chance_500:
            raise RetryableError("HTTP 500")
        return Completion(request.about)

    async def _work(self, seconds: float) -> None:
        if self.works_on == math.inf:
            await asyncio.sleep(seconds)
        elif self.is_shared:
            while seconds > 1e-9:  # a slice at a time: how many share may change meanwhile
                slice_s = min(seconds, 0.02)
                await asyncio.sleep(slice_s * max(1.0, self.in_flight / self.works_on))
                seconds -= slice_s
        else:
            if self._free is None:
                self._free = asyncio.Semaphore(int(self.works_on))
            async with self._free:
                await asyncio.sleep(seconds)

    def _take_token(self, now: float) -> bool:
        self._tokens = min(self.rate, self._tokens + (now - self._filled) * self.rate)
        self._filled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    async def close(self) -> None:
        pass


@dataclass
class Result:
    """How the calls of `ask_all` ended, by name, and the simulated seconds until the last did."""

    ends: dict[str, Completion | BackendError]
    wall_s: float

    @property
    def lost(self) -> dict[str, BackendError]:
        return {name: end for name, end in self.ends.items() if isinstance(end, BackendError)}


def ask_all(
    server: Unreliable, names: list[str], *, slots: int, workers: int | None = None, give_up_s: float = 120.0,
    first: int | None = None,
) -> Result:  # fmt: skip
    """Ask for each name, the first as the oldest, through retry and limiter, `workers` at a time (default: all)."""

    async def work() -> dict[str, Completion | BackendError]:
        retry = Retry(Limiter(server, slots, first), give_up_s=give_up_s)
        ends: dict[str, Completion | BackendError] = {}
        queue = iter(enumerate(names))

        async def ask() -> None:
            for order, name in queue:
                try:
                    ends[name] = await retry.complete(ChatRequest((), "m", about=name, order=order))
                except BackendError as error:
                    ends[name] = error

        await asyncio.gather(*(ask() for _ in range(workers or len(names))))
        return ends

    return Result(*run_simulated(work()))

"""An event loop whose clock jumps: what waits for a second takes no time, and every order of events is repeatable."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
REAL_MOMENT_S = 0.03


class _Selector(selectors.SelectSelector):
    """Does not wait: it moves the clock on by as long as it was asked to wait.

    With `waits`, it first gives other threads (a journal's) a moment of real time.
    """

    def __init__(self, waits: bool) -> None:
        super().__init__()
        self.now = 0.0
        self._moment_s = REAL_MOMENT_S if waits else 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(self._moment_s if timeout != 0 else 0)
        if not ready and timeout is None and not self._moment_s:
            raise AssertionError("deadlock: nothing is ready, and nothing will ever be")
        if not ready and timeout:
            self.now += timeout
        return ready


def run_simulated(work: Coroutine[Any, Any, T], *, waits: bool = False) -> tuple[T, float]:
    """Run to the end; return the result and the simulated seconds that it took. With `waits`, threads take part."""
    selector = _Selector(waits)
    loop = asyncio.SelectorEventLoop(selector)
    loop.time = lambda: selector.now  # type: ignore[method-assign]
    try:
        return loop.run_until_complete(work), selector.now
    finally:
        loop.close()

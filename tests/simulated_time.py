"""An event loop whose clock jumps: what waits for a second takes no time, and every order of events is repeatable."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Selector(selectors.SelectSelector):
    """Does not wait: it moves the clock on by as long as it was asked to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise AssertionError("deadlock: nothing is ready, and nothing will ever be")
        if not ready and timeout:
            self.now += timeout
        return ready


def run_simulated(work: Coroutine[Any, Any, T]) -> tuple[T, float]:
    """Run to the end; return the result and the simulated seconds that it took."""
    selector = _Selector()
    loop = asyncio.SelectorEventLoop(selector)
    loop.time = lambda: selector.now  # type: ignore[method-assign]
    try:
        return loop.run_until_complete(work), selector.now
    finally:
        loop.close()

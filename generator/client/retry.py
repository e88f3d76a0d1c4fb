"""The one owner of retries, as a layer (the SDK's own are off).

A call that may work later is deferred, never dropped: exponential waits with full jitter, or the server's own
Retry-After, however long. A fault counts against a call only when other calls were answered meanwhile: so a limit (429)
or an outage costs no call its life, and a call that the server cannot answer fails alone. When *nothing* has been
answered for `give_up_s`, the back end is gone and the run ends.

Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ (full jitter);
https://tenacity.readthedocs.io
"""

from __future__ import annotations

import random
import time

import tenacity

from generator.errors import BackendGoneError, RefusedError, RetryableError
from generator.protocols import Backend
from generator.types import ChatRequest, Completion

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
FAULTS_PER_CALL = 8  # with 15% of calls failing by chance, one in four million fails eight times in a row


class Retry:
    """Asks the back end within until it answers, refuses, or is gone."""

    def __init__(self, inner: Backend, *, give_up_s: float) -> None:
        self.name = inner.name
        self._inner = inner
        self._give_up_s = give_up_s
        self._last_answer = time.monotonic()
        self._answers = 0
        self.retries = 0

    async def complete(self, request: ChatRequest) -> Completion:
        """Answer. Raises `RefusedError`, `BackendSetupError` or `BackendGoneError`."""
        faults, answers = 0, self._answers
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(RetryableError), wait=_choose_wait, reraise=True
        )
        async for attempt in retrying:
            with attempt:
                try:
                    completion = await self._inner.complete(request)
                except RetryableError as error:
                    faults += not error.limited and self._answers > answers
                    answers = self._answers
                    self._give_up_if_hopeless(error, faults)
                    self.retries += 1
                    raise
                self._last_answer = time.monotonic()
                self._answers += 1
                return completion
        raise AssertionError("unreachable: tenacity either returns or raises")

    def _give_up_if_hopeless(self, error: RetryableError, faults: int) -> None:
        silent_s = time.monotonic() - self._last_answer
        if not error.limited and silent_s > self._give_up_s:
            raise BackendGoneError(
                f"The back end has not answered for {silent_s:.0f} s (last fault: {error}). "
                "Everything answered is kept; run the same command again to go on."
            ) from error
        if faults >= FAULTS_PER_CALL:
            raise RefusedError(f"This call failed {faults} times while others were answered: {error}") from error

    async def close(self) -> None:
        """Close the back end within."""
        await self._inner.close()


def _choose_wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome is not None else None
    ceiling = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (state.attempt_number - 1))
    jitter = random.uniform(0, ceiling)  # noqa: S311 - timing only, never data
    if isinstance(error, RetryableError) and error.retry_after_s is not None:
        return error.retry_after_s + jitter / 4  # never before the server's own time, and not all at once after it
    return jitter

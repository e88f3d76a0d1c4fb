"""The one owner of retries, as a layer (the transport within has none).

A call that may work later is deferred, never dropped: exponential waits with full jitter, never before the server's own
Retry-After, however long that is. Three things can be at fault, and each is told from the others by what else is
answered:

- the moment (a limit, an outage): nothing is counted against the call;
- the call: a fault counts when something else was answered since the call's last one; while the limiter's circuit is
  open, only if that was sent since, too, and is no straggler. A call with too many of those is refused, alone;
- the back end: when *nothing* has been answered for `give_up_s`, a control is asked, the smallest call there is. If
  that too stays without an answer, the back end is gone: no further call is made, and the run ends. If it is answered,
  the calls are at fault, and their next faults are each weighed against another control: so a call that a server cannot
  answer fails alone even where no other call is there to compare it with.

When the circuit closes, all calls that wait for their next attempt make it at once.

Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ (full jitter);
https://tenacity.readthedocs.io
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import random
from dataclasses import dataclass

import tenacity

from generator.client.circuit import LONGEST_PAUSE_S
from generator.client.limiter import Limiter
from generator.errors import (
    BackendError,
    BackendGoneError,
    BackendSetupError,
    LimitReached,
    RefusedError,
    RetryableError,
)
from generator.protocols import Backend
from generator.types import ChatRequest, Completion, Sampling

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
FAULTS_PER_CALL = 8  # with 15% of calls failing by chance, one in four million fails eight times in a row
FAULTS_AFTER_CONTROL = 3  # of those, so many must come after the control was answered: the outage may just have ended
LIMITED_PATIENCE = 10.0  # times give_up_s: a server that says 429 is there, but one that says nothing else is no use
CONTROL_PROMPT = "Say OK."
CONTROL_TEMPLATE = "control/ok"  # the kind under which controls are counted
FIRST_IN_LINE = -1  # the order of a control: before every candidate


@dataclass(slots=True)
class _Case:
    """What is known of one call: the faults counted against it, and those that may have been the moment's."""

    since: float  # when it last failed, or began …
    answers: int  # … and how many answers there had been by then, to whatever call
    begun: float = 0.0
    counted: int = 0
    uncounted: int = 0
    is_suspect: bool = False
    doubt: RetryableError | None = None  # the fault after which a control is to be asked before the next attempt
    not_before: float = 0.0
    first: RetryableError | None = None


class Retry:
    """Asks the back end within until it answers, refuses, or is gone.

    `control` is what a control is asked through, where that is more than the limiter: a way on which it is counted.
    """

    def __init__(self, inner: Limiter, *, give_up_s: float, control: Backend | None = None) -> None:
        self.name = inner.name
        self._inner = inner
        self._ask_through: Backend = control or inner
        inner.on_recovery = self._wake_all
        self._give_up_s = give_up_s
        self._answers = 0
        self._last_answer = 0.0
        self._silent_since: float | None = None
        self._promised_s = 0.0  # the longest Retry-After of this silence
        self._fault = ""  # the latest
        self._control = asyncio.Lock()
        self._controls = 0
        self._control_fault: RetryableError | None = None
        self._wake = asyncio.Event()
        self._is_stopped = False
        self._random = random.Random("retry")  # timing only, never data
        self.retries = 0

    async def complete(self, request: ChatRequest) -> Completion:
        """Answer. Raises `RefusedError`, `BackendSetupError` or `BackendGoneError`."""
        case = _Case(_now(), self._answers)
        try:
            return await self._attempt(request, case)  # most calls end here, and need no tenacity
        except RetryableError as error:
            case.first = error
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(RetryableError), wait=self._choose_wait,
            sleep=functools.partial(self._sleep, case), reraise=True,
        )  # fmt: skip
        return await retrying(self._go_on, request, case)

    async def _go_on(self, request: ChatRequest, case: _Case) -> Completion:
        """Attempt again; the first time, hand over the fault that tenacity has not seen."""
        if case.first is not None:
            error, case.first = case.first, None
            raise error
        self.retries += 1
        if case.doubt is not None:
            await self._resolve(request, case, case.doubt)
        return await self._attempt(request, case)

    async def _attempt(self, request: ChatRequest, case: _Case) -> Completion:
        case.begun = _now()
        try:
            completion = await self._inner.complete(request)
        except RetryableError as error:
            self._weigh(case, error)
            raise
        except BackendSetupError as error:
            self.stop(error)  # no other call would fare better
            raise
        self._note_answer()
        return completion

    def _note_answer(self) -> None:
        self._answers += 1
        self._last_answer = _now()
        self._silent_since, self._promised_s = None, 0.0

    def _weigh(self, case: _Case, error: RetryableError) -> None:
        """Take note of a fault. Raises `RefusedError` where it was one too many for this call."""
        if self._silent_since is None:
            self._silent_since = max(case.begun, self._last_answer)
        self._fault = str(error)
        if error.retry_after_s is not None:
            case.not_before = _now() + error.retry_after_s
            self._promised_s = max(self._promised_s, error.retry_after_s)
        if not error.limited:
            self._count(case)
        if self._find_silence() > self._find_patience(error) or (case.is_suspect and case.uncounted):
            case.doubt = error
        _refuse_if_hopeless(case, error)

    async def _resolve(self, request: ChatRequest, case: _Case, error: RetryableError) -> None:
        """Find whether the call or the back end is at fault. Raises `RefusedError` or `BackendGoneError`."""
        case.doubt = None
        if self._inner.latest_answered > case.since:
            return  # something was answered meanwhile: the next fault will count
        fault = await self._ask_control(request, error)
        if fault is None:
            case.since, case.answers = _now(), self._answers
            _blame(case)
            _refuse_if_hopeless(case, error)
        elif (silent_s := self._find_silence()) > self._find_patience(fault):
            gone = (
                f"The back end has not answered for {silent_s:.0f} s (last fault: {error}). "
                "Everything answered is kept; run the same command again to go on."
            )
            self.stop(BackendGoneError(gone))
            raise BackendGoneError(gone) from error

    def describe_silence(self) -> tuple[float, str] | None:
        """Return for how many seconds calls have failed and none was answered, and the latest fault; None where all is well."""
        return None if self._silent_since is None else (_now() - self._silent_since, self._fault)

    def _find_silence(self) -> float:
        """Return for how many seconds nothing was answered, beyond those that the server asked for."""
        return 0.0 if self._silent_since is None else _now() - self._silent_since - self._promised_s

    def _find_patience(self, error: RetryableError) -> float:
        return self._give_up_s * (LIMITED_PATIENCE if error.limited else 1.0)

    def _count(self, case: _Case) -> None:
        is_proven = self._inner.latest_answered > case.since
        if is_proven or (self._answers > case.answers and not self._inner.is_open):
            case.counted += 1
        else:
            case.uncounted += 1
        case.since, case.answers = _now(), self._answers

    async def _ask_control(self, request: ChatRequest, error: RetryableError) -> RetryableError | None:
        """Ask the smallest call of the same model; return its fault, None where it was answered (or refused)."""
        controls = self._controls
        async with self._control:
            if self._controls > controls:
                return self._control_fault  # another call has just asked
            control = ChatRequest(
                (("user", CONTROL_PROMPT),), request.model, Sampling(max_tokens=1), template=CONTROL_TEMPLATE,
                order=FIRST_IN_LINE,
            )  # fmt: skip
            try:
                await self._ask_through.complete(control)
                self._control_fault = None
            except RetryableError as fault:
                self._control_fault = fault
            except LimitReached:
                self._control_fault = error  # no call is left for it; what was seen must do
            except RefusedError:
                self._control_fault = None  # it reads requests, and says so
            self._controls += 1
            if self._control_fault is None:
                self._note_answer()
            return self._control_fault

    def _choose_wait(self, state: tenacity.RetryCallState) -> float:
        """Return the seconds until the next attempt: full jitter, after the server's own time where it gave one."""
        error = state.outcome.exception() if state.outcome is not None else None
        ceiling_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (state.attempt_number - 1))
        jitter_s = self._random.uniform(0, ceiling_s)
        if isinstance(error, RetryableError) and error.retry_after_s is not None:
            return error.retry_after_s + jitter_s / 4  # not all at once after it
        return jitter_s

    async def _sleep(self, case: _Case, seconds: float) -> None:
        """Wait, or less where an outage ends; never less than the server asked for, unless the run stops."""
        loop = asyncio.get_running_loop()
        if case.doubt is not None:
            seconds = min(seconds, self._give_up_s / 4, LONGEST_PAUSE_S)  # so that `give_up_s` is not overrun by much
        end = max(loop.time() + seconds, case.not_before)
        while not self._is_stopped and loop.time() < end:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(end):
                    await self._wake.wait()
                    end = min(end, case.not_before)

    def _wake_all(self) -> None:
        self._wake.set()
        self._wake = asyncio.Event()

    def stop(self, reason: BackendError | None = None) -> None:
        """Make no further call, and end the waits between attempts."""
        self._inner.stop(reason)
        self._is_stopped = True
        self._wake_all()

    async def close(self) -> None:
        """Close the back end within."""
        await self._inner.close()


def _blame(case: _Case) -> None:
    """Count the faults of a silence against the call, short of those that it must repeat now that all is well."""
    most = max(case.counted + 1, FAULTS_PER_CALL - FAULTS_AFTER_CONTROL)
    case.counted = min(case.counted + case.uncounted, most)
    case.uncounted = 0
    case.is_suspect = True


def _refuse_if_hopeless(case: _Case, error: RetryableError) -> None:
    if case.counted >= FAULTS_PER_CALL:
        raise RefusedError(f"This call failed {case.counted} times while others were answered: {error}") from error


def _now() -> float:
    return asyncio.get_running_loop().time()

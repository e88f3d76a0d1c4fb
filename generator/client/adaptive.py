"""How many calls may be in flight: a controller that learns it from how calls end. Pure; the caller brings the clock.

It works in epochs of a few calls a slot. Where a ceiling is given it begins there; else small, doubling while throughput
follows. Signs of overload are 429, 503 and time-outs, but a share of them may be chance: a server can refuse one call in
ten whatever the load. So a first cut is an *experiment*: if the signs become rarer at half the limit, they go with the
load, and the limit stays low and creeps up; if they don't, the limit comes back and their rate is taken as the server's
ordinary one. A level that was found too high is not tried again for a while, ever longer. A server that only queues sends
no sign: there, throughput that no longer follows the limit says that it is saturated.

When calls fail and none is answered, the circuit opens: one call at a time probes until one is answered.

Source: slow start, additive increase and multiplicative decrease after Jacobson 1988 ("Congestion Avoidance and
Control"). Deviation: the experiment, because textbook AIMD takes every random 429 for a limit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

FIRST_LIMIT = 8
HIGHEST_LIMIT = 1024  # where the user gives no ceiling
EPOCH_CALLS = 24  # calls that end in an epoch, at least: enough to tell 20% from 0%; else twice the limit
EPOCH_LIMITS = 2
LONGEST_EPOCH = 4  # an epoch whose signs are neither few nor many enough goes on for so many times its length
TOLERATED = 0.02  # a share of overload signs up to this is no reason to cut
SIGMAS = 2.0  # signs beyond the tolerated share count when they are so many standard deviations more
SIGNS_EXPECTED = 12  # an experiment lasts until so many signs would have come at the old rate: chance hides few of them
RARER = 1 / 3  # … and the signs go with the load when at most this part of them came
FLOOD = 0.3  # more signs than this end an epoch early: each slot that is freed at once only draws another refusal
CUT = 0.5  # how far down an experiment goes
CUT_KNOWN = 0.8  # … where the signs are known to go with the load and no better level is known
FOLLOWS = 1.25  # doubling must bring at least this much throughput, or the server is saturated
MARGIN = 1.1  # above the level that a saturated server's throughput speaks for
FIRST_HOLD_S = 10.0  # a level found too high is left alone so long, then twice as long
LONGEST_HOLD_S = 300.0
CREEP = 0.05  # additive increase: this part of the limit, at least 1, an epoch
OPEN_AFTER = 8  # broken calls in a row, with none answered between them: the circuit opens


class End(Enum):
    """How a call ended, for the controller."""

    ANSWERED = "answered"
    OVERLOADED = "overloaded"  # 429, 503, time-out
    BROKEN = "broken"  # connection refused or dropped, another 5xx, a body that is no answer
    CANCELLED = "cancelled"


@dataclass(slots=True)
class _Epoch:
    """What was seen at one limit, of calls begun in it; it begins once no more are in flight than the limit allows."""

    limit: int
    began_s: float | None = None
    begun: int = 0
    answered: int = 0
    overloaded: int = 0
    broken: int = 0
    throughput: float = 0.0

    @property
    def ended(self) -> int:
        return self.answered + self.overloaded + self.broken

    @property
    def overload(self) -> float:
        """The share of overload signs among the calls begun: what is refused ends sooner than what is answered."""
        return self.overloaded / self.begun if self.begun else 0.0


class Controller:
    """Sets `limit`. Call `begin` when a call is sent, and `end` when it ends, with what `begin` returned."""

    def __init__(self, ceiling: int | None) -> None:
        self._ceiling = ceiling or HIGHEST_LIMIT
        self._level = float(ceiling or FIRST_LIMIT)
        self._growing = ceiling is None  # slow start
        self._ordinary = 0.0  # the share of overload signs that does not go with the load
        self._goes_with_load = False  # an experiment has shown it
        self._experiment: _Epoch | None = None  # the epoch that the one under way is compared with
        self._grown_from: _Epoch | None = None
        self._good_level = 1.0  # the last level that went well
        self._bad_level = math.inf
        self._hold_s = FIRST_HOLD_S
        self._held_until_s = 0.0
        self._failures = 0
        self._in_flight = 0
        self._epoch = _Epoch(self._round())

    @property
    def is_open(self) -> bool:
        """Whether the circuit is open: the server fails and answers nothing."""
        return self._failures >= OPEN_AFTER

    @property
    def limit(self) -> int:
        """How many calls may be in flight now, at least 1."""
        return 1 if self.is_open else self._round()

    def begin(self, now_s: float) -> float:
        """Take note of a call that is sent; return what `end` wants to know of it."""
        self._in_flight += 1
        if self._epoch.began_s is None and self._in_flight <= self._epoch.limit:
            self._epoch.began_s = now_s
        self._epoch.begun += self._epoch.began_s is not None
        return now_s

    def end(self, began_s: float, now_s: float, end: End) -> None:
        """Take note of a call's end."""
        self._in_flight -= 1
        if end is End.CANCELLED:
            return
        self._watch_circuit(end)
        epoch = self._epoch
        if epoch.began_s is None or began_s < epoch.began_s:
            return  # it began under another limit
        if end is End.ANSWERED:
            epoch.answered += 1
        elif end is End.OVERLOADED:
            epoch.overloaded += 1
        else:
            epoch.broken += 1
        if self._is_over(epoch):
            epoch.throughput = epoch.answered / max(now_s - epoch.began_s, 1e-9)
            self._conclude(epoch, now_s)
            self._epoch = _Epoch(self._round())

    def _round(self) -> int:
        return max(1, min(self._ceiling, round(self._level)))

    def _watch_circuit(self, end: End) -> None:
        was_open = self.is_open
        self._failures = self._failures + 1 if end is End.BROKEN else 0
        if was_open != self.is_open:
            self._epoch = _Epoch(self._round())

    def _is_over(self, epoch: _Epoch) -> bool:
        calls = max(EPOCH_CALLS, EPOCH_LIMITS * epoch.limit)
        if self._experiment is not None:
            return epoch.ended >= max(calls, SIGNS_EXPECTED / self._experiment.overload)
        if epoch.ended < calls:
            return epoch.begun >= EPOCH_CALLS and epoch.overload > FLOOD and self._is_overloaded(epoch)
        in_doubt = epoch.overload > max(self._ordinary, TOLERATED) and not self._is_overloaded(epoch)
        return not in_doubt or epoch.ended >= LONGEST_EPOCH * calls

    def _is_overloaded(self, epoch: _Epoch) -> bool:
        """Say whether the signs are clearly more than what is tolerated, or ordinary for this server."""
        expected = max(self._ordinary, TOLERATED)
        return epoch.overload > expected + SIGMAS * math.sqrt(expected * (1 - expected) / epoch.begun)

    def _conclude(self, epoch: _Epoch, now_s: float) -> None:
        grown_from, self._grown_from = self._grown_from, None
        if self._experiment is not None:
            self._judge_experiment(self._experiment, epoch)
        elif self._is_overloaded(epoch):
            self._cut(epoch, now_s)
        elif self._growing:
            self._good_level = float(epoch.limit)
            self._grow(grown_from, epoch, now_s)
        else:
            self._good_level = float(epoch.limit)
            self._creep(now_s)

    def _cut(self, epoch: _Epoch, now_s: float) -> None:
        """Go down, as an experiment: by half where it is not known whether the signs go with the load."""
        self._experiment = epoch
        self._avoid(epoch.limit, now_s)
        if not self._goes_with_load:
            self._level = max(1.0, epoch.limit * CUT)
        elif self._good_level < epoch.limit:
            self._level = self._good_level
        else:
            self._level = max(1.0, epoch.limit * CUT_KNOWN)

    def _judge_experiment(self, before: _Epoch, epoch: _Epoch) -> None:
        """Stay low where the cut made the signs rare; else take them as ordinary and go back up."""
        self._experiment = None
        if epoch.overload <= before.overload * RARER:
            let_through = before.limit * (1 - before.overload) - 1
            if not self._goes_with_load:
                self._level = max(float(epoch.limit), let_through)
            self._goes_with_load, self._growing = True, False
            self._good_level = float(epoch.limit)
        else:
            begun = before.begun + epoch.begun
            self._ordinary = max(self._ordinary, (before.overloaded + epoch.overloaded) / begun)
            self._goes_with_load = False
            self._bad_level = math.inf
            self._level = float(before.limit)

    def _avoid(self, level: int, now_s: float) -> None:
        """Leave a level alone for a while, longer each time that it proves too high again."""
        again = level <= self._bad_level * (1 + CREEP)
        self._hold_s = min(LONGEST_HOLD_S, self._hold_s * 2) if again and self._bad_level < math.inf else FIRST_HOLD_S
        self._bad_level = float(level)
        self._held_until_s = now_s + self._hold_s

    def _grow(self, before: _Epoch | None, epoch: _Epoch, now_s: float) -> None:
        """Double while throughput follows; where it does not, go back to the level that it speaks for."""
        gained = epoch.throughput / max(before.throughput, 1e-9) if before is not None else math.inf
        if before is not None and gained < FOLLOWS:
            self._growing = False
            self._level = min(float(epoch.limit), before.limit * max(1.0, gained) * MARGIN)
            self._avoid(round(self._level) + 1, now_s)
        elif epoch.limit < self._ceiling:
            self._level = min(float(self._ceiling), self._level * 2)
            self._grown_from = epoch
        else:
            self._growing = False

    def _creep(self, now_s: float) -> None:
        step = max(1.0, self._level * CREEP)
        if self._level + step >= self._bad_level:
            if now_s < self._held_until_s:
                return
            if not self._goes_with_load:  # it was throughput that said no: ask it again
                self._growing = True
                self._bad_level = math.inf
                return
        self._level = min(float(self._ceiling), self._level + step)

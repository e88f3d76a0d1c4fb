"""How many calls may be in flight: a controller that learns it from how calls end and how long they take. Pure.

Where the user names a limit it begins there; else with a few, doubling while all goes well. Signs of trouble are calls
that the server turns away or lets time out, and latency that rises with the calls in flight (a server that queues sends
no other sign). Neither is proof: a server may turn away a share of all calls by chance, and later tasks may be longer.
So a cut is a *trial*: where the share turned away does not fall with it, or the latency does not, the old limit comes
back, and what was taken for a sign is what is usual from then on. After cuts that helped, the limit feels its way up
again; each step too far lengthens the rest before the next. What a server says of its own queue needs no trial.

A period ends when as many calls were begun as may be in flight, or when too many were turned away to wait for that.
Calls begun before a change of the limit say nothing about the new one: so one burst counts once.

Source: Chiu and Jain 1989, "Analysis of the increase and decrease algorithms for congestion avoidance" (additive
increase, multiplicative decrease); Jacobson 1988, "Congestion avoidance and control" (slow start). Deviations: a cut
must prove itself; growth is in steps of a tenth and more, because a run is too short for one call at a time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum, auto

from generator.client.latency import Difference, Profile, Sample
from generator.protocols import ServerLoad

FIRST_LIMIT = 8  # where the user names none
SMALLEST_PERIOD = 8  # calls: fewer say nothing about a share of some per cent
SMALLEST_FIRST = 16  # … the first ones of all say how many are turned away by chance …
SMALLEST_TRIAL = 24  # … and fewer than these do not judge a trial
ALARM = 5  # calls turned away in a period before it is cut short, or a tenth of the limit where that is more
ALARM_OF_GROWTH = 3  # … after a step up: it is soon undone
TOLERATED = 0.02  # a share turned away that is no trouble
DEVIATIONS = 4  # standard deviations that chance does not explain, of many looks …
DEVIATIONS_OF_TRIAL = 2  # … and of the one at the end of a trial
CERTAIN = 0.3  # a share above this is a limit, whatever a trial says
HELPED = 0.5  # a cut helped where the share fell below this part of what it was …
LONGEST_TRIAL = 6  # periods without a call of a kind that can be compared
FASTER = 0.25  # … or latency by this part of its excess; a queue is not gone at once
DECISIVE = 0.9  # of a period's calls must have ended: those turned away end first, and are not all
DECISIVE_AT_FIRST = 0.5  # … while the limit doubles
LARGEST_CUT, SMALLEST_CUT = 0.5, 0.75  # of the limit
SMALLEST_STEP, LARGEST_STEP = 0.1, 1.0  # of the limit: growth after a calm period
LONGEST_REST = 32  # calm periods before the next growth, at most …
LONGER = 4  # … and so many times as many after each step that was too far
SLOW = 1.5  # times the latency of few calls in flight: queueing, if a trial confirms it
UNHURRIED = 1.2  # times that latency up to which the limit may grow: a server wants a short queue, or it idles
LOOK_EVERY = 16  # answers
FULL = 0.9  # of the limit is in flight: it is in use
SHORT_QUEUE = 0.1  # of the calls that a server works on: the queue that keeps it busy
LEAST_FOR_QUEUE = 8  # others may fill the queue: not below this on its account


class End(Enum):
    """How a call ended, for the pace."""

    ANSWERED = auto()
    TURNED_AWAY = auto()
    LATE = auto()  # timed out, here or on the way, or the server said that it has too much to do
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Call:
    """A call that began: its period, how many were in flight with it, and whether it is one of those that make a period."""

    period: int
    in_flight: int
    counts: bool = True


@dataclass(frozen=True, slots=True)
class _Trial:
    """A cut that has to prove itself: what was before it.

    The limit, calls begun and the share of them turned away; or latencies, and the logarithm of how many times too long.
    """

    limit: int
    begun: int = 0
    share: float = 0.0
    slow: Sample | None = None
    excess: float = 0.0
    periods: int = 1


class Pace:
    """Follows the calls and says how many may be in flight, from 1 to `ceiling`."""

    def __init__(self, ceiling: int, first: int | None = None) -> None:
        self.ceiling = ceiling
        self.limit = min(first or ceiling, ceiling)
        self._is_doubling = self.limit < ceiling
        self._period = self._begun = self._ended = self._turned_away = self._answers = 0
        self._was_full = False
        self._is_first = self._is_doubling  # the first period of all
        self._chance = 0.0
        self._trial: _Trial | None = None
        self._profile = Profile()
        self._profile_from = 0  # the first period that it holds
        self._sample = Sample()  # of this period
        self._usual: Sample | None = None  # of the period of the last trial of a queue
        self._answered_at = self.limit  # when a call was last answered
        self._has_queue = False  # the server says so
        self._queues = False  # the last trial has shown that it does
        self._too_much = math.inf  # the lowest limit that has lately proved too high
        self._before_growth: int | None = None
        self._step = SMALLEST_STEP
        self._rest = self._next_rest = 1

    def begin(self, in_flight: int) -> Call:
        """Note that a call begins, as the `in_flight`-th; return what `end` wants to know of it."""
        if in_flight >= self.limit:
            self._was_full = True
        if self._begun >= self._size:
            return Call(self._period, in_flight, counts=False)
        self._begun += 1
        return Call(self._period, in_flight)

    def end(
        self, call: Call, end: End, *, in_flight: int, waiting: int = 0, kind: str = "", latency_s: float = 0.0
    ) -> None:
        """Note how a call ended; `in_flight` counts the others that are with the server, `waiting` those to come."""
        if end is End.ANSWERED:
            self._answered_at = self.limit
        is_full = waiting > 0 or in_flight + 1 >= FULL * self.limit  # where work runs out, the slow calls are left
        if end is End.ANSWERED and is_full and call.period >= self._profile_from and latency_s > 0:
            self._note_latency(call, kind, math.log(latency_s))
        if call.period != self._period or not call.counts:
            self._sharpen(call, end, in_flight)
            return
        self._ended += 1
        self._turned_away += end in (End.TURNED_AWAY, End.LATE)
        if end is End.TURNED_AWAY and self._chance < TOLERATED and not self._is_doubling:
            self.limit = max(1, self.limit - 1)  # else its slot, free at once, would draw the next refusal
        share = self._turned_away / self._begun
        decisive = DECISIVE_AT_FIRST if self._is_doubling and self._trial is None else DECISIVE
        alarm = max(ALARM, self.limit / 10) if self._before_growth is None else ALARM_OF_GROWTH
        if self._turned_away >= alarm and self._is_overloaded(share):
            self._decide(share, in_flight)
        elif self._ended >= decisive * self._size:
            self._decide(share, in_flight)

    def note_load(self, load: ServerLoad, in_flight: int) -> None:
        """Note what the server says of its queue, with `in_flight` of our calls there."""
        queue = load.waiting - SHORT_QUEUE * load.running
        self._has_queue = queue > 0
        if not self._has_queue or in_flight > self.limit:  # an earlier cut is still to show
            return
        ours = in_flight * queue / (load.waiting + load.running)
        least = min(LEAST_FOR_QUEUE, self.limit)
        self._is_doubling, self._trial = False, None
        self._move(max(least, in_flight - ours))

    def pause(self) -> None:
        """Begin anew after a time that says nothing about the limit: the server was not there."""
        if self._trial is not None and self._trial.slow is None:
            self._trial = None
        self._before_growth, self._too_much = None, math.inf
        self._move(max(self.limit, self._answered_at))

    @property
    def _size(self) -> int:
        """How many calls make a period."""
        least = SMALLEST_FIRST if self._is_first else SMALLEST_PERIOD if self._trial is None else SMALLEST_TRIAL
        return max(least, self.limit)

    def _note_latency(self, call: Call, kind: str, logarithm: float) -> None:
        self._profile.add(call.in_flight, kind, logarithm)
        if call.period == self._period:
            self._sample.add(kind, logarithm)
        self._answers += 1
        if self._answers % LOOK_EVERY == 0 and self._trial is None:
            self._look_for_queue()

    def _look_for_queue(self) -> None:
        """Cut to where latency says that the queue begins, as a trial."""
        found = self._profile.find_top(self.limit, self._usual)
        if found is not None and found[2].is_beyond(SLOW, DEVIATIONS):
            level, slow, difference = found
            self._try_less(level, slow, difference)

    def _try_less(self, level: float, slow: Sample, difference: Difference) -> bool:
        """Cut to the limit at which calls took no longer: in a queue, latency goes with the calls in flight."""
        knee = level / difference.ratio
        if knee >= self.limit:
            return False
        self._trial = _Trial(self.limit, slow=Sample.merge([slow]), excess=difference.logarithm)
        self._before_growth = None
        self._move(knee * (1 + SMALLEST_STEP) if self._queues else knee)
        return True

    def _sharpen(self, call: Call, end: End, in_flight: int) -> None:
        """Let the last ones turned away before a cut say how many were not."""
        trial = self._trial
        if end is End.TURNED_AWAY and trial and trial.slow is None and call.period == self._period - 1:
            self.limit = max(1, min(self.limit, in_flight))

    def _is_overloaded(self, share: float) -> bool:
        """Say whether more calls were turned away than a server does that turns them away by chance."""
        spread = math.sqrt(self._chance * (1 - self._chance) / self._begun)
        return self._turned_away > 1 and share > self._chance + max(TOLERATED, DEVIATIONS * spread)

    def _decide(self, share: float, in_flight: int) -> None:
        trial, self._trial = self._trial, None
        before_growth, self._before_growth = self._before_growth, None
        if self._is_first and share <= CERTAIN:
            self._chance = share  # a limit below the first few calls is not to be expected
        self._is_first = False
        if not self._is_overloaded(share):
            self._chance += 0.3 * min(0.0, share - self._chance)  # chance may grow rarer
            self._go_on(trial, before_growth)
        elif trial is not None and trial.slow is None and share <= CERTAIN and not self._has_helped(trial, share):
            self._chance = (share + trial.share) / 2
            self._too_much = math.inf
            self._move(trial.limit)
        else:
            self._trial = _Trial(self.limit, self._begun, share)
            self._too_much = self.limit
            if before_growth is not None:
                self._step = SMALLEST_STEP
                self._next_rest = min(LONGEST_REST, LONGER * self._next_rest)
            self._rest = self._next_rest
            lower = max(LARGEST_CUT * self.limit, min(in_flight, SMALLEST_CUT * self.limit))
            self._move(lower if before_growth is None else min(before_growth, max(lower, in_flight)))

    def _has_helped(self, trial: _Trial, share: float) -> bool:
        """Say whether the share fell with the cut, and further than chance alone would have it fall."""
        both = (trial.share * trial.begun + share * self._begun) / (trial.begun + self._begun)
        spread = math.sqrt(both * (1 - both) * (1 / trial.begun + 1 / self._begun))
        return share <= HELPED * trial.share and trial.share - share >= DEVIATIONS_OF_TRIAL * spread

    def _go_on(self, trial: _Trial | None, before_growth: int | None) -> None:
        """After a calm period: judge the cut before it, or grow."""
        if trial is not None and trial.slow is not None:
            self._judge_queue(trial, trial.slow.compare(self._sample))
            return
        if trial is not None:
            self._is_doubling = False
        if before_growth is not None:
            self._step = min(SMALLEST_STEP if self._queues else LARGEST_STEP, 2 * self._step)
        self._grow()

    def _judge_queue(self, trial: _Trial, faster: Difference | None) -> None:
        """Stay where calls are faster; else go back, and take what they now take for usual."""
        if faster is None and trial.periods < LONGEST_TRIAL:  # calls of other kinds: they tell nothing
            self._trial = replace(trial, periods=trial.periods + 1)
            sample = self._sample
            self._move(self.limit)
            self._sample = sample
            return
        self._usual, self._profile, self._profile_from = self._sample, Profile(), self._period
        self._queues = faster is not None and faster.is_beyond(math.exp(FASTER * trial.excess), DEVIATIONS_OF_TRIAL)
        if self._queues:
            self._is_doubling, self._step = False, SMALLEST_STEP
            self._grow()
        else:
            self._move(trial.limit)

    def _grow(self) -> None:
        gap = self._too_much - self.limit
        slower = self._sample.compare(self._usual or self._profile.find_base(self.limit))
        if slower and slower.is_beyond(SLOW, DEVIATIONS) and self._try_less(self.limit, self._sample, slower):
            return
        is_busy = self._has_queue or (slower is not None and slower.ratio > UNHURRIED)
        if self.limit == self.ceiling or not self._was_full or is_busy:
            self._is_doubling = self._is_doubling and self.limit < self.ceiling
            self._step = SMALLEST_STEP
            self._rest = max(0, self._rest - 1)
            self._move(self.limit)
        elif self._is_doubling:
            self._before_growth = self.limit
            self._move(2 * self.limit)
        elif SMALLEST_STEP * self.limit < gap / 2 < math.inf:
            self._before_growth = self.limit
            self._move(self.limit + gap / 2)
        elif self._rest > 0:
            self._rest -= 1
            self._move(self.limit)
        else:
            self._before_growth = self.limit
            self._too_much = math.inf
            self._move(self.limit + max(1, self._step * self.limit))

    def _move(self, limit: float) -> None:
        self.limit = max(1, min(self.ceiling, int(limit)))
        self._period += 1
        self._begun = self._ended = self._turned_away = 0
        self._was_full = False
        self._sample = Sample()

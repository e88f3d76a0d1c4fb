"""How many calls may be in flight: as many as the user allows, fewer where the server's own limit (429) says so.

A server that turns away a share of all calls by chance answers no better when it is asked less; one with a limit does.
So a cut is a trial: where the share turned away does not fall with it, the old limit comes back, and that share is
taken for chance from then on. After cuts that helped, the limit feels its way up again; the steps lengthen while that
goes well, and each step too far doubles the rest before the next.

A period ends when as many calls were begun as may be in flight, or when too many were turned away to wait for that.
Calls begun before a change of the limit say nothing about the new one.

Source: Chiu and Jain 1989, "Analysis of the increase and decrease algorithms for congestion avoidance" (additive
increase, multiplicative decrease). Deviations: a cut must prove itself; growth is in steps of a tenth and more, because
a run is too short for one call at a time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

SMALLEST_PERIOD = 8  # calls: fewer say nothing about a share of some per cent
ALARM = 5  # calls turned away in a period before it is cut short, or a tenth of the limit where that is more
TOLERATED = 0.05  # a share turned away that costs less than a cut would
DEVIATIONS = 4  # standard deviations above the share by chance that chance does not explain
CERTAIN = 0.3  # a share above this is a limit, whatever a trial says
HELPED = 0.5  # a cut helped where the share fell below this part of what it was
DECISIVE = 0.9  # of a period's calls must have ended: those turned away end first, and are not all
LARGEST_CUT, SMALLEST_CUT = 0.5, 0.75  # of the limit
SMALLEST_STEP, LARGEST_STEP = 0.1, 1.0  # of the limit: growth after a calm period
LONGEST_REST = 8  # calm periods before the next growth, at most

NO_PERIOD = -2  # a call that is in no period


@dataclass(frozen=True, slots=True)
class _Trial:
    """A cut that has to prove itself: the limit and the share turned away before it."""

    limit: int
    share: float


class Pace:
    """Follows the calls and says how many may be in flight, from 1 to `slots`."""

    def __init__(self, slots: int) -> None:
        self.limit = slots
        self._slots = slots
        self._period = self._begun = self._ended = self._turned_away = 0
        self._chance = 0.0
        self._trial: _Trial | None = None
        self._too_much = math.inf  # the lowest limit that has lately proved too high
        self._before_growth: int | None = None
        self._step = SMALLEST_STEP
        self._rest = self._next_rest = 1

    def begin(self) -> int:
        """Note that a call begins; return its period, to be handed to `end`."""
        if self._begun >= self._size:
            return NO_PERIOD
        self._begun += 1
        return self._period

    def end(self, period: int, *, limited: bool, in_flight: int) -> None:
        """Note how a call ended; `in_flight` counts the others that are with the server."""
        if period != self._period:
            self._sharpen(period, limited, in_flight)
            return
        self._ended += 1
        self._turned_away += limited
        if self._turned_away >= max(ALARM, self.limit / 10) and self._turned_away / self._begun > self._find_bound():
            self._decide(self._turned_away / self._begun, in_flight)
        elif self._ended >= DECISIVE * self._size:
            self._decide(self._turned_away / self._ended, in_flight)

    @property
    def _size(self) -> int:
        """How many calls make a period."""
        return max(SMALLEST_PERIOD, self.limit)

    def _sharpen(self, period: int, limited: bool, in_flight: int) -> None:
        """Let the last ones turned away before a cut say how many were not."""
        if limited and self._trial is not None and period == self._period - 1:
            self.limit = max(1, min(self.limit, in_flight))

    def _find_bound(self) -> float:
        spread = math.sqrt(self._chance * (1 - self._chance) / self._begun)
        return self._chance + max(TOLERATED, DEVIATIONS * spread)

    def _decide(self, share: float, in_flight: int) -> None:
        trial, self._trial = self._trial, None
        before_growth, self._before_growth = self._before_growth, None
        if share <= self._find_bound():
            self._chance += 0.3 * min(0.0, share - self._chance)  # chance may grow rarer
            if before_growth is not None:
                self._step = min(LARGEST_STEP, 2 * self._step)
            self._grow()
        elif before_growth is not None:
            self._step = SMALLEST_STEP
            self._rest = self._next_rest = min(LONGEST_REST, 2 * self._next_rest)
            self._too_much = self.limit
            self._move(before_growth)
        elif trial is not None and HELPED * trial.share < share <= CERTAIN:
            self._chance = (share + trial.share) / 2
            self._too_much = math.inf
            self._move(trial.limit)
        else:
            self._trial = _Trial(self.limit, share)
            self._too_much = self.limit
            self._rest = self._next_rest
            self._move(max(LARGEST_CUT * self.limit, min(in_flight, SMALLEST_CUT * self.limit)))

    def _grow(self) -> None:
        gap = self._too_much - self.limit
        if self.limit < self._slots and SMALLEST_STEP * self.limit < gap / 2 < math.inf:
            self._before_growth = self.limit
            self._move(self.limit + gap / 2)
        elif self.limit == self._slots or self._rest > 0:
            self._rest = max(0, self._rest - 1)
            self._move(self.limit)
        else:
            self._before_growth = self.limit
            self._too_much = math.inf
            self._move(self.limit + max(1, self._step * self.limit))

    def _move(self, limit: float) -> None:
        self.limit = max(1, min(self._slots, int(limit)))
        self._period += 1
        self._begun = self._ended = self._turned_away = 0

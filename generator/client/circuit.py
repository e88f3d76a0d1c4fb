"""The circuit: when calls fail and none is answered, all pause, and one at a time probes until one is answered.

It opens at so many faults in a row, and closes when a call is answered that was sent since the first of them: what was
sent before says nothing about the server now. Being turned away (429) is no such fault: the server is there. Nor is a
time-out or a 503 while others are answered: what was sent in one burst to a busy server times out in one moment. Pure;
the caller brings the clock.

Source: Nygard 2007, "Release It!" (circuit breaker).
"""

from __future__ import annotations

import math

OPEN_AFTER = 8  # faults in a row: of a server that fails every fifth call by chance, one row in 400,000 is as long
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 5.0
PAUSE_SHARE = 0.05  # of the time since the first fault: what an outage costs in the end beyond its own length
SILENCE_S = 2.0  # without an answer, before which a sign of too much load is none of an outage
PROBE_PATIENCE_S = 10.0  # a probe that hangs keeps the next one waiting no longer


class Circuit:
    """Open or closed. Times are in seconds, of one clock."""

    def __init__(self) -> None:
        self._faults = 0
        self._since = 0.0  # the first fault of the row
        self._last_answer = -math.inf
        self.is_open = False
        self.next_probe = 0.0  # the time from which one call may be sent although it is open

    def note_fault(self, now: float, *, overloaded: bool = False) -> None:
        """Take note of a call that failed, and not by being turned away; perhaps with a sign of too much load."""
        if overloaded and not self.is_open and now - self._last_answer < SILENCE_S:
            return
        if self._faults == 0 and not self.is_open:
            self._since = now
        self._faults += 1
        if self.is_open or self._faults >= OPEN_AFTER:
            self.is_open = True
            pause_s = max(FIRST_PAUSE_S, min(LONGEST_PAUSE_S, PAUSE_SHARE * (now - self._since)))
            self.next_probe = now + pause_s

    def note_answer(self, sent: float, now: float) -> bool:
        """Take note of a call that was answered, or turned away; return whether this closed the circuit."""
        self._faults = 0
        self._last_answer = now
        if not self.is_open or sent < self._since:
            return False
        self.is_open = False
        return True

    def note_probe(self, now: float) -> None:
        """Take note that a probe is sent."""
        self.next_probe = now + PROBE_PATIENCE_S

"""How long calls take by how many were in flight: a server that queues takes longer the more it is asked.

Only calls of the same kind are compared, as logarithms: latencies are skewed, and a ratio is what is asked for. Pure.

Deviation from Vegas and its kin (Brakmo and Peterson 1995), which compare with the *smallest* round trip: replies of a
model differ by a factor of ten in length, so means are compared, with their standard error.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

LEAST_CALLS = 8  # of a kind, on each side, that a comparison takes
MEMORY = 256  # calls of a kind after which the older ones count half
LEAST_DEVIATION = 0.05  # of a logarithm of a latency, assumed at least: a steady server is none to be certain about
_OCTAVES_APART = 2  # between what is looked at and what it is compared with


@dataclass(slots=True)
class _Moments:
    count: float = 0.0
    total: float = 0.0
    squares: float = 0.0

    def add(self, other: _Moments) -> None:
        self.count += other.count
        self.total += other.total
        self.squares += other.squares

    @property
    def mean(self) -> float:
        return self.total / self.count

    @property
    def spread(self) -> float:
        """The sum of the squared deviations from the mean."""
        return max(0.0, self.squares - self.total * self.total / self.count)


class Sample:
    """Latencies by kind of call."""

    def __init__(self) -> None:
        self._kinds: dict[str, _Moments] = {}

    def add(self, kind: str, logarithm: float) -> None:
        """Add the natural logarithm of a latency in seconds."""
        moments = self._kinds.get(kind)
        if moments is None:
            moments = self._kinds[kind] = _Moments()
        elif moments.count >= MEMORY:
            moments.count, moments.total, moments.squares = moments.count / 2, moments.total / 2, moments.squares / 2
        moments.count += 1
        moments.total += logarithm
        moments.squares += logarithm * logarithm

    @classmethod
    def merge(cls, samples: Iterable[Sample]) -> Sample:
        """Return all of them as one."""
        merged = cls()
        for sample in samples:
            for kind, moments in sample._kinds.items():
                merged._kinds.setdefault(kind, _Moments()).add(moments)
        return merged

    def compare(self, other: Sample) -> Difference | None:
        """Return how much longer these took than the others of the same kinds; None where there are too few."""
        pairs = [
            (mine, theirs)
            for kind, mine in self._kinds.items()
            if mine.count >= LEAST_CALLS and (theirs := other._kinds.get(kind)) and theirs.count >= LEAST_CALLS
        ]
        if not pairs:
            return None
        freedom = sum(mine.count + theirs.count - 2 for mine, theirs in pairs)
        variance = sum(mine.spread + theirs.spread for mine, theirs in pairs) / freedom
        variance = max(variance, LEAST_DEVIATION**2)
        weights = [1 / (1 / mine.count + 1 / theirs.count) for mine, theirs in pairs]
        total = sum(weights)
        mean = sum(w * (mine.mean - theirs.mean) for w, (mine, theirs) in zip(weights, pairs, strict=True)) / total
        return Difference(mean, math.sqrt(variance / total))


@dataclass(frozen=True, slots=True)
class Difference:
    """Of two means of logarithms of latencies, with its standard error."""

    logarithm: float
    error: float

    @property
    def ratio(self) -> float:
        """How many times as long the first take."""
        return math.exp(self.logarithm)

    def is_beyond(self, ratio: float, deviations: float) -> bool:
        """Say whether it is above `ratio` and so many standard errors above 1."""
        return self.logarithm > math.log(ratio) and self.logarithm > deviations * self.error


class Profile:
    """Latencies by how many calls were in flight when the call was sent, in octaves: 1, 2, 3 to 4, 5 to 8 and so on.

    A burst fills them as well as slow growth does: in a queue, the last of the burst waits longest.
    """

    def __init__(self) -> None:
        self._octaves: dict[int, Sample] = {}
        self._levels: dict[int, _Moments] = {}

    def add(self, in_flight: int, kind: str, logarithm: float) -> None:
        """Add the latency of a call that was sent as the `in_flight`-th, from 1."""
        octave = find_octave(in_flight)
        if octave not in self._octaves:
            self._octaves[octave], self._levels[octave] = Sample(), _Moments()
        self._octaves[octave].add(kind, logarithm)
        self._levels[octave].add(_Moments(1, in_flight))

    def find_base(self, limit: int) -> Sample:
        """Return what was sent when far fewer than `limit` were in flight."""
        top = find_octave(limit)
        return Sample.merge(sample for octave, sample in self._octaves.items() if octave <= top - _OCTAVES_APART)

    def find_top(self, limit: int, base: Sample | None) -> tuple[float, Sample, Difference] | None:
        """Return, of the highest octave up to `limit` that can be compared: its mean level, its calls, the difference.

        It is compared with `base`, where that is there, else with what was sent when far fewer were in flight.
        """
        for octave in sorted(self._octaves, reverse=True):
            if octave <= find_octave(limit):
                sample = self._octaves[octave]
                difference = sample.compare(base or self.find_base(2**octave))
                if difference is not None:
                    return self._levels[octave].mean, sample, difference
        return None


def find_octave(in_flight: int) -> int:
    """Return the octave: 1 → 0, 2 → 1, 3 and 4 → 2, and so on."""
    return (in_flight - 1).bit_length()

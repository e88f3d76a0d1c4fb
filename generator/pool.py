"""The pool: what is committed, what is claimed by candidates on their way, and the novelty gate over both.

The decision that counts is taken against what is committed when a candidate's turn comes. Before that, a provisional
look saves calls: too like a committed text is final at once; too like an *earlier* candidate that is still on its way
(a rival) means to wait until that one is decided.
"""

from __future__ import annotations

import asyncio
import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from generator.protocols import Filter
from generator.types import Example, Neighbour

Place = tuple[int, int]  # (job, item): a candidate's place in the order
_COMPACT_ABOVE = 256  # settled claims are swept out of the claims' index when they are this many and the majority


@dataclass(frozen=True, slots=True)
class Alike:
    """What stands in a candidate's way: the filter that says so, and the text that it is too like."""

    filter: str
    neighbour: Neighbour


@dataclass(slots=True)
class Probe:
    """A text prepared for every filter, with the nearest of the first `seen` committed texts."""

    text: str
    prepared: list[Any]
    claim: Any
    nearest: list[Neighbour | None]
    seen: int = 0


@dataclass(slots=True)
class _Claim:
    place: Place
    probe: Probe
    decided: asyncio.Event = field(default_factory=asyncio.Event)


class Pool:
    """Seeds and accepted examples. Seeds are in every filter's index but are never filtered themselves."""

    def __init__(self, filters: Sequence[Filter], make_claims: Callable[[], Filter]) -> None:
        self._filters = filters
        self._make_claims = make_claims
        self._claims_index = make_claims()
        self._claims: dict[str, _Claim] = {}
        self._settled = 0
        self.seeds: list[Example] = []
        self.machine: list[Example] = []
        self._positions: dict[str, list[int]] = {}  # language → positions in `machine`

    def add_seed(self, seed: Example) -> None:
        """Put a seed in, whatever it is like."""
        self.seeds.append(seed)
        for one in self._filters:
            prepared = one.prepare(seed.instruction)
            if prepared is not None:
                one.add(seed.id, seed.instruction, prepared)

    def count_machine(self, language: str, committed: int) -> int:
        """Count the first `committed` accepted examples that are in the language."""
        return bisect.bisect_left(self._positions.get(language, []), committed)

    def get_machine(self, language: str, number: int) -> Example:
        """Return the accepted example of that number among those in the language."""
        return self.machine[self._positions[language][number]]

    def prepare(self, text: str) -> Probe | None:
        """Prepare a text for the gate; None where a filter cannot measure it."""
        prepared = [one.prepare(text) for one in self._filters]
        if any(one is None for one in prepared):
            return None
        return Probe(text, prepared, self._claims_index.prepare(text), [None] * len(prepared))

    def look(self, probe: Probe) -> Alike | None:
        """Find the nearest committed texts, looking only at what is new since the last time; say what is too like.

        The first filter whose nearest text is above its threshold speaks. What it says of a text is final; that nothing
        is too like is final only when all that comes before the candidate is committed.
        """
        for number, one in enumerate(self._filters):
            known = probe.nearest[number]
            found = one.nearest(probe.prepared[number], probe.seen, known.similarity if known else 0.0)
            probe.nearest[number] = found or known
        probe.seen = len(self._filters[0])
        for one, nearest in zip(self._filters, probe.nearest, strict=True):
            if nearest is not None and nearest.similarity > one.threshold:
                return Alike(one.name, nearest)
        return None

    def get_nearest(self, probe: Probe, name: str) -> Neighbour | None:
        """Return the nearest text that a filter has found for a probe."""
        names = [one.name for one in self._filters]
        return probe.nearest[names.index(name)] if name in names else None

    def find_rival(self, place: Place, probe: Probe) -> Place | None:
        """Return the place of an earlier candidate on its way that is too like, if the nearest claim is one."""
        nearest = self._claims_index.nearest(probe.claim, 0, self._claims_index.threshold)
        if nearest is None:
            return None
        claim = self._claims.get(nearest.id)
        return claim.place if claim is not None and claim.place < place else None

    def claim(self, place: Place, probe: Probe) -> None:
        """Say that a candidate is on its way."""
        key = _name(place)
        self._claims[key] = _Claim(place, probe)
        self._claims_index.add(key, probe.text, probe.claim)

    def release(self, place: Place) -> None:
        """Say that a candidate is decided, or given up; those who waited for it look again."""
        claim = self._claims.pop(_name(place), None)
        if claim is None:
            return
        claim.decided.set()
        self._settled += 1
        if self._settled > _COMPACT_ABOVE and self._settled > len(self._claims):
            self._compact()

    def forget_claims(self) -> None:
        """Forget the claims that the end of a phase left open."""
        self._claims.clear()
        self._compact()

    async def wait_for(self, place: Place) -> None:
        """Wait until the candidate at that place is decided."""
        claim = self._claims.get(_name(place))
        if claim is not None:
            await claim.decided.wait()

    def add(self, example: Example, probe: Probe) -> None:
        """Commit an accepted example."""
        self._positions.setdefault(example.language, []).append(len(self.machine))
        self.machine.append(example)
        for number, one in enumerate(self._filters):
            one.add(example.id, example.instruction, probe.prepared[number])

    def _compact(self) -> None:
        self._claims_index = self._make_claims()
        self._settled = 0
        for key, claim in self._claims.items():
            claim.probe.claim = self._claims_index.prepare(claim.probe.text)
            self._claims_index.add(key, claim.probe.text, claim.probe.claim)


def _name(place: Place) -> str:
    return f"{place[0]}/{place[1]}"

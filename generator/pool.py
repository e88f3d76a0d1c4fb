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
from typing import Any, Protocol, cast

from generator.protocols import Filter, Measuring
from generator.types import Candidate, Example, Neighbour, join_task

Place = tuple[int, int]  # (job, item): a candidate's place in the order
_COMPACT_ABOVE = 256  # settled claims are swept out of the claims' index when they are this many and the majority


@dataclass(frozen=True, slots=True)
class Alike:
    """What stands in a candidate's way: the filter that says so, and the text that it is too like.

    Where that is not in the pool of the run, `source` names the set that it belongs to and `record` its place there.
    """

    filter: str
    neighbour: Neighbour
    source: str = ""
    record: str = ""

    @property
    def reason(self) -> str:
        """Why a candidate is rejected, as the funnel counts it."""
        return "against" if self.source else self.filter

    def describe(self) -> dict[str, Any]:
        """Return the evidence of a rejection."""
        one = self.neighbour
        evidence = {"similarity": one.similarity, "neighbour": one.id, "neighbour_text": one.text}
        evidence |= {"embedder": one.by} if one.by else {}
        elsewhere = {"source": self.source, "record": self.record, "filter": self.filter}
        return evidence | (elsewhere if self.source else {})


class Reference(Protocol):
    """Texts beside the pool of the run that candidates must differ from; they never change while it goes on."""

    def find(self, text: str) -> Alike | None:
        """Return the text that this one is most like, where it is too like one."""
        ...


class SharedPool(Protocol):
    """A pool that other runs fill meanwhile. What it answers for good is kept with the run, so that it stays."""

    def foresee(self, key: str, text: str) -> Alike | None:
        """Return what a candidate's text is too like there, for now."""
        ...

    def decide(self, key: str, text: str) -> Alike | None:
        """Return what it is too like there, for good."""
        ...

    def add(self, key: str, text: str) -> Alike | None:
        """Put an accepted text in; where another run was faster with one too like it, return that instead."""
        ...


@dataclass(slots=True)
class Probe:
    """A text prepared for every filter, with the nearest of the first `seen` committed texts that matters, by filter.

    `prepared` ends before the slow filters where a quick one has rejected the text for good. `known` is what it is too
    like elsewhere, beside the pool; `key` is the candidate's id.
    """

    text: str
    prepared: list[Any]
    claim: Any
    nearest: list[Neighbour | None]
    seen: list[int]
    known: Alike | None = None
    key: str = ""

    @property
    def is_unmeasurable(self) -> bool:
        """Say whether a slow filter cannot measure the text."""
        return any(one is None for one in self.prepared)


@dataclass(slots=True)
class _Claim:
    place: Place
    probe: Probe
    decided: asyncio.Event = field(default_factory=asyncio.Event)


class Pool:
    """Seeds and accepted examples. Seeds are in every filter's index but are never filtered themselves."""

    def __init__(
        self, filters: Sequence[Filter], make_claims: Callable[[], Filter], reference: Reference | None = None,
        slow: Sequence[Filter] = (), shared: SharedPool | None = None, compares_input: bool = False,
    ) -> None:  # fmt: skip
        """`slow` filters come after the others; what they prepare asks a model, so it is done in a thread.

        `compares_input` says that a task's input is compared along with its instruction.
        """
        self._filters = [*filters, *slow]
        self._quick = len(filters)
        self._measuring = [isinstance(one, Measuring) for one in filters] + [True] * len(slow)
        self._reference = reference
        self._shared = shared
        self._compares_input = compares_input
        self._make_claims = make_claims
        self._claims_index = make_claims()
        self._claims: dict[str, _Claim] = {}
        self._settled = 0
        self.seeds: list[Example] = []
        self.machine: list[Example] = []
        self._positions: dict[str, list[int]] = {}  # language → positions in `machine`

    def add_seeds(self, seeds: Sequence[Example]) -> None:
        """Put the seeds in, whatever they are like. Slow filters take them one by one, as they take candidates."""
        self.seeds += seeds
        texts = [self.choose_text(seed) for seed in seeds]
        for number, one in enumerate(self._filters):
            is_quick = number < self._quick
            made = one.prepare_many(texts) if is_quick else map(one.prepare, texts)
            for seed, text, prepared in zip(seeds, texts, made, strict=True):
                if prepared is not None:
                    one.add(seed.id, text, prepared)

    def choose_text(self, task: Candidate | Example) -> str:
        """Return what of a task is compared."""
        return join_task(task) if self._compares_input else task.instruction

    def count_machine(self, language: str, committed: int) -> int:
        """Count the first `committed` accepted examples that are in the language."""
        return bisect.bisect_left(self._positions.get(language, []), committed)

    def get_machine(self, language: str, number: int) -> Example:
        """Return the accepted example of that number among those in the language."""
        return self.machine[self._positions[language][number]]

    async def prepare(self, text: str, key: str = "") -> Probe | None:
        """Prepare a candidate's text for the gate (`key` is its id); None where a quick filter cannot measure it.

        Raises what a slow filter raises.
        """
        prepared = [one.prepare(text) for one in self._filters[: self._quick]]
        if any(one is None for one in prepared):
            return None
        known = self._reference.find(text) if self._reference is not None else None
        count = len(self._filters)
        probe = Probe(text, prepared, self._claims_index.prepare(text), [None] * count, [0] * count, known, key)
        for one in self._filters[self._quick :]:
            if self.look(probe) is not None:
                break  # that is final, so nothing dear is spent on it
            prepared.append(await asyncio.to_thread(one.prepare, text))
        return probe

    def look(self, probe: Probe) -> Alike | None:
        """Find the nearest committed texts, looking only at what is new since the last time; say what is too like.

        The first filter whose nearest text is above its threshold speaks. What it says of a text is final; that nothing
        is too like is final only when all that comes before the candidate is committed. Quick filters look only for what
        is above their threshold, which costs them little; to slow ones, whatever is asked costs the same.
        """
        if probe.known is not None:
            return probe.known
        for number, (one, prepared) in enumerate(zip(self._filters, probe.prepared, strict=False)):
            if prepared is None:
                continue
            known = probe.nearest[number]
            least = one.threshold if number < self._quick else 0.0
            found = one.nearest(prepared, probe.seen[number], known.similarity if known else least)
            probe.nearest[number] = found or known
            probe.seen[number] = len(one)
        for one, nearest in zip(self._filters, probe.nearest, strict=True):
            if nearest is not None and nearest.similarity > one.threshold:
                return Alike(one.name, nearest)
        return None

    def foresee(self, probe: Probe) -> Alike | None:
        """Return what `look` returns, else what the shared pool says for now."""
        alike = self.look(probe)
        return self._shared.foresee(probe.key, probe.text) if alike is None and self._shared is not None else alike

    def decide(self, probe: Probe) -> Alike | None:
        """Return what `look` returns, else what the shared pool says for good."""
        alike = self.look(probe)
        return self._shared.decide(probe.key, probe.text) if alike is None and self._shared is not None else alike

    def share(self, probe: Probe) -> Alike | None:
        """Put an accepted text into the shared pool; return what was faster there and is too like it."""
        return self._shared.add(probe.key, probe.text) if self._shared is not None else None

    def find_nearest(self, probe: Probe) -> dict[str, Neighbour]:
        """Return the nearest text by each filter whose similarity holds for any two texts, however unlike they are.

        The texts are those that were committed when `look` was last asked about this one, and found it free. What is
        found is kept, so that `look` goes on from there.
        """
        found: dict[str, Neighbour | None] = {}
        for number, (one, prepared) in enumerate(zip(self._filters, probe.prepared, strict=True)):
            if not self._measuring[number]:
                continue
            if number < self._quick and probe.nearest[number] is None:
                probe.nearest[number] = cast("Measuring", one).measure(prepared, probe.seen[number])
            found[one.name] = probe.nearest[number]
        return {name: nearest for name, nearest in found.items() if nearest is not None}

    def find_rival(self, place: Place, probe: Probe) -> Place | None:
        """Return the place of an earlier candidate on its way that is too like, if the nearest claim is one."""
        nearest = self._claims_index.nearest(probe.claim, 0, self._claims_index.threshold)
        if nearest is None or nearest.similarity <= self._claims_index.threshold:
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
            one.add(example.id, probe.text, probe.prepared[number])

    def _compact(self) -> None:
        self._claims_index = self._make_claims()
        self._settled = 0
        for key, claim in self._claims.items():
            claim.probe.claim = self._claims_index.prepare(claim.probe.text)
            self._claims_index.add(key, claim.probe.text, claim.probe.claim)


def _name(place: Place) -> str:
    return f"{place[0]}/{place[1]}"

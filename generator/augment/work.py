"""Augmenting records that are there already, as the work of a schedule: each record a job, committed in order.

It streams: what is held are the jobs begun and not yet committed, a few records before them, as partners, and a digest a
record of what was asked, so that nothing is asked twice in the same words.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from generator.errors import RefusedError, SeedbedError
from generator.judging.assess import assess
from generator.protocols import Critic, Policy, Screen, Verifier
from generator.types import Candidate, Example, Outcome, make_id

RECENT = 64  # records before one that its partner is looked for among
Basis = tuple[Example, tuple[Example, ...]]


def _make_key(record: Example) -> int:
    """Return the digest (64 bits) of what a record asks, case and white space aside."""
    said = (record.system or "", *(turn.content for turn in record.history), record.instruction, record.input)
    return int(make_id([" ".join(text.split()).casefold() for text in said]), 16)


class Maker(Protocol):
    """Makes the candidates of a record, and their responses (`augmenting.py`)."""

    async def propose(self, index: int, record: Example, recent: Sequence[Example]) -> Sequence[Candidate | Outcome]:
        """Make every augmentation of the record."""
        ...

    async def respond(self, index: int, candidate: Candidate) -> Example | Outcome:
        """Return the candidate's record, or what ends it."""
        ...


@dataclass(slots=True)
class AugmentWork:
    """Augments `total` records of `records`, in order, until `target` candidates are accepted (None: all)."""

    records: Iterator[Example]
    total: int | None
    augmenting: Maker
    verifier: Verifier
    critic: Critic | None
    policy: Policy
    write: Callable[[Outcome], None]
    take_calls: Callable[[str], int]
    screens: Sequence[Screen] = ()
    target: int | None = None
    speculative: bool = False
    accepted: int = 0
    width: int = field(init=False)  # every job builds on nothing
    _seen: set[int] = field(default_factory=set)  # what was asked so far, by digest
    _recent: deque[Example] = field(default_factory=lambda: deque(maxlen=RECENT))

    def __post_init__(self) -> None:
        """Make every record a job of its own."""
        self.width = self.total or 0

    def start(self, index: int) -> Basis:
        """Return the record of a job and those before it; jobs begin in order."""
        record = next(self.records, None)
        if record is None:
            raise SeedbedError(
                f"the source has changed while it was read: it ends after {index} of {self.total} records."
            )
        basis = record, tuple(self._recent)
        self._recent.append(record)
        return basis

    async def attempt(self, index: int, basis: Basis) -> Sequence[Outcome]:
        """Make all augmentations of one record, and take each to its end."""
        made = await self.augmenting.propose(index, *basis)
        return await asyncio.gather(*(self._finish(index, one) for one in made))

    async def _finish(self, index: int, candidate: Candidate | Outcome) -> Outcome:
        if isinstance(candidate, Outcome):
            return candidate
        if (rejected := self._screen(candidate)) is not None:
            return rejected
        try:
            example = await self.augmenting.respond(index, candidate)
        except RefusedError as error:
            return Outcome("failed", "respond", "refused", candidate, evidence={"error": str(error)})
        if isinstance(example, Outcome):
            return example
        return self._screen(candidate, example) or await assess(self, candidate, example, order=index)

    def _screen(self, candidate: Candidate, example: Example | None = None) -> Outcome | None:
        """Return the rejection by the first screen that rejects."""
        found = (screen.check(candidate, example) for screen in self.screens)
        return next((rejected for rejected in found if rejected is not None), None)

    async def commit(self, index: int, basis: Basis, attempt: Sequence[Outcome]) -> None:
        """Write what became of them."""
        self._seen.add(_make_key(basis[0]))
        for made in attempt:
            if self.is_finished():
                return
            outcome = self._check_repeated(made)
            self.take_calls(outcome.candidate.id)
            self.write(outcome)
            self.accepted += outcome.status == "accepted"

    def _check_repeated(self, outcome: Outcome) -> Outcome:
        """Return the outcome; a record that asks what one of an earlier record asks already is rejected after all."""
        if outcome.status != "accepted" or outcome.example is None:
            return outcome
        key = _make_key(outcome.example)
        if key in self._seen:
            return Outcome("rejected", "novelty", "repeated", outcome.candidate)
        self._seen.add(key)
        return outcome

    def foresee(self, index: int, basis: Any, attempt: Any) -> None:
        """Nothing builds on an augmentation."""

    def discard(self, index: int) -> None:
        """Nothing is thrown away."""

    def is_finished(self) -> bool:
        """Say whether the target is reached."""
        return self.target is not None and self.accepted >= self.target

    def look_ahead(self) -> int:
        """Return how many jobs ahead are worth starting: with a target, no more than could be needed."""
        return self.width if self.target is None else 2 * (self.target - self.accepted) + 1

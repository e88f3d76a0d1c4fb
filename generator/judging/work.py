"""Judging records that are there already, as the work of a schedule: each a job of its own, committed in order.

Records are read as their turn to begin comes, so a source may be larger than memory: what is held are the jobs begun
and not yet committed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from generator.errors import SeedbedError
from generator.judging.assess import assess
from generator.policy import FAMILY
from generator.protocols import Critic, Policy, Verifier
from generator.types import Candidate, Example, Outcome


@dataclass(slots=True)
class JudgeWork:
    """Judges `total` records of `records`, in order; `take_calls` forgets what was counted about a record."""

    records: Iterator[Example]
    total: int | None
    verifier: Verifier
    critic: Critic | None
    policy: Policy
    write: Callable[[Outcome], None]
    take_calls: Callable[[str], int]
    speculative: bool = False
    width: int = field(init=False)  # every job builds on nothing

    def __post_init__(self) -> None:
        """Make every record a job of its own."""
        self.width = self.total or 0

    def start(self, index: int) -> Example:
        """Return the record of a job; jobs begin in order."""
        record = next(self.records, None)
        if record is None:
            raise SeedbedError(
                f"the source has changed while it was read: it ends after {index} of {self.total} records."
            )
        return strip_verdict(record)

    async def attempt(self, index: int, basis: Example) -> Outcome:
        """Judge one record."""
        return await assess(self, make_candidate(basis), basis, order=index)

    async def commit(self, index: int, basis: Example, attempt: Outcome) -> None:
        """Write what became of it."""
        self.take_calls(basis.id)
        self.write(attempt)

    def foresee(self, index: int, basis: Any, attempt: Any) -> None:
        """Nothing builds on a verdict."""

    def discard(self, index: int) -> None:
        """Nothing is thrown away."""

    def is_finished(self) -> bool:
        """Say that there is always more, until all are judged."""
        return False

    def look_ahead(self) -> int:
        """Return how many jobs ahead are worth starting: all."""
        return self.width


def strip_verdict(record: Example) -> Example:
    """Return the record without what an earlier critic found."""
    scores = {name: value for name, value in record.scores.items() if not name.startswith(FAMILY)}
    return record if len(scores) == len(record.scores) else record.model_copy(update={"scores": scores})


def make_candidate(record: Example) -> Candidate:
    """Return the candidate that a record is, for what is written where it is not accepted."""
    return Candidate(
        id=record.id, instruction=record.instruction, input=record.input, system=record.system,
        language=record.language, tags=record.tags, lineage=record.lineage, checks=record.checks,
        response=record.response,
    )  # fmt: skip

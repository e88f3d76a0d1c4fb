"""The loop, on protocols only: attempt speculatively, commit in order.

A candidate's way: proposed → novelty → response → verifiers → critic. The schedule attempts jobs ahead of their turn;
when a job's turn comes, its candidates are decided one by one against all that is committed before them. Where that
decision differs from the provisional one, the calls made in vain are counted and what they answered is not used.

Promise: what is committed, and why, is a function of seeds, configuration and completions alone.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from generator.errors import LimitReached, RefusedError
from generator.judging.assess import assess
from generator.pool import Place, Pool, Probe
from generator.protocols import Critic, Policy, Proposer, Screen, Verifier
from generator.recorder import Recorder
from generator.types import Candidate, Outcome

STALL_JOBS = 64  # this many jobs in a row, and one for each lane, without an accepted candidate: a run that has run dry
SPARE = 1.25  # look ahead this much further than the observed yield says is needed for the target
LEAST_YIELD = 0.02  # accepted candidates a job, assumed at least, so that a bad start does not look ahead for ever
FAR = 1 << 30


@dataclass(slots=True)
class _Item:
    """One candidate of an attempt: what rejected it already, or how it will end if it is novel (None: not yet known)."""

    place: Place
    draft: Candidate | Outcome
    probe: Probe | None = None
    ending: Outcome | None = None
    proposal_calls: int = 0

    @property
    def accepted_ending(self) -> Outcome | None:
        return self.ending if self.ending is not None and self.ending.status == "accepted" else None


@dataclass(frozen=True, slots=True)
class Tools:
    """What the engine works with, beside the proposer."""

    pool: Pool
    verifier: Verifier
    critic: Critic | None
    policy: Policy
    recorder: Recorder
    take_calls: Callable[[str], int]
    count_in_vain: Callable[[int], None]
    screen: Screen | None = None


@dataclass(frozen=True, slots=True)
class Goal:
    """How far to go: `jobs` in all (None: open-ended), accepted examples wanted, candidates at most.

    `ended_at` is the place at which an earlier invocation reached the target. Nothing beyond it is attempted ahead of its
    turn, so that the same command again asks for nothing that was not asked for then.
    """

    jobs: int | None
    target: int | None = None
    max_candidates: int | None = None
    ended_at: Place | None = None


class Engine:
    """One recipe over one pool, as the `Work` of a schedule."""

    def __init__(self, proposer: Proposer, tools: Tools, goal: Goal) -> None:
        self.width = proposer.width
        self.total = goal.jobs
        self.speculative = proposer.speculative
        self._proposer = proposer
        self._tools = tools
        self._goal = goal
        self._candidates = 0
        self._jobs = 0
        self._barren = 0
        self._attempts: dict[int, list[_Item]] = {}
        self.ended_at: Place | None = None  # where the target was reached

    def start(self, index: int) -> Any:
        """Return the basis of a lane's first job."""
        return self._proposer.start(index)

    async def attempt(self, index: int, basis: Any) -> list[_Item]:
        """Propose, and take every candidate as far as it goes on a provisional look at novelty."""
        drafts = await self._proposer.propose(index, basis)
        items = [_Item((index, number), draft) for number, draft in enumerate(drafts)]
        self._attempts[index] = items
        wanted = [item for item in items if self._is_within(item.place)]
        if len(wanted) == 1:
            await self._advance(index, wanted[0])
        elif wanted:
            await self._advance_all(index, wanted)
        return items

    def _is_within(self, place: Place) -> bool:
        """Say whether a place lies before the one at which the target was reached earlier, as far as that still holds."""
        end = self._goal.ended_at
        return end is None or place <= end or self._jobs > end[0]

    async def _advance_all(self, index: int, items: list[_Item]) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for item in items:
                    group.create_task(self._advance(index, item))
        except ExceptionGroup as faults:
            raise faults.exceptions[0] from None  # the run ends with the first; the group says nothing more

    async def _advance(self, index: int, item: _Item) -> None:
        if isinstance(item.draft, Outcome):
            item.ending = item.draft
            return
        item.proposal_calls = self._tools.take_calls(item.draft.id)  # what is counted from here on may be in vain
        item.probe = await self._tools.pool.prepare(self._tools.pool.choose_text(item.draft), item.draft.id)
        if item.probe is None or item.probe.is_unmeasurable:
            item.ending = Outcome("rejected", "novelty", "unmeasurable", item.draft)
        elif await self._is_free(item, item.probe):
            item.ending = await self._finish(index, item.draft)
            if item.accepted_ending is None:
                self._tools.pool.release(item.place)
            else:
                self._tools.recorder.expect(item.probe)

    async def _is_free(self, item: _Item, probe: Probe) -> bool:
        """Look at novelty provisionally, waiting for rivals; claim the text where it is free."""
        pool = self._tools.pool
        while pool.foresee(probe) is None:
            rival = pool.find_rival(item.place, probe)
            if rival is None:
                pool.claim(item.place, probe)
                return True
            if rival[0] == item.place[0]:
                return False  # of the same job: decided with it, when its turn comes
            await pool.wait_for(rival)
        return False

    async def _finish(self, index: int, candidate: Candidate) -> Outcome:
        """Response, verifiers, critic: how the candidate ends if it is novel."""
        screen = self._tools.screen
        if screen is not None and (rejected := screen.check(candidate)) is not None:
            return rejected
        try:
            example = await self._proposer.respond(index, candidate)
        except RefusedError as error:
            return Outcome("failed", "respond", "refused", candidate, evidence={"error": str(error)})
        if isinstance(example, Outcome):
            return example
        if screen is not None and (rejected := screen.check(candidate, example)) is not None:
            return rejected
        return await assess(self._tools, candidate, example, order=index)

    def foresee(self, index: int, basis: Any, attempt: list[_Item]) -> Any:
        """Return the basis that the lane's next job will have if every provisional decision holds."""
        return self._proposer.advance(index, basis, [item.accepted_ending for item in attempt])

    async def commit(self, index: int, basis: Any, attempt: list[_Item]) -> Any:
        """Decide the job's candidates for good, in order."""
        outcomes: list[Outcome] = []
        for item in attempt:
            if self._has_target():
                break
            if item.probe is None and item.ending is None:  # it was not attempted ahead
                await self._advance(index, item)
            outcome = await self._decide(index, item)
            self._tools.recorder.take(outcome, item.probe)
            if outcome.status == "accepted" and outcome.example is not None and item.probe is not None:
                self._tools.pool.add(outcome.example, item.probe)
            self._tools.pool.release(item.place)
            self._candidates += 1
            outcomes.append(outcome)
            if self._has_target():
                self.ended_at = item.place
        for item in attempt[len(outcomes) :]:
            self._give_up(item)
        self._attempts.pop(index, None)
        self._jobs += 1
        self._proposer.settle(index, outcomes)
        accepted = [outcome if outcome.status == "accepted" else None for outcome in outcomes]
        self._barren = 0 if any(accepted) else self._barren + 1
        return self._proposer.advance(index, basis, accepted)

    async def _decide(self, index: int, item: _Item) -> Outcome:
        candidate = item.draft
        if isinstance(candidate, Outcome):
            self._tools.take_calls(candidate.candidate.id)
            return candidate
        if item.probe is None:
            assert item.ending is not None  # unmeasurable
            return item.ending
        alike = self._tools.pool.decide(item.probe)
        calls = self._tools.take_calls(candidate.id)
        if alike is not None:
            self._tools.count_in_vain(calls)
            return Outcome("rejected", "novelty", alike.reason, candidate, evidence=alike.describe())
        ending = item.ending or await self._finish(index, candidate)
        if ending.status == "accepted" and (alike := self._tools.pool.share(item.probe)) is not None:
            self._tools.count_in_vain(calls)
            return Outcome("rejected", "novelty", alike.reason, candidate, evidence=alike.describe())
        return ending

    def discard(self, index: int) -> None:
        """Forget an attempt whose basis turned out otherwise."""
        for item in self._attempts.pop(index, ()):
            self._give_up(item)

    def discard_rest(self) -> None:
        """Forget what was attempted beyond the end."""
        for index in list(self._attempts):
            self.discard(index)

    def _give_up(self, item: _Item) -> None:
        """Forget a candidate; what was asked about it was asked in vain."""
        self._tools.pool.release(item.place)
        self._tools.recorder.forget(item.probe)
        draft = item.draft.candidate if isinstance(item.draft, Outcome) else item.draft
        self._tools.count_in_vain(item.proposal_calls + self._tools.take_calls(draft.id))

    @property
    def accepted(self) -> int:
        """How many examples are accepted, those of an earlier phase of the run included."""
        return len(self._tools.pool.machine)

    def _has_target(self) -> bool:
        return self._goal.target is not None and self.accepted >= self._goal.target

    def is_finished(self) -> bool:
        """Say whether the target is reached. Raises `LimitReached` at the cap on candidates, or when the run ran dry."""
        if self._has_target():
            return True
        cap = self._goal.max_candidates
        if cap is not None and self._candidates >= cap:
            raise LimitReached(f"The cap of {cap} candidates is reached with {self.accepted} accepted.")
        if self.total is None and self._barren >= max(STALL_JOBS, self.width):
            raise LimitReached(f"Stalled: the last {self._barren} jobs brought nothing new ({self.accepted} accepted).")
        return False

    def look_ahead(self) -> int:
        """Return how many jobs ahead are worth starting: near a target, only as many as the yield says are needed."""
        if self._goal.target is None:
            return FAR
        a_job = max(LEAST_YIELD, (self.accepted + self._proposer.most) / (self._jobs + 1))
        ahead = math.ceil((self._goal.target - self.accepted) / a_job * SPARE) + 1
        end = self._goal.ended_at
        return ahead if end is None or self._jobs > end[0] else min(ahead, end[0] - self._jobs + 1)

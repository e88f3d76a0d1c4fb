"""The critic of a run: one model with one rubric or several, or a jury of such, as one verdict.

Several rubrics: the overall score is the mean of those that gate. A jury: each juror judges by itself, and the median
counts, or the median of the side with more votes. Jurors who differ by more than a set bound, who vote as many for as
against, or who do not answer in form leave a doubt: an arbiter that is named decides, else a person. What they differ
in is never averaged away in silence.

Source: Verga et al. 2024 (panel of LLM evaluators, arXiv:2404.18796).
Deviations: the median, not the mean, so that one juror who errs does not move the score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Protocol

from evaluators.critic.manner import Columns, Opinion, ask_together
from generator.errors import RefusedError, ReplyError
from generator.types import Example, Verdict


class Member(Protocol):
    """Whoever has an opinion of a record."""

    async def judge(self, example: Example, *, order: int = 0) -> Opinion:
        """Return the opinion. Raises `ReplyError` and `RefusedError`."""
        ...


class Reviewer:
    """One model with several rubrics; `gates` says, by rubric in order, which count towards the overall score."""

    def __init__(self, critics: Mapping[str, Member], gates: Sequence[str]) -> None:
        self._critics = critics
        self._gates = frozenset(gates)

    async def judge(self, example: Example, *, order: int = 0) -> Opinion:
        """Return one opinion of all rubrics. Raises the first fault: a verdict with a part missing is none."""
        found = await ask_together([critic.judge(example, order=order) for critic in self._critics.values()])
        opinions: list[Opinion] = []
        for one in found:
            if isinstance(one, Exception):
                raise one
            opinions.append(one)
        if len(opinions) == 1 and self._gates:
            return opinions[0]
        counted = [
            one.overall
            for name, one in zip(self._critics, opinions, strict=True)
            if name in self._gates and one.overall is not None
        ]
        spreads = [one.spread for one in opinions if one.spread is not None]
        return Opinion(
            columns={name: value for one in opinions for name, value in one.columns.items()},
            overall=sum(counted) / len(counted) if counted else None,
            explanations={name: text for one in opinions for name, text in one.explanations.items()},
            spread=max(spreads, default=None),
            doubts=tuple(dict.fromkeys(doubt for one in opinions for doubt in one.doubts)),
            bars={name: held for one in opinions for name, held in one.bars.items()},
            points={name: value for one in opinions for name, value in one.points.items()},
        )


@dataclass(frozen=True, slots=True)
class Jury:
    """Several members as one. `by` is `median` or `majority`; `arbiter` decides where they disagree."""

    members: Sequence[Member]
    by: str
    max_spread: float
    arbiter: Member | None = None

    async def judge(self, example: Example, *, order: int = 0) -> Opinion:
        """Return what they come to. Raises the first fault where no juror answered in form."""
        found = await ask_together([member.judge(example, order=order) for member in self.members])
        opinions = [one for one in found if isinstance(one, Opinion)]
        faults = [one for one in found if isinstance(one, Exception)]
        if not opinions:
            raise faults[0]
        joint = self._join(found, opinions, bool(faults))
        if joint.doubts and self.arbiter is not None:
            return await self._arbitrate(joint, example, order)
        return joint

    def _join(self, found: Sequence[object], opinions: Sequence[Opinion], incomplete: bool) -> Opinion:
        scores = [one.overall for one in opinions if one.overall is not None]
        votes = [all(one.bars.values()) for one in opinions]
        share = sum(votes) / len(votes)
        spread = max(_measure_spreads(opinions), default=None)
        doubts = dict.fromkeys(doubt for one in opinions for doubt in one.doubts)
        if incomplete:
            doubts["juror_unparsed"] = None
        if spread is not None and spread > self.max_spread:
            doubts["jurors_disagree"] = None
        if self.by == "majority":
            if share == 0.5:
                doubts["votes_are_even"] = None
            opinions = [one for one, vote in zip(opinions, votes, strict=True) if share == 0.5 or vote == (share > 0.5)]
            scores = [one.overall for one in opinions if one.overall is not None]
        columns = _take_medians(opinions)
        for number, one in enumerate(found, 1):
            columns[f"jury.{number}"] = one.overall if isinstance(one, Opinion) else None
        columns |= {"votes": share, "spread": spread}
        overall = median(scores) if scores else None
        return Opinion(columns, overall, _number_explanations(found), spread, tuple(doubts), {"jury": share > 0.5})

    async def _arbitrate(self, joint: Opinion, example: Example, order: int) -> Opinion:
        assert self.arbiter is not None
        try:
            word = await self.arbiter.judge(example, order=order)
        except (ReplyError, RefusedError):
            return Opinion(
                {**joint.columns, "arbiter": None}, joint.overall, joint.explanations, joint.spread,
                (*joint.doubts, "arbiter_unparsed"), joint.bars,
            )  # fmt: skip
        kept = {name: joint.columns[name] for name in joint.columns if name.startswith(("jury.", "votes", "spread"))}
        explanations = {**joint.explanations, **{f"arbiter.{name}": text for name, text in word.explanations.items()}}
        columns: Columns = {**word.columns, **kept, "arbiter": word.overall}
        return Opinion(columns, word.overall, explanations, joint.spread, word.doubts, word.bars)


def _measure_spreads(opinions: Sequence[Opinion]) -> list[float]:
    """Return how far the jurors are apart, in points of 1 to 10: overall, and on each dimension several of them judged."""
    columns: dict[str, list[float]] = {"overall": [one.overall for one in opinions if one.overall is not None]}
    for one in opinions:
        for name, value in one.points.items():
            columns.setdefault(f"column {name}", []).append(value)
    return [max(values) - min(values) for values in columns.values() if len(values) > 1]


def _take_medians(opinions: Sequence[Opinion]) -> Columns:
    """Return each column's median over the opinions that have it; a text where all that have it agree."""
    names = dict.fromkeys(name for one in opinions for name in one.columns)
    return {name: _take_median([one.columns[name] for one in opinions if name in one.columns]) for name in names}


def _take_median(values: Sequence[float | str | None]) -> float | str | None:
    numbers = [value for value in values if isinstance(value, float | int)]
    if numbers:
        return median(numbers)
    return values[0] if len(set(values)) == 1 else None


def _number_explanations(found: Sequence[object]) -> dict[str, str]:
    return {
        f"jury.{number}.{name}": text
        for number, one in enumerate(found, 1)
        if isinstance(one, Opinion)
        for name, text in one.explanations.items()
    }


class Critic:
    """Gives the run's verdicts; satisfies `protocols.Critic`."""

    def __init__(self, name: str, model: str, member: Member) -> None:
        self.name = name
        self.model = model
        self._member = member

    async def judge(self, example: Example, *, order: int = 0) -> Verdict:
        """Return the verdict. Raises `ReplyError` where the critic did not answer in form, and `RefusedError`."""
        opinion = await self._member.judge(example, order=order)
        columns = {name: value for name, value in opinion.columns.items() if name != "overall"}
        return Verdict(columns, opinion.overall, opinion.explanations, opinion.doubts)

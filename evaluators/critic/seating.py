"""Seats a run's critic: who judges, by which rubrics, and how their opinions become one verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evaluators.critic.manner import Manner, rescale
from evaluators.critic.pairwise import PairwiseCritic
from evaluators.critic.panel import Critic, Jury, Member, Reviewer
from evaluators.critic.pointwise import PointwiseCritic
from evaluators.critic.references import make_finder, read_references
from evaluators.critic.rubric import COLUMNS, DEFAULT, DEFAULT_THRESHOLD, PAIR, Rubric
from generator.errors import ConfigError
from generator.protocols import Ask


@dataclass(frozen=True, slots=True)
class Seat:
    """Who judges, by which rubrics; an arbiter is asked only where the others disagree."""

    ask: Ask
    rubrics: Sequence[Rubric]
    is_arbiter: bool = False


def seat_critic(seats: Sequence[Seat], manner: Manner, by: str = "median") -> Critic:
    """Return the critic: of one seat alone, of several a jury. Raises `ConfigError` where none of them is a juror."""
    members = [_seat_one(seat, manner) for seat in seats if not seat.is_arbiter]
    arbiters = [_seat_one(seat, manner) for seat in seats if seat.is_arbiter]
    if not members or len(arbiters) > 1:
        raise ConfigError("`[[jury]]`: there must be a juror who is no arbiter, and one arbiter at most.")
    names = dict.fromkeys(rubric.name for seat in seats for rubric in seat.rubrics)
    models = dict.fromkeys(seat.ask.model for seat in seats)
    member = members[0]
    if len(members) > 1:
        member = Jury(members, by, manner.max_spread, arbiters[0] if arbiters else None)
    return Critic("+".join(names), ", ".join(models), member)


def _seat_one(seat: Seat, manner: Manner) -> Member:
    critics: dict[str, Member] = {
        rubric.name: (PairwiseCritic if rubric.looks_at == PAIR else PointwiseCritic)(seat.ask, rubric, manner)
        for rubric in seat.rubrics
    }
    return Reviewer(critics, [rubric.name for rubric in seat.rubrics if rubric.gates])


def add_references(manner: Manner, path: str | None) -> Manner:
    """Return the manner with reference answers shown: the file's, else those in records' tags. Raises `ConfigError`."""
    return replace(manner, find_reference=make_finder(read_references(Path(path)) if path else {}))


def list_columns(rubrics: Sequence[Rubric], manner: Manner, jurors: int = 0) -> list[str]:
    """Return the columns that a critic of these rubrics may fill, in full."""
    names = [column for rubric in rubrics for column in rubric.list_columns()]
    for rubric in rubrics:
        names += [f"{rubric.prefix}{name}" for name in ("spread", "samples") if manner.samples > 1]
        names += [f"{rubric.prefix}scored_by"] if manner.probabilities else []
    if jurors > 1:
        names += ["spread", "votes", "arbiter", *(f"jury.{number}" for number in range(1, jurors + 1))]
    return [COLUMNS + name for name in dict.fromkeys([*names, "overall", "doubt"])]


def list_bars(rubrics: Sequence[Rubric]) -> dict[str, float]:
    """Return the scores that columns must reach where no rule of the policy decides.

    A rubric's own column must reach its threshold; where one that gates has none, the overall score, 1 to 10, must be 7.
    """
    bars = {}
    for rubric in rubrics:
        if rubric.looks_at == PAIR:
            bars[f"{COLUMNS}{rubric.prefix}overall"] = 0.5  # not worse than what it is compared with
        elif rubric.name == DEFAULT and rubric.gates:  # its overall score is told on 1 to 10
            bars[f"{COLUMNS}overall"] = rescale(rubric.bar, rubric.low, rubric.high)
        elif rubric.threshold:
            bars[f"{COLUMNS}{rubric.prefix}overall"] = rubric.threshold
        elif rubric.gates:
            bars.setdefault(f"{COLUMNS}overall", DEFAULT_THRESHOLD)
    return bars

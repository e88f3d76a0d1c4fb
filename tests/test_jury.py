"""Juries: what several critics come to, and where they leave a doubt instead of a mean."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from evaluators.critic.manner import Manner, Opinion
from evaluators.critic.panel import Jury, Reviewer
from evaluators.critic.rubric import Rubric, read_rubric
from evaluators.critic.seating import Seat, seat_critic
from generator.errors import ConfigError, ReplyError
from generator.types import ChatRequest, Example
from tests.critic_rig import TEMPLATES, make_ask, make_record, write_verdict


class Fixed:
    """A juror whose opinion is known beforehand."""

    def __init__(self, overall: float | None, column: float | None = None, fault: bool = False) -> None:
        self.overall, self.column, self.fault, self.asked = overall, column, fault, 0

    async def judge(self, example: Example, *, order: int = 0) -> Opinion:
        self.asked += 1
        if self.fault:
            raise ReplyError("no_json", "prose", raw="prose")
        columns = {"response": self.overall if self.column is None else self.column}
        is_good = self.overall is not None and self.overall >= 7
        points = {name: value for name, value in columns.items() if value is not None}
        return Opinion(dict(columns), self.overall, {"response": "so"}, bars={"overall": is_good}, points=points)


def deliberate(*members: Any, by: str = "median", arbiter: Any = None) -> Opinion:
    return asyncio.run(Jury(members, by, 2.0, arbiter).judge(make_record()))


def test_a_jury_takes_the_median_and_tells_what_each_said() -> None:
    verdict = deliberate(Fixed(8), Fixed(9), Fixed(7.5))
    assert (verdict.overall, verdict.spread, verdict.doubts) == (8, 1.5, ())
    assert [verdict.columns[f"jury.{number}"] for number in (1, 2, 3)] == [8, 9, 7.5]
    assert verdict.columns["response"] == 8
    assert verdict.explanations["jury.2.response"] == "so"


def test_jurors_who_disagree_leave_a_doubt_or_an_arbiter_decides() -> None:
    assert deliberate(Fixed(9.5), Fixed(9), Fixed(3)).doubts == ("jurors_disagree",)
    hidden = deliberate(Fixed(8, column=10.0), Fixed(8, column=2.0))
    assert hidden.doubts == ("jurors_disagree",), "equal sums hide what they differ in"
    arbiter = Fixed(4.0)
    word = deliberate(Fixed(9.0), Fixed(3.0), arbiter=arbiter)
    assert (word.overall, word.doubts, word.columns["arbiter"], word.columns["jury.1"]) == (4, (), 4.0, 9.0)
    assert deliberate(Fixed(8.0), Fixed(8.0), arbiter=arbiter).overall == 8
    assert arbiter.asked == 1
    assert deliberate(Fixed(9.0), Fixed(3.0), arbiter=Fixed(4, fault=True)).doubts == (
        "jurors_disagree",
        "arbiter_unparsed",
    )


def test_jurors_who_prefer_different_responses_are_not_averaged() -> None:
    pairwise = read_rubric(TEMPLATES, "pairwise", "en")
    first, second = (Seat(make_ask(prefer(good))[0], [pairwise]) for good in ("Bread.", "Butter."))
    record = make_record(response="Bread.", rejected="Butter.")
    verdict = asyncio.run(seat_critic([first, second], Manner()).judge(record))
    assert (verdict.scores["pairwise.preference"], verdict.doubts) == (0.5, ("jurors_disagree",))
    assert asyncio.run(seat_critic([first, first], Manner()).judge(record)).doubts == ()


def prefer(good: str) -> Callable[[ChatRequest], str]:
    """Return a critic of pairs that prefers this response wherever it stands."""

    def reply(request: ChatRequest) -> str:
        shown = request.messages[-1][1]
        is_first = shown.index(good) == min(shown.index("Bread."), shown.index("Butter."))
        return json.dumps({"preference": {"explanation": "so", "better": "first" if is_first else "second"}})

    return reply


def test_jurors_differ_in_points_of_ten_whatever_the_scale() -> None:
    stars = Rubric("overall", "record", {"stars": 1.0}, 1, 5)
    three, four = (Seat(make_ask(write_verdict(score, names=("stars",)))[0], [stars]) for score in (3, 4))
    verdict = asyncio.run(seat_critic([three, four], Manner()).judge(make_record()))
    assert (verdict.scores["stars"], verdict.scores["spread"], verdict.doubts) == (3.5, 2.25, ("jurors_disagree",))


def test_a_majority_counts_votes_and_even_ones_decide_nothing() -> None:
    verdict = deliberate(Fixed(7.0), Fixed(7.5), Fixed(6.0), by="majority")
    assert (verdict.overall, round(float(verdict.columns["votes"] or 0), 3), verdict.doubts) == (7.25, 0.667, ())
    assert deliberate(Fixed(6.0), Fixed(7.5), Fixed(6.5), by="majority").overall == 6.25
    assert deliberate(Fixed(7.0), Fixed(6.0), by="majority").doubts == ("votes_are_even",)


def test_a_juror_out_of_form_leaves_a_doubt_and_no_number() -> None:
    verdict = deliberate(Fixed(8), Fixed(8, fault=True), Fixed(8))
    assert (verdict.overall, verdict.columns["jury.2"], verdict.doubts) == (8, None, ("juror_unparsed",))
    with pytest.raises(ReplyError):
        deliberate(Fixed(8, fault=True), Fixed(8, fault=True))


def test_several_rubrics_make_one_score_of_those_that_gate() -> None:
    reviewer = Reviewer({"a": Fixed(9), "b": Fixed(6), "only_measured": Fixed(1)}, ["a", "b"])
    assert asyncio.run(reviewer.judge(make_record())).overall == 7.5
    alone = Reviewer({"only_measured": Fixed(1)}, [])
    assert asyncio.run(alone.judge(make_record())).overall is None
    with pytest.raises(ReplyError):
        asyncio.run(Reviewer({"a": Fixed(9), "b": Fixed(6, fault=True)}, ["a", "b"]).judge(make_record()))


def test_a_jury_needs_a_juror() -> None:
    ask = make_ask("x")[0]
    rubrics = [read_rubric(TEMPLATES, "overall", "en")]
    for seats in ([Seat(ask, rubrics, True)], [Seat(ask, rubrics), Seat(ask, rubrics, True), Seat(ask, rubrics, True)]):
        with pytest.raises(ConfigError, match="jury"):
            seat_critic(seats, Manner())

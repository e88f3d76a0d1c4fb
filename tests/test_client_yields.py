"""What each operator took: it adds up to what all took, whatever was cached, and unknown stays unknown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from generator.cli.ending import describe_yield
from generator.client.yields import UNDECIDED, Yields
from generator.types import Candidate, ChatRequest, Completion, Lineage, Outcome, Usage
from tests.rig import Rig
from tests.scripted import Scripted, answer

MODEL = {"model": "gpt-4.1-mini"}


def answer_with_usage(request: ChatRequest) -> Completion:
    return Completion(answer(request), usage=Usage(1000, 100, 0))


def decide(name: str, operator: str, status: Any = "accepted") -> Outcome:
    lineage = Lineage(recipe="evolve", operator=operator)
    return Outcome(status, "critic", "", Candidate(name, "", "", None, "en", {}, lineage))


def test_it_adds_up_to_what_all_calls_took(tmp_path: Path) -> None:
    rig = Rig(tmp_path, backend=MODEL, critic=MODEL)
    _, run = rig.run(Scripted(answer_with_usage))
    funnel = rig.folder.read_funnel()
    rows = funnel["by_operator_spent"]
    assert sum(row["calls"] for row in rows.values()) == run.meter.answered
    assert sum(row["cost_usd"] for row in rows.values()) == pytest.approx(funnel["cost_usd"])
    assert sum(row["critic_cost_usd"] for row in rows.values()) == pytest.approx(
        funnel["by_kind"]["critic"]["cost_usd"]
    )
    assert rows.keys() == funnel["candidates"]["by_operator"].keys()
    for name, row in rows.items():
        accepted = funnel["candidates"]["by_operator"][name]["accepted"]
        assert row["cost_usd_per_accepted"] == pytest.approx(row["cost_usd"] / accepted)


def test_calls_that_propose_many_at_once_are_their_operators(tmp_path: Path) -> None:
    rig = Rig(tmp_path, backend=MODEL, critic=MODEL, recipe="self-instruct", target=12)
    rig.run(Scripted(answer_with_usage))
    funnel = rig.folder.read_funnel()
    rows = funnel["by_operator_spent"]
    assert sum(row["calls"] for row in rows.values()) == funnel["calls"]["answered"]
    assert rows["list"]["calls"] >= 12


def test_a_resumed_run_tells_the_same(tmp_path: Path) -> None:
    rig = Rig(tmp_path, backend=MODEL, critic=MODEL)
    rig.run(Scripted(answer_with_usage))
    first = rig.folder.read_funnel()
    _, run = rig.run(Scripted(answer_with_usage))
    again = rig.folder.read_funnel()
    assert run.meter.answered == 0
    assert again["by_operator_spent"] == first["by_operator_spent"]
    assert sum(row["calls"] for row in first["by_operator_spent"].values()) == first["calls"]["answered"]


def test_what_is_unknown_stays_unknown(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.run(Scripted())
    for row in rig.folder.read_funnel()["by_operator_spent"].values():
        assert row["cost_usd"] is None
        assert row["cost_usd_per_accepted"] is None
        assert describe_yield(row) == f"; {row['calls']} calls"


def test_the_same_call_twice_counts_once_and_an_attempt_made_again_counts_whole() -> None:
    yields = Yields()
    for key in ("1", "1", "2"):
        yields.note(key, ChatRequest((), "m", template="evolve/deepen", about="a"), Usage(10, 5), 100)
    yields.note("3", ChatRequest((), "m", template="critic/overall", about="a"), Usage(10, 5), 50)
    yields.note("4", ChatRequest((), "m", template="evolve/broaden", about="b"), Usage(10, 5), 100)
    yields.settle(decide("a", "deepen"))
    yields.settle(decide("never asked", "deepen", "rejected"))
    rows = yields.describe()
    assert rows["deepen"]["calls"] == 3
    assert rows["deepen"]["cost_usd"] == pytest.approx(250e-9)
    assert rows["deepen"]["critic_cost_usd"] == pytest.approx(50e-9)
    assert rows["deepen"]["cost_usd_per_accepted"] == pytest.approx(250e-9)
    assert rows[UNDECIDED]["calls"] == 1
    assert rows[UNDECIDED]["cost_usd_per_accepted"] is None


def test_a_person_is_told_what_a_record_costs() -> None:
    row = {
        "calls": 7, "cost_usd": 0.014, "critic_cost_usd": 0.002, "cost_usd_per_accepted": 0.007,
    }  # fmt: skip
    assert describe_yield(row) == "; 7 calls, 0.0140 USD, 0.0020 of it the critic's, 0.00700 USD an accepted record"
    assert describe_yield({}) == ""

"""Pairs from what lost, and from several responses to one task, ranked by what is known of all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from generator.export.preference import arrange_pairs, rank
from generator.export.tally import Tally
from generator.types import Check, Example
from tests.export_rig import make_example


def make(response: str, score: float | None = None, task: str = "t", **more: Any) -> Example:
    scores = {} if score is None else {"critic.overall": score}
    return make_example(id=f"{task} {response} {score}", instruction=task, response=response, scores=scores, **more)


def check(*verdicts: bool | None) -> tuple[Check, ...]:
    return tuple(Check(kind="no_commas", verdict=verdict) for verdict in verdicts)


def pair(tmp_path: Path, *examples: Example) -> tuple[list[tuple[str, str, str]], dict[str, int]]:
    tally = Tally()
    rows = [row for _, row in arrange_pairs(iter(examples), tally, tmp_path / "scratch")]
    assert not (tmp_path / "scratch").exists()
    found = []
    for row in rows:
        assert not isinstance(row, str)
        found.append((row["prompt"][-1]["content"], row["chosen"][0]["content"], row["rejected"][0]["content"]))
    return found, dict(tally.skipped)


def test_the_best_is_paired_with_the_worst(tmp_path: Path) -> None:
    examples = [make("b", 7), make("x", 5, "other"), make("a", 9), make("c", 2), make("y", 6, "other")]
    assert pair(tmp_path, *examples) == ([("t", "a", "c"), ("other", "y", "x")], {})


def test_code_counts_before_the_critic() -> None:
    one, other = make("one", 9, checks=check(False, True)), make("two", 3, checks=check(True, True))
    assert rank([one, other]) == (other, one)
    undecided = make("two", 3, checks=check(None, True))
    assert rank([one, undecided]) == (one, undecided)


def test_what_is_unknown_of_one_ranks_nobody(tmp_path: Path) -> None:
    reason = "whose responses cannot be ranked (no score, or a tie)"
    assert pair(tmp_path, make("a", 7), make("b")) == ([], {reason: 2})
    assert pair(tmp_path, make("a", 7), make("b", 7)) == ([], {reason: 2})


def test_the_same_response_twice_is_no_pair(tmp_path: Path) -> None:
    alone = "with one response only, and none that lost against it"
    assert pair(tmp_path, make("a", 7), make("a", 2)) == ([], {alone: 2})
    assert pair(tmp_path, make("a", 7), make("", 2), make("b", 3)) == ([("t", "a", "b")], {})


def test_what_lost_is_a_pair_of_its_own(tmp_path: Path) -> None:
    found, skipped = pair(
        tmp_path, make("a", 7, rejected="z"), make("b", 3), make("c", task="u"), make("d", task="v", rejected="d")
    )
    assert found == [("t", "a", "z"), ("t", "a", "b")]
    assert skipped == {"with one response only, and none that lost against it": 1}


def test_other_turns_make_another_task(tmp_path: Path) -> None:
    assert pair(tmp_path, make("a", 7, system="s"), make("b", 3))[0] == []

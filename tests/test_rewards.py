"""The reward of a completion: the share of checks that it meets; none where nothing can be checked."""

from __future__ import annotations

import json
from typing import Any

from evaluators.rewards import verify_reward
from tests.export_rig import make_full
from tests.test_export_forms import make_row

CHECKS = json.dumps([{"kind": "max_words", "params": {"count": 2}}, {"kind": "no_commas"}])


def test_the_share_of_checks_met() -> None:
    completions = ["two words", "three, is one", [{"role": "assistant", "content": "one, two"}], [], ""]
    given = [CHECKS] * 5
    assert verify_reward(completions=completions, prompts=["p"] * 5, checks=given) == [1.0, 0.0, 0.5, 0.0, 0.0]


def test_what_cannot_be_checked_has_no_reward() -> None:
    unknown = json.dumps([{"kind": "nothing of ours"}])
    wrong = json.dumps([{"kind": "max_words", "params": {"count": "many"}}])
    mixed = json.dumps([{"kind": "nothing of ours"}, {"kind": "no_commas", "params": {}}])
    given: list[Any] = [unknown, wrong, "[", None, [], mixed]
    assert verify_reward(["text"] * 6, checks=given) == [None, None, None, None, None, 1.0]
    assert verify_reward(["text"]) == [None]


def test_it_takes_what_the_export_wrote() -> None:
    row = make_row("trl_grpo", make_full())
    assert verify_reward(["one two three"], **{key: [value] for key, value in row.items()}) == [1.0]

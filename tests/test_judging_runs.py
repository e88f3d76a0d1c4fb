"""Judging in whole runs: what waits for a person, juries, verifiers before opinions."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from generator.config import make_config
from generator.errors import InputError
from generator.preparation.recipes import prepare
from generator.run import Run
from generator.seats import find_self_judges
from generator.settings.backend import BackendConfig
from generator.types import ChatRequest, Completion
from tests.rig import TASKS, Rig
from tests.scripted import Scripted, answer, make_fixed

NAMES = ("instruction", "response", "alignment")


def make_rig(place: Path, tasks: Sequence[Mapping[str, Any]] = TASKS, **settings: Any) -> Rig:
    place.mkdir()
    return Rig(place, tasks, **settings)


def score(value: float, names: Any = NAMES) -> str:
    return json.dumps({name: {"explanation": "so", "score": value} for name in names})


def score_by_text(request: ChatRequest) -> str:
    """A verdict from 5 to 9 that the text alone decides."""
    return score(5 + sum(map(ord, request.messages[-1][1])) % 5)


def read(rig: Rig, name: str) -> list[dict[str, Any]]:
    path = rig.folder.path / name
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def count_up(funnel: dict[str, Any]) -> None:
    ends = ("accepted", "rejected", "failed")
    assert funnel["total"] == sum(funnel[end] for end in ends) + funnel.get("review", 0)
    entered = funnel["total"]
    for row in funnel["by_stage"].values():
        assert row["entered"] == entered
        entered -= sum(sum(row.get(kind, {}).values()) for kind in ("rejected", "failed", "review"))
        assert row["passed"] == entered
    assert entered == funnel["accepted"]


RULES = [{"when": "critic.overall < 6", "then": "reject"}, {"when": "critic.overall < 8", "then": "review"}]


def test_review_is_written_counted_and_the_same_at_any_concurrency(tmp_path: Path) -> None:
    seen = []
    for number, concurrency in enumerate((1, 5, 64)):
        rng = random.Random(number)
        tasks = [{**task, "instruction": f"{task['instruction']} Part {n}."} for n in range(4) for task in TASKS]
        rig = make_rig(tmp_path / str(number), tasks, policy={"rules": RULES, "default": "accept"})
        backend = Scripted(make_fixed({"critic": score_by_text}), lambda _, rng=rng: rng.random() * 0.01)
        ending, run = rig.run(backend, concurrency=concurrency, evolve={"rounds": 3})
        assert ending.exit_status == 0
        count_up(run.funnel.describe())
        seen.append([*rig.bytes, rig.folder.review.read_bytes(), json.dumps(run.funnel.describe())])
    assert seen[0] == seen[1] == seen[2]
    waiting = read(rig, "review.jsonl")
    assert waiting
    assert len(waiting) == run.funnel.describe()["review"]
    accepted = {row["id"] for row in rig.dataset}
    for row in waiting:
        assert (row["status"], row["stage"], row["reason"]) == ("review", "critic", "critic.overall < 8")
        assert 6 <= row["scores"]["critic.overall"] < 8
        assert row["response"]
        assert row["evidence"]["explanations"]
        assert row["id"] not in accepted
    parents = {parent for row in rig.dataset for parent in row["lineage"]["parents"]}
    assert not parents & {row["id"] for row in waiting}, "nothing grows from what waits"


def test_without_a_rule_nothing_else_lies_on_the_disk(tmp_path: Path) -> None:
    rig = Rig(tmp_path, evolve={"rounds": 1})
    _, run = rig.run()
    assert not rig.folder.review.exists()
    assert "review" not in json.dumps(run.funnel.describe())


@pytest.mark.parametrize("reply", ["Good work!", "", "10/10", score(11), score(9)[:-3], "很好，九分", '{"charm": 9}'])
def test_a_verdict_out_of_form_waits_where_the_policy_says_so(tmp_path: Path, reply: str) -> None:
    rig = Rig(tmp_path, evolve={"rounds": 1})
    rig.run(Scripted(make_fixed({"critic": reply})))
    assert {row["status"] for row in rig.rejects} == {"failed"}
    reasons = {row["reason"] for row in rig.rejects}
    other = make_rig(tmp_path / "other", policy={"on_unparsed": "review"}, evolve={"rounds": 1})
    ending, _ = other.run(Scripted(make_fixed({"critic": reply})))
    assert "wait for a person" in (ending.reason or "")
    rows = read(other, "review.jsonl")
    assert {row["reason"] for row in rows} == reasons
    assert all(not [name for name in row["scores"] if name.startswith("critic.")] for row in rows)
    assert {row["evidence"]["raw"] for row in rows} == {reply}


def test_only_what_follows_from_the_policy_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"policy": {"rules": [{"when": "critic.accuracy < 6", "then": "reject"}]}}, "no column `critic.accuracy`"),
        ({"critic": {"rubrics": ["elegance"]}}, "no rubric `elegance`"),
        ({"jury": [{"model": "a"}]}, "two jurors or more"),
        ({"jury": [{"model": "a"}, {"model": "b"}, {"arbiter": True}, {"arbiter": True}]}, "one arbiter"),
        ({"critic": {"references": "none.jsonl"}}, "none.jsonl"),
        ({"critic": {"rubrics": ["complexity"], "reference_guided": True}}, "no use is made of `reference`"),
    ]
    for settings, said in cases:
        with pytest.raises(InputError) as error:
            prepare(make_config(Rig(tmp_path, **settings).settings))
        assert said in str(error.value)


def test_code_decides_first_and_tells_the_critic(tmp_path: Path) -> None:
    checks = '<checks>[{"kind": "min_words", "params": {"count": %d}}]</checks>'
    operators = {"operators": {"add_verifiable_constraints": 1.0}, "rounds": 1}

    def propose(count: int) -> Any:
        return lambda request: answer(request) + checks % count

    rig = Rig(tmp_path, evolve=operators)
    backend = Scripted(make_fixed({"evolve": propose(10)}))
    assert rig.run(backend)[0].exit_status == 0
    assert all(
        row["checks"] == [{"kind": "min_words", "params": {"count": 10}, "verdict": True}] for row in rig.dataset
    )
    asked = [request.messages[-1][1] for request in backend.requests if request.template.startswith("critic")]
    assert all("Use at least 10 words." in text for text in asked)
    shown = next(request for request in backend.requests if request.template.startswith("evolve")).messages[0][1]
    assert '"min_words" {"count": 1…100000}' in shown
    broken = make_rig(tmp_path / "broken", evolve=operators)
    backend = Scripted(make_fixed({"evolve": propose(5000)}))
    broken.run(backend)
    assert {(row["stage"], row["reason"]) for row in broken.rejects} == {("verify", "min_words")}
    assert not any(name.startswith("critic") for name in backend.asked), "the critic is not asked"


@pytest.mark.parametrize(
    ("stated", "reason", "named"),
    [
        ("", "no_checks", "no constraint"), ('<checks>[{"kind": "rhyme", "params": {}}]</checks>', "unknown_check", "rhyme"),
        ('<checks>[{"kind": "min_words", "params": {"n": 3}}]</checks>', "bad_check_params", "'n'"),
        ("<checks>[{]</checks>", "bad_checks", "JSON"),
        (
            '<checks>[{"kind": "all_lowercase"}, {"kind": "all_uppercase"}]</checks>', "conflicting_checks",
            "`all_lowercase` and `all_uppercase`",
        ),
    ],
)  # fmt: skip
def test_a_constraint_that_the_verifiers_do_not_know_is_refused_by_name(
    tmp_path: Path, stated: str, reason: str, named: str
) -> None:
    rig = Rig(tmp_path, evolve={"operators": {"add_verifiable_constraints": 1.0}, "rounds": 1})
    rig.run(Scripted(make_fixed({"evolve": lambda request: answer(request) + stated})))
    for row in rig.rejects:
        assert (row["stage"], row["reason"]) == ("parse", reason)
        assert named in row["evidence"]["error"]


def test_a_jury_sits_on_servers_of_its_own_and_an_arbiter_is_asked_last(tmp_path: Path) -> None:
    model = {"kind": "openai"}
    jury = [
        {**model, "model": "a"}, {**model, "model": "b", "base_url": "http://127.0.0.1:1/v1"},
        {**model, "model": "c", "arbiter": True},
    ]  # fmt: skip
    rig = Rig(tmp_path, evolve={"rounds": 1}, jury=jury)
    made: list[str | None] = []
    asked: list[str] = []

    def reply(request: ChatRequest) -> str | Completion:
        if not request.template.startswith("critic"):
            return answer(request)
        asked.append(request.model)
        return score({"a": 9, "b": 3 if request.facts["task"]["id"] in odd else 8, "c": 8}[request.model])

    def make(config: BackendConfig, connections: int) -> Scripted:
        made.append(config.base_url)
        return Scripted(reply)

    plain = make_rig(tmp_path / "plain", evolve={"rounds": 1})
    plain.run()
    odd = {row["id"] for row in plain.dataset[::2]}
    run = Run(prepare(make_config(rig.settings)), rig.folder, make_backend=make)
    assert asyncio.run(run.carry_out()).exit_status == 0
    assert made == [None, "http://127.0.0.1:1/v1"]
    assert asked.count("a") == asked.count("b") == len(TASKS) > asked.count("c") > 0
    for row in rig.dataset:
        scores = row["scores"]
        assert scores["critic.overall"] == (8 if "critic.arbiter" in scores else 8.5)
        assert {"critic.jury.1", "critic.jury.2", "critic.votes", "critic.spread"} <= set(scores)


def test_jurors_who_disagree_send_records_to_review(tmp_path: Path) -> None:
    jury = [{"kind": "openai", "model": "a"}, {"kind": "openai", "model": "b"}]
    rig = Rig(tmp_path, evolve={"rounds": 1}, jury=jury)
    rig.run(Scripted(make_fixed({"critic": lambda request: score(9 if request.model == "a" else 4)})))
    rows = read(rig, "review.jsonl")
    assert {row["reason"] for row in rows} == {"jurors_disagree"}
    assert len(rows) == len(TASKS)


def test_who_judges_itself_is_known() -> None:
    model = {"kind": "openai", "model": "m"}
    assert find_self_judges(make_config({"backend": model, "critic": model})) == ["m"]
    assert find_self_judges(make_config({"backend": model, "critic": {**model, "model": "n"}})) == []
    assert (
        find_self_judges(make_config({"backend": {"kind": "embedded", "model": "m"}, "critic": {"model": "m"}})) == []
    )
    assert find_self_judges(make_config({"backend": model, "critic": model, "policy": {"critic": False}})) == []
    jury = [{"model": "m"}, {"model": "n"}]
    assert find_self_judges(make_config({"backend": model, "critic": model, "jury": jury})) == ["m"]

"""Whole runs with a scripted back end: what is accepted, what is not and why, what a change costs."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import pytest

from generator.config import make_config
from generator.errors import BackendGoneError, ConfigError, RefusedError
from generator.preparation.recipes import prepare
from generator.prompter import ASKED_AGAIN, DRAWS_APART
from generator.run import Run
from generator.run_folder import RunFolder
from generator.settings.backend import BackendConfig
from generator.types import ChatRequest, Completion
from tests.rig import TASKS, Rig
from tests.scripted import Scripted, answer, make_fixed


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def count_up(funnel: dict[str, Any]) -> None:
    """Assert that a funnel adds up."""
    assert funnel["total"] == funnel["accepted"] + funnel["rejected"] + funnel["failed"]
    entered = funnel["total"]
    for row in funnel["by_stage"].values():
        assert row["entered"] == entered
        entered -= sum(row["rejected"].values()) + sum(row["failed"].values())
        assert row["passed"] == entered
    assert entered == funnel["accepted"]
    for group in ("by_operator", "by_round"):
        assert sum(row["candidates"] for row in funnel[group].values()) == funnel["total"]


def test_four_rounds_give_four_generations(rig: Rig) -> None:
    ending, run = rig.run()
    assert (ending.state, ending.exit_status) == ("complete", 0)
    rows = rig.dataset
    assert len(rows) == 20
    assert {row["lineage"]["round"] for row in rows} == {1, 2, 3, 4}
    by_id = {row["id"]: row for row in rows}
    last = next(row for row in rows if row["lineage"]["round"] == 4)
    steps = 0
    while last["lineage"]["parents"][0] in by_id:
        last = by_id[last["lineage"]["parents"][0]]
        steps += 1
    assert steps == 3
    assert all(row["scores"]["critic.overall"] == 9 and 0 <= row["scores"]["novelty.rouge_l"] <= 0.7 for row in rows)
    count_up(run.funnel.describe())


def test_the_data_set_does_not_depend_on_timing(tmp_path: Path) -> None:
    def reply(request: ChatRequest) -> str:
        if request.template.startswith("evolve") and hash_of(request) % 4 == 0:
            return f"<instruction>Sketch the plan of bridge number {hash_of(request) % 3} over the wide river.</instruction>"
        return answer(request)

    def hash_of(request: ChatRequest) -> int:
        return sum(map(ord, request.messages[-1][1])) + request.draw

    outcomes = []
    for number, concurrency in enumerate((1, 3, 64)):
        room = tmp_path / str(number)
        room.mkdir()
        rng = random.Random(number)
        rig = Rig(
            room,
            [{"instruction": f"{task['instruction']} Part {n}.", "response": "x"} for n in range(6) for task in TASKS],
        )
        backend = Scripted(reply, latency_s=lambda _, rng=rng: rng.random() * 0.02)
        _, run = rig.run(backend, concurrency=concurrency)
        outcomes.append((rig.bytes, run.funnel.describe()))
        count_up(run.funnel.describe())
    assert outcomes[0] == outcomes[1] == outcomes[2]
    assert outcomes[0][1]["by_stage"]["novelty"]["rejected"]["rouge_l"] > 5


def test_a_finished_run_costs_nothing_again(rig: Rig) -> None:
    rig.run()
    before = rig.bytes
    backend = Scripted()
    ending, run = rig.run(backend)
    assert backend.asked.total() == 0
    assert run.meter.cached > 0
    assert ending.exit_status == 0
    assert rig.bytes == before


def test_more_rounds_cost_those_rounds_only(rig: Rig) -> None:
    rig.run(evolve={"rounds": 2})
    before = rig.dataset
    backend = Scripted()
    rig.run(backend, evolve={"rounds": 3})
    assert backend.asked.total() == 4 * len(TASKS)  # evolve, equal, respond, critic for each lane
    assert rig.dataset[: len(before)] == before


def test_one_more_seed_costs_its_own_calls_only(rig: Rig) -> None:
    rig.run()
    before = rig.dataset
    rig.write_seeds(
        [{"instruction": "Compare two ways to store grain over winter.", "response": "Silo, sack."}, *TASKS]
    )
    backend = Scripted()
    rig.run(backend)
    assert backend.asked.total() == 4 * 4
    kept = {row["id"]: row for row in rig.dataset}
    assert all(kept[row["id"]]["response"] == row["response"] for row in before)
    assert len(kept) == len(before) + 4


def test_every_stage_names_its_reason_and_keeps_the_evidence(tmp_path: Path) -> None:
    cases: dict[str, tuple[dict[str, Any], str, str, str]] = {
        "truncated": ({"evolve": Completion("<instruction>Cut", "length")}, "parse", "truncated", "raw"),
        "empty": ({"evolve": "  "}, "parse", "empty_reply", "raw"),
        "leak": (
            {"evolve": "#Rewritten Prompt#: tell a story about a lighthouse keeper"},
            "eliminate",
            "copies_prompt",
            "found",
        ),
        "same": ({"evolve": lambda r: r.facts["parent"]["instruction"]}, "eliminate", "equal_to_parent", "found"),
        "equal": ({"judge": '{"explanation": "same", "equal": true}'}, "equal", "equal_to_parent", "explanation"),
        "judge": ({"judge": "maybe"}, "equal", "no_json", "raw"),
        "sorry": ({"respond": "Sorry, I cannot do that."}, "respond", "apologises", "response"),
        "cut": ({"respond": Completion("It begins", "length")}, "respond", "truncated", "raw"),
        "prose": ({"critic": "Good work!"}, "critic", "no_json", "raw"),
        "low": ({"critic": make_scores(3)}, "critic", "below_threshold", "scores"),
        "range": ({"critic": make_scores(11)}, "critic", "score_out_of_range", "raw"),
        "check": ({"evolve": with_check("min_words", count=500)}, "verify", "min_words", "check"),
        "unknown": ({"evolve": with_check("no_such_kind")}, "verify", "unknown_check", "error"),
    }
    for name, (replies, stage, reason, evidence) in cases.items():
        room = tmp_path / name
        room.mkdir()
        rig = Rig(room, evolve={"rounds": 1})
        ending, run = rig.run(Scripted(make_fixed(replies)))
        assert ending.exit_status == 1, name
        assert stage in (ending.reason or ""), name
        count_up(run.funnel.describe())
        assert rig.dataset == []
        for row in rig.rejects:
            assert (row["stage"], row["reason"]) == (stage, reason), name
            assert evidence in row["evidence"], name


def make_scores(score: int) -> str:
    part = {"explanation": "so", "score": score}
    return json.dumps(dict.fromkeys(("instruction", "response", "alignment"), part))


def with_check(kind: str, **params: int) -> Any:
    def reply(request: ChatRequest) -> str:
        return (
            answer(request)
            + f'<checks>[{{"kind": "{kind}", "params": {str(params).replace(chr(39), chr(34))}}}]</checks>'
        )

    return reply


def test_what_is_too_like_an_earlier_one_names_its_neighbour(rig: Rig) -> None:
    same = "<instruction>Describe the harbour at dawn as a painter would see it.</instruction>"
    _, run = rig.run(Scripted(make_fixed({"evolve": same})), evolve={"rounds": 1})
    (kept,) = rig.dataset
    assert kept["instruction"].startswith("Describe the harbour")
    assert [row["evidence"]["neighbour"] for row in rig.rejects] == [kept["id"]] * 4
    assert all(row["evidence"]["similarity"] == 1.0 for row in rig.rejects)
    count_up(run.funnel.describe())


def test_an_eliminated_task_goes_back_unchanged_with_another_draw(rig: Rig) -> None:
    def reply(request: ChatRequest) -> str:
        if request.template.startswith("evolve") and request.draw % DRAWS_APART == 0:
            return "<instruction>Sorry</instruction><checks>broken</checks>"
        return answer(request)

    backend = Scripted(reply)
    rig.run(backend, evolve={"rounds": 2})
    assert {row["lineage"]["draw"] for row in rig.dataset} == {1}
    assert all(row["lineage"]["parents"] == row["lineage"]["seeds"] for row in rig.dataset)


def test_a_damaged_reply_is_asked_for_again_and_counted(rig: Rig) -> None:
    def reply(request: ChatRequest) -> str | Completion:
        if request.draw >= DRAWS_APART:
            return answer(request)
        return {"evolve": Completion("<instruction>Cut", "length"), "judge": '{"equal": tr', "critic": ""}.get(
            request.template.partition("/")[0], answer(request)
        )

    ending, run = rig.run(Scripted(reply), evolve={"rounds": 1})
    assert ending.exit_status == 0
    assert len(rig.dataset) == len(TASKS)
    assert run.meter.damaged == {"truncated": 5, "truncated_json": 5, "empty_reply": 5}


def test_a_reply_that_stays_damaged_is_asked_for_a_bounded_number_of_times(rig: Rig) -> None:
    backend = Scripted(make_fixed({"critic": "prose"}))
    rig.run(backend, evolve={"rounds": 1})
    assert backend.asked["critic/overall"] == len(TASKS) * (1 + ASKED_AGAIN)
    assert {row["evidence"]["raw"] for row in rig.rejects} == {"prose"}


@pytest.mark.parametrize(
    ("critic", "made"),
    [
        ({"kind": "vllm", "model": "other"}, ["scripted", "other"]),
        ({"kind": "vllm", "model": "scripted"}, ["scripted"]),
        ({"kind": "openai", "base_url": "http://127.0.0.1:1/v1", "model": "other"}, ["scripted", "other"]),
    ],
)
def test_a_critic_on_another_engine_gets_a_back_end_of_its_own(
    rig: Rig, critic: dict[str, str], made: list[str | None]
) -> None:
    seen: list[str | None] = []

    def make(config: BackendConfig, connections: int) -> Scripted:
        seen.append(config.model)
        return Scripted()

    settings = rig.settings | {
        "backend": {"kind": "vllm", "model": "scripted"},
        "critic": critic,
        "evolve": {"rounds": 1},
    }
    run = Run(prepare(make_config(settings)), rig.folder, make_backend=make)
    assert asyncio.run(run.carry_out()).exit_status == 0
    assert seen == made


def test_models_of_one_server_share_its_limit(rig: Rig) -> None:
    seen: list[str | None] = []

    def make(config: BackendConfig, connections: int) -> Scripted:
        seen.append(config.model)
        return Scripted()

    settings = rig.settings | {"critic": {"kind": "openai", "model": "other"}, "evolve": {"rounds": 1}}
    asyncio.run(Run(prepare(make_config(settings)), rig.folder, make_backend=make).carry_out())
    assert seen == ["scripted"]


def test_a_refused_call_fails_one_candidate_alone(rig: Rig) -> None:
    def reply(request: ChatRequest) -> str:
        if "tide" in request.messages[-1][1]:
            raise RefusedError("HTTP 400: the prompt is not wanted")
        return answer(request)

    ending, run = rig.run(Scripted(reply), evolve={"rounds": 1})
    assert ending.exit_status == 0
    assert run.funnel.describe()["failed"] == 1
    assert "not wanted" in rig.rejects[0]["evidence"]["error"]


def test_what_was_refused_is_not_asked_again_unless_that_is_wished(rig: Rig) -> None:
    def refuse(request: ChatRequest) -> str:
        if "tide" in request.messages[-1][1]:
            raise RefusedError("HTTP 400: the prompt is not wanted", is_answer=True)
        return answer(request)

    rig.run(Scripted(refuse), evolve={"rounds": 1})
    first, again, wished = rig.bytes, Scripted(), Scripted()
    rig.run(again, evolve={"rounds": 1})
    assert (rig.bytes, again.asked.total()) == (first, 0)
    rig.run(wished, evolve={"rounds": 1}, retry_refused=True)
    assert wished.asked.total() > 0
    assert not rig.rejects


def test_a_back_end_that_is_gone_ends_the_run_and_keeps_what_is_there(rig: Rig) -> None:
    asked = 0

    def reply(request: ChatRequest) -> str:
        nonlocal asked
        asked += 1
        if asked > 30:
            raise BackendGoneError("the server is gone")
        return answer(request)

    ending, _ = rig.run(Scripted(reply))
    assert (ending.exit_status, ending.state) == (1, "failed")
    assert "gone" in (ending.reason or "")
    kept = rig.dataset
    backend = Scripted()
    ending, _ = rig.run(backend)
    assert ending.exit_status == 0
    assert rig.dataset[: len(kept)] == kept
    assert backend.asked.total() == 80 - 30


def test_a_target_is_met_exactly_and_can_be_raised(rig: Rig) -> None:
    ending, _ = rig.run(target=7)
    assert (ending.exit_status, len(rig.dataset)) == (0, 7)
    seven = rig.dataset
    rig.run(target=9)
    assert len(rig.dataset) == 9
    assert rig.dataset[:7] == seven


def test_a_target_without_rounds_takes_as_many_as_it_needs(rig: Rig) -> None:
    ending, _ = rig.run(target=57)
    assert (ending.exit_status, len(rig.dataset)) == (0, 57)
    assert max(row["lineage"]["round"] for row in rig.dataset) >= 12


def test_a_target_stops_honestly_at_the_cap_or_when_nothing_comes(rig: Rig) -> None:
    ending, _ = rig.run(target=50, max_candidates=30)
    assert (ending.exit_status, len(rig.dataset)) == (3, 30)
    assert "cap of 30" in (ending.reason or "")
    same = make_fixed({"evolve": "<instruction>Describe the harbour at dawn as a painter would see it.</instruction>"})
    rig.folder = RunFolder(str(rig.room / "runs"), "dry")
    ending, _ = rig.run(Scripted(same), target=50)
    assert (ending.exit_status, len(rig.dataset)) == (3, 1)
    assert "Stalled" in (ending.reason or "")


def test_with_a_target_effort_moves_to_what_yields(tmp_path: Path) -> None:
    def reply(request: ChatRequest) -> str:
        if request.template == "evolve/broaden" and sum(map(ord, request.messages[-1][1])) % 10:
            return "Too short"
        return answer(request)

    shares = {}
    for name, settings in {"adapts": {}, "fixed": {"evolve": {"operators": {"broaden": 1.0, "deepen": 1.0}}}}.items():
        room = tmp_path / name
        room.mkdir()
        rig = Rig(
            room,
            [{"instruction": f"{task['instruction']} Part {n}.", "response": "x"} for n in range(6) for task in TASKS],
        )
        _, run = rig.run(Scripted(reply), target=300, **settings)
        rows = run.funnel.describe()["by_operator"]
        shares[name] = rows["broaden"]["candidates"] / (rows["broaden"]["candidates"] + rows["deepen"]["candidates"])
    assert shares["adapts"] < 0.3 < 0.4 < shares["fixed"]


def test_a_target_out_of_reach_is_said_honestly(rig: Rig) -> None:
    ending, _ = rig.run(target=500, evolve={"rounds": 4})
    assert (ending.exit_status, ending.state) == (3, "stopped")
    assert "20 of 500" in (ending.reason or "")


def test_a_folder_of_another_configuration_is_refused(rig: Rig) -> None:
    rig.run(evolve={"rounds": 1})
    backend = Scripted()
    with pytest.raises(ConfigError, match=r"seed: 0 → 7"):
        rig.run(backend, seed=7)
    rig.write_seeds([{"instruction": "An altogether different seed task.", "response": "Yes."}])
    with pytest.raises(ConfigError, match="other seeds"):
        rig.run(backend)
    assert backend.asked.total() == 0


def test_self_instruct_meets_its_target_and_does_not_depend_on_timing(tmp_path: Path) -> None:
    seen = []
    for number, concurrency in enumerate((1, 16)):
        room = tmp_path / str(number)
        room.mkdir()
        rng = random.Random(number)
        rig = Rig(room, recipe="self-instruct", self_instruct={"lag": 3, "demonstrations": 8})
        rig.write_seeds(
            [{"instruction": f"{task['instruction']} Part {n}.", "response": "x"} for n in range(2) for task in TASKS]
        )
        backend = Scripted(latency_s=lambda _, rng=rng: rng.random() * 0.01)
        ending, run = rig.run(backend, concurrency=concurrency, target=60)
        assert (ending.exit_status, len(rig.dataset)) == (0, 60)
        count_up(run.funnel.describe())
        seen.append(rig.bytes)
        shown = {parent for row in rig.dataset for parent in row["lineage"]["parents"]}
        assert shown & {row["id"] for row in rig.dataset}, "demonstrations come from the machine pool too"
    assert seen[0] == seen[1]


def test_self_instruct_that_runs_dry_stops(rig: Rig) -> None:
    same = "\n".join(f"{n}. Describe the harbour at dawn as a painter would see it." for n in range(6, 9))
    ending, _ = rig.run(Scripted(make_fixed({"self_instruct/list": same})), recipe="self-instruct", target=5)
    assert ending.exit_status == 3
    assert "Stalled" in (ending.reason or "")
    assert len(rig.dataset) == 1


def test_bootstrap_grows_the_pool_before_it_evolves(rig: Rig) -> None:
    ending, _ = rig.run(evolve={"rounds": 1, "bootstrap": 12})
    assert ending.exit_status == 0
    recipes = [row["lineage"]["recipe"] for row in rig.dataset]
    assert recipes == ["self_instruct"] * 7 + ["evol_instruct"] * 12

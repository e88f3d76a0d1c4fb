"""Holding a critic against people: asked live, gone on with, as a gate before a run, and from recorded files."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from generator.calibration.report import check_gates, read_gates
from generator.config import make_config, merge_settings
from generator.errors import ConfigError, InputError
from generator.phases import CALIBRATION_FILE
from generator.preparation.recipes import prepare
from generator.run import Ending, Run
from generator.run_folder import RunFolder
from generator.types import ChatRequest
from tests.command_line import Room, check_refused, serve
from tests.rig import Rig
from tests.scripted import Scripted, answer

PAIRS = [
    {"instruction": f"Name {number} birds.", "response_1": f"good {number}", "response_2": f"bad {number}", "label": 1}
    if number % 2
    else {
        "instruction": f"Name {number} birds.",
        "response_1": f"bad {number}",
        "response_2": f"good {number}",
        "label": 2,
    }
    for number in range(12)
]
SCORED: list[dict[str, Any]] = [
    {"instruction": f"Name {number} birds.", "response": "x" * number, "human": {"response": number % 10 + 1}}
    for number in range(3, 33)
]


def write(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def prefers_good(request: ChatRequest) -> str:
    """Play a critic that finds the good one wherever it stands."""
    shown = request.messages[-1][1]
    is_first = shown.index("good") < shown.index("bad")
    if request.template == "critic/pairwise":
        better = "first" if is_first else "second"
        return json.dumps({"preference": {"explanation": "it is good", "better": better}})
    return f"One is better. Therefore, Output ({'a' if is_first else 'b'}) is better."


def prefers_first(request: object) -> str:
    return json.dumps({"preference": {"explanation": "it comes first", "better": "first"}})


def calibrate(room: Path, labels: str, backend: Any, **settings: Any) -> tuple[Ending, Run, RunFolder]:
    model = {"kind": "openai", "model": "scripted"}
    base = {"recipe": "calibrate", "backend": model, "critic": model, "calibration": {"labels": labels}}
    config = make_config(merge_settings(base, settings))
    folder = RunFolder(str(room / "runs"), "calibration")
    run = Run(prepare(config), folder, make_backend=lambda *_: backend)
    return asyncio.run(run.carry_out()), run, folder


@pytest.mark.parametrize("reply", ["rubric", "reasoned"])
def test_a_good_critic_is_found_good_in_either_form(tmp_path: Path, reply: str) -> None:
    labels = write(tmp_path / "pairs.jsonl", PAIRS)
    ending, run, folder = calibrate(tmp_path, labels, Scripted(prefers_good), calibration={"reply": reply})
    assert ending.exit_status == 0
    assert run.calibration is not None
    critic = run.calibration["critic"]
    assert (critic["accuracy"], critic["kappa"], critic["swap_agreement"], critic["p_first"]) == (1, 1, 1, 0.5)
    assert json.loads((folder.path / CALIBRATION_FILE).read_text())["critic"]["accuracy"] == 1


@pytest.mark.parametrize("reply", ["rubric", "reasoned", "direct"])
def test_a_pair_is_judged_in_its_own_language(tmp_path: Path, reply: str) -> None:
    backend = Scripted(lambda _: "prose")
    rows = [
        {"instruction": "请写出三种鸟的名字。", "response_1": "好", "response_2": "差", "label": 1},
        {"instruction": "Name three birds.", "response_1": "good", "response_2": "bad", "label": 1},
        {"instruction": "Name a bird.", "language": "zh", "response_1": "good", "response_2": "bad", "label": 1},
    ]
    calibrate(tmp_path, write(tmp_path / "pairs.jsonl", rows), backend, calibration={"reply": reply})
    asked = [request.messages[0][1].startswith("请比较") for request in backend.requests if request.draw == 0]
    assert sorted(asked) == [False] * 2 + [True] * 4


def test_a_critic_of_positions_is_found_out(tmp_path: Path) -> None:
    _, run, _ = calibrate(tmp_path, write(tmp_path / "pairs.jsonl", PAIRS), Scripted(prefers_first))
    assert run.calibration is not None
    critic = run.calibration["critic"]
    assert (critic["accuracy"], critic["swap_agreement"], critic["p_first"], critic["to_review"]) == (0, 0, 1, 12)


def test_what_was_answered_is_not_asked_again(tmp_path: Path) -> None:
    labels = write(tmp_path / "pairs.jsonl", PAIRS)
    first, again = Scripted(prefers_good), Scripted(prefers_good)
    calibrate(tmp_path, labels, first)
    _, run, _ = calibrate(tmp_path, labels, again)
    assert (len(first.requests), again.requests) == (24, [])
    assert run.calibration is not None
    assert run.calibration["critic"]["accuracy"] == 1


def test_prose_is_unparsed_and_named(tmp_path: Path) -> None:
    _, run, _ = calibrate(
        tmp_path, write(tmp_path / "pairs.jsonl", PAIRS), Scripted(lambda _: "The good one, I think.")
    )
    assert run.calibration is not None
    assert run.calibration["critic"]["unparsed"] == 24
    assert run.calibration["critic"]["accuracy"] == 0
    assert run.calibration["critic"]["kappa"] is None
    assert sum(run.calibration["unparsed_by_reason"].values()) == 24


def test_scores_are_held_against_people_by_dimension(tmp_path: Path) -> None:
    def score(request: ChatRequest) -> str:
        length = max(len(run) for run in re.findall("x+", request.messages[-1][1]))
        parts = {name: {"explanation": "fine", "score": 9} for name in ("instruction", "alignment")}
        return json.dumps({**parts, "response": {"explanation": "its length", "score": length % 10 + 1}})

    _, run, _ = calibrate(tmp_path, write(tmp_path / "scores.jsonl", SCORED), Scripted(score))
    assert run.calibration is not None
    report = run.calibration["critic"]["response"]
    assert (report["items"], report["unparsed"], report["spearman"], report["exact"]) == (30, 0, pytest.approx(1), 1)


@pytest.mark.parametrize(("critic", "status"), [(prefers_good, 0), (prefers_first, 1)])
def test_a_gate_stops_a_run_whose_critic_falls_below_it(tmp_path: Path, critic: Any, status: int) -> None:
    labels = write(tmp_path / "pairs.jsonl", PAIRS)
    rig = Rig(tmp_path, evolve={"rounds": 1}, calibration={"labels": labels, "at_least": {"kappa": 0.6}})
    backend = Scripted(lambda request: critic(request) if request.template == "critic/pairwise" else answer(request))
    ending, _ = rig.run(backend)
    assert ending.exit_status == status
    assert bool(backend.asked["evolve/deepen"] + backend.asked["respond/answer"]) == (status == 0)
    if status:
        assert "kappa is" in (ending.reason or "")
        assert "less than 0.6" in (ending.reason or "")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"labels": "none.jsonl"}, "none.jsonl"), ({"at_least": {"kapa": 0.5}}, "pairs have no such measure"),
        ({"at_least": {"spearman": 0.5}}, "pairs have no such measure"),
        ({"labels": "scores.jsonl", "at_least": {"kappa": 0.5}}, "scores have no such measure"),
        ({"labels": "other.jsonl"}, "people scored `charm`, and the critic does not"),
        ({"labels": "nobody.jsonl"}, "nothing in it is labelled"), ({"labels": "dice.jsonl"}, "nan is no score"),
    ],
)  # fmt: skip
def test_a_gate_that_cannot_be_held_is_refused_before_anything_is_asked(
    tmp_path: Path, settings: dict[str, Any], said: str
) -> None:
    rows: dict[str, list[dict[str, Any]]] = {
        "pairs": PAIRS, "scores": SCORED, "other": [{**SCORED[0], "human": {"charm": 3}}],
        "nobody": [{**PAIRS[0], "label": None}, {**PAIRS[0], "labels": [1, 2]}],
        "dice": [{**SCORED[0], "human": {"overall": float("nan")}}],
    }  # fmt: skip
    for name, lines in rows.items():
        write(tmp_path / f"{name}.jsonl", lines)
    wanted = {"labels": "pairs.jsonl"} | settings
    config = Rig(tmp_path, calibration={**wanted, "labels": str(tmp_path / wanted["labels"])}).settings
    with pytest.raises(InputError) as error:
        prepare(make_config(config))
    assert said in str(error.value)


def test_without_a_critic_or_with_rules_alone_there_is_nothing_to_hold(tmp_path: Path) -> None:
    labels = write(tmp_path / "pairs.jsonl", PAIRS)
    cases: list[tuple[dict[str, Any], str]] = [
        ({"policy": {"critic": False}}, "without a critic"), ({"critic": {"kind": "embedded"}}, "no rules to compare"),
    ]  # fmt: skip
    for settings, said in cases:
        with pytest.raises(InputError, match=said):
            prepare(make_config(Rig(tmp_path, calibration={"labels": labels}, **settings).settings))


def test_a_dimension_needs_no_rubric_before_it_where_one_rubric_alone_has_it(tmp_path: Path) -> None:
    labels = write(tmp_path / "s.jsonl", [{**row, "human": {"accuracy": row["human"]["response"]}} for row in SCORED])

    def judge(request: ChatRequest) -> str:
        names = request.schema["properties"]  # type: ignore[index]
        return json.dumps({name: {"explanation": "so", "score": 9 if name == "accuracy" else 2} for name in names})

    _, run, _ = calibrate(tmp_path, labels, Scripted(judge), critic={"rubrics": ["response_quality"]})
    assert run.calibration is not None
    report = run.calibration["critic"]["accuracy"]
    assert (report["items"], report["unparsed"]) == (len(SCORED), 0)
    people = [row["human"]["response"] for row in SCORED]
    assert report["bias"] == pytest.approx(9 - sum(people) / len(people))
    labels = write(tmp_path / "t.jsonl", [{**row, "human": {"correctness": 3}} for row in SCORED])
    with pytest.raises(InputError, match=r"several of the critic's columns .* medicine\.correctness"):
        calibrate(tmp_path, labels, Scripted(judge), critic={"rubrics": ["code", "medicine"]})


def test_pairs_are_judged_by_the_critics_own_rubric_for_pairs(tmp_path: Path) -> None:
    own = tmp_path / "mine" / "critic" / "duel.jinja"
    own.parent.mkdir(parents=True)
    own.write_text(
        "{#\nlooks_at = 'pair'\n[dimensions]\nfit = 1.0\n#}\n{{ first_response | fence }}{{ second_response | fence }}"
    )

    def judge(request: ChatRequest) -> str:
        return prefers_good(replace(request, template="critic/pairwise")).replace("preference", "fit")

    settings = {"critic": {"rubrics": ["duel"]}, "prompts": str(tmp_path / "mine")}
    backend = Scripted(judge)
    _, run, _ = calibrate(tmp_path, write(tmp_path / "pairs.jsonl", PAIRS), backend, **settings)
    assert run.calibration is not None
    assert run.calibration["critic"]["accuracy"] == 1
    assert set(backend.asked) == {"critic/duel"}


def test_the_command_knows_a_gate_in_the_settings_the_critics_flags_and_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    room = Room(tmp_path, monkeypatch, capsys)
    write(tmp_path / "pairs.jsonl", PAIRS)
    room.write("c.toml", "[calibration]\nat_least = { kappa = 0.6 }\n")
    with serve(reply=prefers_first) as server:
        arguments = ["calibrate", "pairs.jsonl", "--critic-base-url", server.url, "--critic-model", "judge", "--json"]
        arguments += ["--base-url", server.url]
        missed = room.call(*arguments, "--config", "c.toml")
        assert (missed.status, missed.json["missed"]) == (1, ["kappa is 0.0000, less than 0.6"])
        assert {body["model"] for body in server.bodies} == {"judge"}
        assert room.call(*arguments, "--max-calls", "5", "--run", "few").status == 3
        assert server.answered.total() == 24 + 5
    for gate in ("kappa=nan", "kappa=2", "kappa=inf"):
        check_refused(room, ["calibrate", "pairs.jsonl", "--at-least", gate], "between -1 and 1")


def test_gates_are_read_and_checked() -> None:
    assert read_gates(["kappa=0.6", "accuracy=.9"]) == {"kappa": 0.6, "accuracy": 0.9}
    for wrong in ("beauty=1", "kappa", "kappa=high"):
        with pytest.raises(ConfigError):
            read_gates([wrong])
    assert check_gates({"items": 3, "kappa": None}, {"kappa": 0.1}) == ["kappa is not defined, less than 0.1"]
    by_dimension = {"a": {"spearman": 0.9}, "b": {"spearman": 0.2}}
    assert check_gates(by_dimension, {"spearman": 0.5}) == ["spearman (b) is 0.2000, less than 0.5"]
    with pytest.raises(ConfigError, match="no such measure"):
        check_gates({"items": 3, "kappa": 1.0}, {"spearman": 0.5})


def test_recorded_replies_need_no_critic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    rows = [
        {
            "input": f"Task {number}", "output_1": "one", "output_2": "two", "label": 1,
            "results": [
                {"swap = False": {"completion": ["Output (a)"]}, "swap = True": {"completion": ["Output (b)"]}}
            ],
        }
        for number in range(4)
    ]  # fmt: skip
    room = Room(tmp_path, monkeypatch, capsys)
    room.write("recorded.json", json.dumps(rows))
    ended = room.call("calibrate", "recorded.json", "--replay", "--json", "-o", "out.json")
    assert ended.status == 0
    assert ended.json["critic"]["accuracy"] == 1
    assert json.loads((tmp_path / "out.json").read_text())["reply"] == "direct"
    assert not (tmp_path / "runs").exists()
    missed = room.call("calibrate", "recorded.json", "--replay", "--at-least", "kappa=0.5")
    assert (missed.status, "kappa is not defined" in missed.err) == (1, True)
    check_refused(room, ["calibrate"], "say what to hold the critic against")
    check_refused(room, ["calibrate", "seeds.jsonl", "--replay"], "no form of labels")

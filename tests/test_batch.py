"""Runs made by batches: the same bytes as a live run, nothing asked twice, nothing lost."""

from __future__ import annotations

import hashlib
import json
import random
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator import catalog
from generator.batch import CAN_BATCH
from generator.schedule import MINIMUM_WINDOW
from tests.batch_rig import BatchRig, Live, Reply, answer_badly, make_pair, make_result
from tests.command_line import Room, agree, serve
from tests.loopback import answer
from tests.rig import TASKS


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Room:
    return Room(tmp_path, monkeypatch, capsys)


@pytest.fixture
def rig(tmp_path: Path) -> BatchRig:
    return BatchRig(tmp_path)


MANY = [{"instruction": f"{task['instruction']} Part {n}.", "response": "x"} for n in range(5) for task in TASKS]
CASES: dict[str, tuple[Reply, dict[str, Any]]] = {
    "plain": (answer, {}),
    "damaged replies and near twins": (answer_badly, {"tasks": MANY}),
    "a target": (answer_badly, {"tasks": MANY, "target": 31}),
    "self-instruct": (answer, {"recipe": "self-instruct", "target": 12, "self_instruct": {"lag": 3}}),
    "bootstrap": (answer, {"evolve": {"rounds": 1, "bootstrap": 12}}),
    "no critic, no judge": (answer, {"policy": {"critic": False}, "evolve": {"rounds": 2, "judge_equal": False}}),
}


@pytest.mark.parametrize("case", CASES)
def test_a_run_made_by_batches_is_the_live_run(tmp_path: Path, case: str) -> None:
    reply, settings = CASES[case]
    live, batch = make_pair(tmp_path, **settings)
    backend = Live(reply)
    ending, run = live.run(backend)
    batch_ending, waves = batch.go_round(reply)
    assert batch.bytes == live.bytes
    assert (batch_ending.state, batch_ending.exit_status) == (ending.state, ending.exit_status)
    funnel, live_funnel = batch.folder.read_funnel(), live.folder.read_funnel()
    assert funnel["candidates"] == live_funnel["candidates"] == run.funnel.describe()
    assert funnel["calls"] | {"cached": 0} == {"asked": 0, "answered": 0, "failed": 0, "cached": 0, "in_vain": 0}
    keys = Counter(line["custom_id"] for wave in waves for line in wave)
    assert set(keys.values()) == {1}, "a request was written twice"
    if case == "plain":  # nothing was thrown away: the very bodies that the live run sends
        assert (
            Counter(json.dumps(line["body"], ensure_ascii=False).encode() for wave in waves for line in wave)
            == backend.asked
        )


def test_a_wave_is_as_wide_as_the_run(tmp_path: Path) -> None:
    tasks = [
        {"instruction": f"Describe the {n}th house of the street.", "response": "x"}
        for n in range(MINIMUM_WINDOW + 100)
    ]
    rig = BatchRig(tmp_path, tasks, concurrency=1)
    ending, collector = rig.export()
    assert ending.state == "waiting"
    assert len(rig.read_wave(collector)) == len(tasks)


def test_the_same_is_asked_until_it_is_answered(rig: BatchRig) -> None:
    _, first = rig.export()
    before = rig.read_wave(first)
    _, again = rig.export()
    assert rig.read_wave(again) == before
    assert (first.given_out_before, again.given_out_before) == (0, len(TASKS))
    rig.take([make_result(before[0])])
    _, third = rig.export()
    assert [line["custom_id"] for line in rig.read_wave(third)].count(before[0]["custom_id"]) == 0
    assert len(rig.read_wave(third)) == len(TASKS), "one goes on to its next request, the others wait"


def test_live_and_batch_can_be_mixed(tmp_path: Path) -> None:
    live, mixed = make_pair(tmp_path)
    backend, rest = Live(), Live()
    live.run(backend)
    for _ in range(3):
        _, collector = mixed.export()
        mixed.take([make_result(line) for line in mixed.read_wave(collector)])
    mixed.run(rest)
    assert mixed.bytes == live.bytes
    assert rest.asked.total() == backend.asked.total() - 3 * len(TASKS)
    ending, collector = mixed.export()
    assert (ending.state, collector.files) == ("complete", [])


def test_limits_hold_over_waves(rig: BatchRig) -> None:
    ending, waves = rig.go_round(limits={"max_calls": 7})
    assert [len(wave) for wave in waves] == [5, 2]
    assert ending.state == "stopped"
    assert "--max-calls 7" in (ending.reason or "")


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_however_the_answers_come(seed: int) -> None:
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        live, batch = make_pair(Path(folder), tasks=MANY[:8], evolve={"rounds": 2})
        live.run(Live(answer_badly))
        while True:
            ending, collector = batch.export()
            if ending.state != "waiting":
                break
            lines = batch.read_wave(collector)
            taken = rng.sample(lines, rng.randint((len(lines) + 1) // 2, len(lines)))
            batch.take([make_result(line, answer_badly) for line in [*taken, taken[0]]])
        assert batch.bytes == live.bytes


def test_a_speculation_that_is_thrown_away_is_not_asked(tmp_path: Path) -> None:
    """Lane 1 waits for lane 0, and then comes to the text that lane 2 was ahead with: what lane 2 built on it goes."""
    rig = BatchRig(tmp_path, TASKS[:3], evolve={"rounds": 3})
    harbour = "<instruction>Describe the harbour at dawn as a painter would see it.</instruction>"
    bridge = "<instruction>Sketch the plan of a bridge over the wide river.</instruction>"
    number, lines = 0, []

    def reply(body: dict[str, Any]) -> str:
        text = str(body)
        if is_evolve(body) and ("tide" in text or ("copper" in text and number < 6)):
            return harbour
        if is_evolve(body) and ("copper" in text or "lantern" in text):
            return bridge.replace("wide", "wide" if "copper" in text else "broad")
        if is_evolve(body) and "bread" in text:
            return "<instruction>Compare a paper lantern with one of glass.</instruction>"
        is_critic = "alignment" in text
        return "prose" if is_critic and "harbour" in text and number in (3, 4) else agree(body)

    for number in range(11):  # noqa: B007 - read by `reply`
        _, collector = rig.export()
        lines = rig.read_wave(collector)
        rig.take([make_result(line, reply) for line in lines])
    assert [row["evidence"]["neighbour_text"][:6] for row in rig.rejects] == ["Descri", "Sketch"]
    assert [is_evolve(line["body"]) for line in lines] == [True] * 3, "round 3 of each lane, and nothing else"


def is_evolve(body: dict[str, Any]) -> bool:
    return "<instruction>" in body["messages"][0]["content"] and "response_format" not in body


def test_records_name_the_back_end_as_a_live_run_does() -> None:
    assert {name: catalog.load(catalog.BACKENDS[name]).name for name in CAN_BATCH} == {name: name for name in CAN_BATCH}


COMMANDS = {
    "evolve": ["evolve", "seeds.jsonl", "--rounds", "2"],
    "judge": ["judge", "seeds.jsonl"],
    "augment": ["augment", "seeds.jsonl", "--with", "persona"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_from_start_to_end(room: Room, command: str) -> None:
    with serve() as server:
        model = ["--base-url", server.url, "--model", "tiny"]
        assert room.call(*COMMANDS[command], *model, "--run", "live").status == 0
        bodies = set(server.asked)
    nowhere = ["--base-url", "http://127.0.0.1:9/v1", "--model", "tiny"]
    ended = room.call(*COMMANDS[command], *nowhere, "--run", "b", "--batch", "w.jsonl", "--json")
    digests = set()
    while ended.status == 3:
        assert (ended.json["state"], ended.json["files"][0]["file"]) == ("waiting", "w.jsonl")
        lines = [json.loads(text) for text in (room.path / "w.jsonl").read_text(encoding="utf-8").splitlines()]
        digests |= {hashlib.sha256(json.dumps(line["body"], ensure_ascii=False).encode()).hexdigest() for line in lines}
        room.write("r.jsonl", "".join(json.dumps(make_result(line, agree)) + "\n" for line in lines))
        taken = room.call("import-batch", "b", "r.jsonl", "--json")
        assert (taken.status, taken.json["recorded"]) == (0, len(lines))
        ended = room.call("export-batch", "b", "-o", "w.jsonl", "--json")
    assert (ended.status, ended.json["state"], ended.json["files"]) == (0, "complete", [])
    assert digests == bodies, "a body is what the back end posts"
    for file in ("dataset.jsonl", "rejects.jsonl"):
        assert room.read_lines("b", file) == room.read_lines("live", file)


def test_what_the_commands_refuse(room: Room) -> None:
    given = [
        "evolve",
        "seeds.jsonl",
        "--rounds",
        "1",
        "--base-url",
        "http://127.0.0.1:9/v1",
        "--model",
        "tiny",
        "--run",
        "b",
    ]
    kept = (room.path / "seeds.jsonl").read_text()
    for arguments, said in (
        ([*given, "--batch", "nowhere/w.jsonl"], "no folder nowhere"),
        ([*given, "--batch", "seeds.jsonl"], "no file of batch requests"), ([*given, "--batch", "."], "no file of batch"),
        (["evolve", "seeds.jsonl", "--rounds", "1", "--batch", "w.jsonl"], "without a batch"),
        (["export-batch", "b", "-o", "w.jsonl"], "there is no run `b`"), (["import-batch", "b", "r"], "there is no run `b`"),
    ):  # fmt: skip
        ended = room.call(*arguments)
        assert ended.status == 2, ended.err
        assert said in ended.err
    assert (room.path / "seeds.jsonl").read_text() == kept
    assert not (room.path / "runs").exists()
    told = room.call(*given, "--batch", "w.jsonl")
    assert told.status == 3
    assert "3 requests for tiny → w.jsonl" in told.out
    assert "waiting" in room.call("runs").out
    assert room.call("import-batch", "b", "nowhere.jsonl").status == 2
    room.write("bad.jsonl", "{\n" * 30)
    ended = room.call("import-batch", "b", "bad.jsonl")
    assert (ended.status, ended.out) == (2, "0 recorded, 0 already there, 0 failed, 0 unknown, 30 damaged\n")
    assert "bad.jsonl:20: not a line of JSON." in ended.err
    assert "and 10 more" in ended.err


def test_what_is_refused_is_not_asked_in_every_wave(rig: BatchRig) -> None:
    refusal = {"status_code": 400, "body": {"error": {"message": "not that"}}}

    def answer_or_refuse(line: dict[str, Any]) -> dict[str, Any]:
        if "tide" not in line["body"]["messages"][-1]["content"]:
            return make_result(line)
        return {"custom_id": line["custom_id"], "response": refusal, "error": None}

    for _ in range(99):
        ending, collector = rig.export(evolve={"rounds": 1})
        if ending.state != "waiting":
            break
        intake = rig.take([answer_or_refuse(line) for line in rig.read_wave(collector)])
        assert intake.failed.total() <= 1
    assert (ending.state, ending.exit_status) == ("complete", 0)
    assert "not that" in rig.rejects[0]["evidence"]["error"]

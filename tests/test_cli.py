"""What a person and a machine get to see: one JSON object, no control characters, honest exit statuses."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from generator.cli import progress
from tests.command_line import ENVIRONMENT, TASKS, Room, serve, start
from tests.loopback import answer


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Room:
    return Room(tmp_path, monkeypatch, capsys)


def reject_all(body: dict[str, Any]) -> str:
    """Answer every judge that the tasks are equal, so that nothing is accepted."""
    schema = (body.get("response_format") or {}).get("json_schema", {}).get("schema")
    equal = schema and "equal" in schema["properties"]
    return json.dumps({"explanation": "the same", "equal": True}) if equal else answer(body)


def test_one_json_object_where_a_run_was_complete(room: Room) -> None:
    with serve() as server:
        ended = room.call(
            "evolve", "seeds.jsonl", "--base-url", server.url, "--rounds", "2", "--run", "a", "--json", "-v"
        )
    assert ended.status == 0, ended.err
    result = ended.json
    assert (result["run"], result["state"], result["exit_status"], result["folder"]) == ("a", "complete", 0, "runs/a")
    assert result["candidates"]["accepted"] == len(room.read_lines("a"))
    assert ended.err.startswith("back end: openai (--base-url is given)\n")
    assert result["candidates"]["total"] == sum(" round " in line for line in ended.err.splitlines())


def test_one_json_object_where_nothing_was_accepted(room: Room) -> None:
    with serve(reply=reject_all) as server:
        ended = room.call("evolve", "seeds.jsonl", "--base-url", server.url, "--rounds", "1", "--json")
    assert ended.status == 1, ended.err
    assert (ended.json["exit_status"], ended.json["state"]) == (1, "failed")
    assert "error: nothing was accepted: equal let nothing through" in ended.err


def test_one_json_object_where_a_limit_stopped_it(room: Room) -> None:
    arguments = ["evolve", "seeds.jsonl", "--rounds", "9", "--max-candidates", "4", "--run", "a"]
    with serve() as server:
        ended = room.call(*arguments, "--base-url", server.url, "--json")
    assert ended.status == 3, ended.err
    assert (ended.json["exit_status"], ended.json["state"]) == (3, "stopped")
    assert ended.json["candidates"]["total"] == 4


def test_the_funnel_for_a_person_adds_up(room: Room) -> None:
    with serve(reply=answer) as server:
        ended = room.call("evolve", "seeds.jsonl", "--base-url", server.url, "--rounds", "4", "--run", "a")
    funnel = json.loads((room.path / "runs/a/funnel.json").read_text())["candidates"]
    head, *lines = ended.out.splitlines()
    accepted, total = map(int, re.findall(r"\d+", head)[:2])
    assert (accepted, total) == (funnel["accepted"], funnel["total"]) == (len(room.read_lines("a")), 12)
    stages = [list(map(int, re.findall(r"(\d+)(?: came| passed|,|$)", line))) for line in lines if " came, " in line]
    for came, passed, *lost in stages:
        assert came == passed + sum(lost)
    assert [row[0] for row in stages[1:]] == [row[1] for row in stages[:-1]]
    made = [list(map(int, re.findall(r"(\d+) (?:made|accepted)", line))) for line in lines if " made, " in line]
    assert [sum(column) for column in zip(*made, strict=True)] == [total, accepted]


def test_why_finds_by_id_by_beginning_and_by_folder(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve() as server:
        assert room.call("evolve", "seeds.jsonl", "--base-url", server.url, "--rounds", "2", "--run", "a").status == 0
    last = room.read_lines("a")[-1]
    found = room.call("why", "a", last["id"][:12], "--json").json
    assert found["descent"][0]["id"] == last["id"]
    assert found["descent"][-1]["status"] == "seed"
    assert {call["template"] for call in found["descent"][0]["calls"]} >= {"respond/answer", "critic/overall"}
    assert room.call("why", "runs/a", last["id"]).status == 0
    monkeypatch.chdir(room.path / "runs" / "a")
    assert room.call("why", ".", last["id"]).status == 0


def test_why_says_what_it_did_not_find(room: Room) -> None:
    with serve() as server:
        assert room.call("evolve", "seeds.jsonl", "--base-url", server.url, "--rounds", "1", "--run", "a").status == 0
    for arguments, said in (
        (["nowhere", "x"], "there is no run `nowhere` in runs"), (["../a", "x"], "there is no run `../a`"),
        (["a", "zzz"], "no record whose id begins with `zzz`"), (["a", ""], "6 records"),
        (["", "x"], "there is no run ``"),
    ):  # fmt: skip
        ended = room.call("why", *arguments, "--json")
        assert ended.status == 2
        assert said in ended.json["error"]
    room.write("runs/a/rejects.jsonl", "{}\n")
    assert "rejects.jsonl:1: damaged" in room.call("why", "a", "zzz").err


def test_runs_lists_what_is_there(room: Room) -> None:
    ended = room.call("runs")
    assert (ended.status, ended.out) == (0, "")
    assert "No runs in runs" in ended.err
    assert room.call("runs", "--json").json == {"runs": []}
    assert room.call("runs", "--runs-dir", "nowhere").status == 2
    with serve() as server:
        assert room.call("evolve", "seeds.jsonl", "--base-url", server.url, "--rounds", "1", "--run", "a").status == 0
    room.write("runs/not a run/config.toml", "")
    room.write("runs/b/config.toml", "")
    room.write("runs/b/funnel.json", '{"state": "running", "candidates": null}')
    rows = room.call("runs", "--json").json["runs"]
    assert [(row["run"], row["state"], row["candidates"]) for row in rows] == [("a", "complete", 3), ("b", "killed", 0)]
    assert re.search(r"^a +complete +\d of 3 accepted +\d+ calls", room.call("runs").out)


def test_seeds_check_reports_file_by_file(room: Room) -> None:
    room.write("in/good.jsonl", json.dumps(TASKS[0] | {"language": "en"}) + "\n")
    room.write("in/bad.jsonl", '{"instruction": ""}\n{\n')
    ended = room.call("seeds", "check", "in")
    assert ended.status == 2
    assert "in/good.jsonl: 1 task (jsonl, shape own, en 1)" in ended.out
    assert "fault: in/bad.jsonl:2: " in ended.out
    assert ended.out.splitlines()[-1] == "2 files, 1 task, 2 faults"
    files = room.call("seeds", "check", "in", "--json").json["files"]
    assert [file["fault_count"] for file in files] == [2, 0]
    assert room.call("seeds", "check", "in/good.jsonl").status == 0
    assert room.call("seeds", "check", "nowhere", "--json").json["exit_status"] == 2


@pytest.mark.parametrize(
    "command", [["evolve"], ["self-instruct"], ["seeds", "check"], ["runs"], ["why"], ["seeds"], []]
)
def test_help(room: Room, command: list[str]) -> None:
    for flag in ("-h", "--help"):
        ended = room.call(*command, flag)
        assert (ended.status, ended.err) == (0, "")
        assert ended.out.startswith("Usage:")
        assert "..." not in ended.out.partition("Commands:")[2], "a sentence is cut off"


def test_the_command_line_loads_nothing_heavy() -> None:
    heavy = ["numpy", "openai", "datasketch", "rouge_score", "py3langid", "rapidfuzz", "rich", "httpx2", "aiohttp"]
    code = f"import sys, generator.cli.app as app; app.make_app(); print([name for name in {heavy} if name in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


@pytest.mark.parametrize(
    ("silence", "shown"),
    [(None, ""), ((3.0, "HTTP 503"), ""), ((61.7, "HTTP 503: loading"), "; no answer for 62 s: HTTP 503: loading")],
)
def test_progress_in_one_line(silence: tuple[float, str] | None, shown: str) -> None:
    class Counts:
        accepted, total = 5, 9

        def list_reasons(self) -> list[tuple[str, str, int]]:
            return [("novelty", "rouge_l", 1), ("critic", "below_threshold", 3)]

    class Spent:
        answered, cached = 40, 2

    class Going:
        funnel, meter, in_flight = Counts(), Spent(), 8

        def describe_silence(self) -> tuple[float, str] | None:
            return silence

    assert progress.describe_progress(Going(), 10.0) == (  # type: ignore[arg-type]
        "10 s: 5 accepted, 4 not (critic below_threshold 3, novelty rouge_l 1); "
        "calls: 8 in flight, 40 answered + 2 from the journal, 4.0/s" + shown
    )


def test_interrupted_and_run_again(room: Room) -> None:
    with serve(latency_s=0.1) as server:
        arguments = ["evolve", "seeds.jsonl", "--base-url", server.url, "--rounds", "4", "--run", "a", "--json"]
        with start(room, *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
            dataset = room.path / "runs" / "a" / "dataset.jsonl"
            for _ in range(3000):
                if dataset.is_file() and dataset.stat().st_size:
                    break
                time.sleep(0.02)
            run.send_signal(signal.SIGINT)
            out, err = run.communicate(timeout=30)
        assert run.returncode == 130, err
        assert "Traceback" not in err
        assert "run the same command again" in err
        assert (json.loads(out)["state"], json.loads(out)["exit_status"]) == ("interrupted", 130)
        assert json.loads((room.path / "runs/a/funnel.json").read_text())["state"] == "interrupted"
        before = [room.read_lines("a", file) for file in ("dataset.jsonl", "rejects.jsonl")]
        assert 0 < sum(map(len, before)) < 12
        again = room.call(*arguments)
        assert again.status == 0, again.err
        after = [room.read_lines("a", file) for file in ("dataset.jsonl", "rejects.jsonl")]
        assert sum(map(len, after)) == 12
        for earlier, later in zip(before, after, strict=True):
            assert later[: len(earlier)] == earlier
        assert max(server.asked.values()) == 1, "a call was paid for twice"


def test_interrupted_before_the_run_begins(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("generator.cli.launch.prepare", interrupt)
    ended = room.call("evolve", "seeds.jsonl", "--base-url", "http://127.0.0.1:1/v1", "--json")
    assert ended.status == 130
    assert ended.json == {"error": "interrupted", "exit_status": 130}
    assert "interrupted" in ended.err


def test_a_fault_of_our_own_says_so(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("unheard of")

    monkeypatch.setattr("generator.cli.runs.list_runs", fail)
    ended = room.call("runs", "--json")
    assert ended.status == 1
    assert ended.json == {"error": "RuntimeError: unheard of", "exit_status": 1}
    assert "please report" in ended.err


def test_a_full_disk_is_a_message(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device", "runs/a/dataset.jsonl")

    monkeypatch.setattr("generator.cli.runs.list_runs", fail)
    ended = room.call("runs")
    assert ended.status == 1
    assert "error: runs/a/dataset.jsonl: No space left on device" in ended.err
    assert "Traceback" not in ended.err


def test_ctrl_c_while_the_code_is_loaded_ends_it_without_a_traceback(room: Room) -> None:
    room.write("early/typer.py", "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(20)\n")
    environment = ENVIRONMENT | {"PYTHONPATH": f"{room.path / 'early'}:{ENVIRONMENT['PYTHONPATH']}"}
    command = [sys.executable, "-m", "generator", "runs"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


@pytest.mark.parametrize("command", [("check",), ("merge", "seeds.jsonl", "-o", "all.jsonl")])
def test_ctrl_c_is_told_of_in_a_group_of_commands_too(
    room: Room, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("generator.seed_files.scan._read_tasks", interrupt)
    ended = room.call("seeds", *command, "--json")
    assert (ended.status, ended.json["exit_status"]) == (130, 130)
    assert ended.err == "error: interrupted.\n"
    assert not (room.path / "all.jsonl").exists()


@contextmanager
def make_unwritable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take the right to write, from the superuser too, as far as that is asked for."""
    places = [folder, *folder.iterdir()]
    for place in places:
        place.chmod(0o555 if place.is_dir() else 0o444)
    with monkeypatch.context() as patch:
        patch.setattr("generator.places.os.access", lambda path, mode: mode != os.W_OK)
        try:
            yield
        finally:
            for place in places:
                place.chmod(0o755)


def test_the_version_is_told(room: Room) -> None:
    ended = room.call("--version")
    assert (ended.status, ended.err) == (0, "")
    assert re.fullmatch(r"seedbed \d+\.\d+\.\d+\n", ended.out)


def test_a_run_that_may_not_be_written_can_be_looked_at(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    assert room.call("evolve", "seeds.jsonl", "--rounds", "1", "--run", "a").status == 0
    (first, *_) = room.read_lines("a")
    folder = room.path / "runs" / "a"
    before = sorted(path.name for path in folder.iterdir())
    with make_unwritable(folder, monkeypatch):
        ended = room.call("why", "a", first["id"], "--json")
    assert ended.status == 0, ended.err
    assert ended.json["descent"][0]["calls"]
    assert sorted(path.name for path in folder.iterdir()) == before


def test_the_list_of_runs_lines_up_whatever_their_names(room: Room) -> None:
    for name in ("医学", "law"):
        assert room.call("evolve", "seeds.jsonl", "--rounds", "1", "--run", name).status == 0
    assert [line.index(" complete") for line in room.call("runs").out.splitlines()] == [5, 3]


def test_what_a_limit_kept_back_did_not_fail(room: Room) -> None:
    with serve() as server:
        arguments = ["evolve", "seeds.jsonl", "--base-url", server.url, "--rounds", "9", "--max-calls", "6", "--json"]
        ended = room.call(*arguments)
        assert ended.json["calls"]["failed"] == 0
        assert ended.json["calls"]["asked"] == ended.json["calls"]["answered"] == 6
        assert room.call(*arguments).json["tokens"] == {"prompt": 0, "completion": 0}  # nothing asked is nothing spent

"""`decontaminate`: every record is clean, or told with benchmark and n-gram, or unreadable and told by its line."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest
import zstandard

from evaluators.novelty.contamination import ContaminationScreen
from evaluators.novelty.ngrams import NgramIndex
from generator.types import Candidate, Lineage, Turn
from tests.command_line import Room, check_refused
from tests.rig import TASKS

QUESTION = "Natalia sold clips to forty eight of her friends in April and then half as many clips again in May"


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Room:
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    return Room(tmp_path, monkeypatch, capsys)


def test_decontaminate_writes_the_clean_rest_and_tells_the_others(room: Room) -> None:
    rows = [{"instruction": task["instruction"], "mark": number} for number, task in enumerate(TASKS)]
    rows.insert(2, {"instruction": f"Solve: {QUESTION}?", "mark": 9})
    lines = [json.dumps(row) + "\n" for row in rows]
    room.write("data.jsonl", "".join(lines))
    room.write("bench.jsonl", json.dumps({"question": QUESTION}) + "\n" + json.dumps({"question": "Short?"}) + "\n")
    ended = room.call(
        "decontaminate",
        "data.jsonl",
        "--benchmark",
        "bench.jsonl",
        "-o",
        "clean.jsonl",
        "--report",
        "gone.jsonl",
        "--json",
    )
    assert ended.status == 0, ended.err
    assert (room.path / "clean.jsonl").read_text() == "".join(line for line in lines if '"mark": 9' not in line)
    assert ended.json["benchmarks"] == {
        "bench.jsonl": {"records": 2, "too_short": 1, "records_found": 1, "contaminated": {"13": 1, "8": 1}}
    }
    gone = json.loads((room.path / "gone.jsonl").read_text())
    assert (gone["file"], gone["line"], gone["words"]) == ("data.jsonl", 3, 13)
    assert "share 13 words" in room.call("decontaminate", "data.jsonl", "--benchmark", "bench.jsonl").out


def test_decontaminate_stops_at_a_broken_line_or_leaves_it_out(room: Room) -> None:
    room.write("data.jsonl", json.dumps({"instruction": "Name a river."}) + "\n{broken\n")
    room.write("bench.jsonl", json.dumps({"question": QUESTION}) + "\n")
    arguments = ["decontaminate", "data.jsonl", "--benchmark", "bench.jsonl", "-o", "clean.jsonl"]
    check_refused(room, arguments, "data.jsonl:2")
    ended = room.call(*arguments, "--skip-faulty", "--json")
    assert ended.status == 0
    assert ended.json["unreadable"] == 1
    assert "data.jsonl:2" in ended.err
    assert (room.path / "clean.jsonl").read_text().count("\n") == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bench.jsonl.gz", gzip.compress(json.dumps({"question": QUESTION}).encode())),
        ("bench.json", json.dumps({"data": [{"paragraphs": [{"context": QUESTION}]}]}).encode()),
        ("bench.csv", f'"{QUESTION}",48,24,72,96,C\n"Name a river.",a,b,c,d,A\n'.encode()),  # without a header, as MMLU
        ("bench.csv", f'id,question,A,B,answer\n7,"{QUESTION}",a,b,A\n'.encode()),
    ],
)
def test_a_benchmark_is_read_whatever_its_form(room: Room, name: str, content: bytes) -> None:
    room.write("data.jsonl", json.dumps({"instruction": f"Solve: {QUESTION}?"}) + "\n")
    (room.path / name).write_bytes(content)
    ended = room.call("decontaminate", "data.jsonl", "--benchmark", name, "--json")
    assert ended.status == 0, ended.err
    assert (ended.json["contaminated"], ended.json["benchmarks"][name]["records_found"]) == (1, 1)


def test_a_run_looks_at_earlier_turns_as_the_command_does() -> None:
    screen = ContaminationScreen(NgramIndex([("bench", [("bench:1", QUESTION)])]))
    turns = (Turn(role="user", content=QUESTION),)
    candidate = Candidate("c", "Go on.", "", None, "en", {}, Lineage(recipe="augment"), history=turns)
    rejected = screen.check(candidate)
    assert rejected is not None
    assert rejected.evidence["record"] == "bench:1"
    assert screen.check(replace(candidate, history=())) is None


def test_a_packed_benchmark_that_is_cut_off_is_refused(room: Room) -> None:
    room.write("data.jsonl", json.dumps({"instruction": "Name a river."}) + "\n")
    (room.path / "bench.jsonl.gz").write_bytes(gzip.compress(json.dumps({"question": QUESTION}).encode())[:40])
    check_refused(room, ["decontaminate", "data.jsonl", "--benchmark", "bench.jsonl.gz"], "damaged or cut off")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["-o", "data.jsonl"], "this is a source"),
        (["--report", "bench.jsonl"], "this is a source"),
        (["-o", "clean.csv"], "JSON lines are written"),
        (["-o", "none/clean.jsonl"], "no folder none"),
        (["--ngrams", "13,x"], "--ngrams 13,x"),
        (["--ngrams", "90"], "none of its 1 records has 90 words"),
        (["--benchmark", "empty.jsonl"], "empty.jsonl: it has no record"),
        (["--benchmark", "nosuch.jsonl"], "--benchmark nosuch.jsonl: there is none of these"),
        (["-o", "x.jsonl", "--report", "./x.jsonl"], "Choose another name"),
    ],
)
def test_decontaminate_refuses_what_cannot_be(room: Room, more: list[str], said: str) -> None:
    room.write("data.jsonl", json.dumps({"instruction": "Name a river."}) + "\n")
    room.write("bench.jsonl", json.dumps({"question": QUESTION}) + "\n")
    room.write("empty.jsonl", "")
    check_refused(room, ["decontaminate", "data.jsonl", "--benchmark", "bench.jsonl", *more], said)


@pytest.mark.parametrize("name", ["bench.jsonl.gz", "bench.jsonl.zst", "bench.txt", "bench"])
def test_a_benchmark_is_told_by_its_content_packed_or_not(room: Room, name: str) -> None:
    room.write("data.jsonl", json.dumps({"instruction": f"Solve: {QUESTION}?"}) + "\n")
    content = json.dumps({"question": QUESTION}).encode() + b"\n"
    packers = {".gz": gzip.compress, ".zst": zstandard.compress}
    room.write(name, packers.get(Path(name).suffix, bytes)(content))
    ended = room.call("decontaminate", "data.jsonl", "--benchmark", name, "--json")
    assert ended.status == 0, ended.err
    assert ended.json["benchmarks"][name]["records_found"] == 1

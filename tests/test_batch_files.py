"""The files of batches: what goes out, and every line that comes back accounted for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from generator import batch_files
from generator.types import ChatRequest, Sampling
from tests.batch_rig import TOLD, BatchRig, Line, count_recorded, make_result, take
from tests.rig import TASKS


@pytest.fixture
def rig(tmp_path: Path) -> BatchRig:
    return BatchRig(tmp_path)


def test_a_line_is_what_the_batch_api_takes(rig: BatchRig) -> None:
    separators = "one\u2028two\u2029three\u0085four"
    rig.write_seeds([{"instruction": f"Sum up: {separators}", "response": "x"}])
    _, collector = rig.export()
    (file,) = collector.files
    (text,) = file.path.read_text(encoding="utf-8").splitlines()  # cuts at U+2028 and its like, as some readers do
    line = json.loads(text)
    assert list(line) == ["custom_id", "method", "url", "body"]
    assert (line["method"], line["url"], line["body"]["model"]) == ("POST", "/v1/chat/completions", "scripted")
    assert separators in line["body"]["messages"][-1]["content"]
    assert (file.model, file.requests) == ("scripted", 1)


def dump(row: Line, **changes: Any) -> bytes:
    return json.dumps(row | changes).encode() + b"\n"


def respond(body: object, status: int = 200) -> Line:
    return {"status_code": status, "body": body}


def test_lines_that_are_no_results(rig: BatchRig) -> None:
    _, collector = rig.export()
    lines = rig.read_wave(collector)
    good = [make_result(line) for line in lines]
    known = good[0]
    cases: list[tuple[bytes, str, str]] = [
        (b"{", "damaged", "cut off"), (b"{}\n", "damaged", "no custom_id"), (b"[1]\n", "damaged", "no custom_id"),
        (b"\xff\n", "damaged", "not a line of JSON"), (b"[" * 100_000 + b"\n", "damaged", "not a line of JSON"),
        (dump(lines[0]), "damaged", "a file of requests"),
        (dump(known, custom_id="\ud800"), "unknown", "no request of this run"),
        (dump(known, custom_id="f" * 64), "unknown", "no request of this run"),
        (dump(known, response=None, error={"message": "expired"}), "failed", "no response: expired"),
        (dump(known, response=respond({"error": {"message": "slow"}}, 429)), "failed", "HTTP 429: slow"),
        (dump(known, response=respond({"error": {"code": 503, "message": "busy"}})), "failed", "HTTP 503: busy"),
        (dump(known, response=respond({})), "failed", "not a chat completion"),
        (dump(known, response=respond({"choices": [{"message": {}, "finish_reason": "error"}]})), "failed", "broke off"),
        (dump(known, response=7), "failed", "no response"),
    ]  # fmt: skip
    path = rig.room / "bad.jsonl"
    for content, how, said in cases:
        path.write_bytes(b"\n" + content)
        intake = take(rig.folder, path)
        counts = {"damaged": intake.damaged, "unknown": intake.unknown, "failed": intake.failed.total()}
        assert {name for name, count in counts.items() if count} == {how}, content[:80]
        told = list(intake.failed) if how == "failed" else TOLD
        assert said in told[0]
        assert how == "failed" or told[0].startswith(f"{path}:2: ")
        assert (intake.recorded, intake.exit_status) == (0, 1 if how == "failed" else 2)
    assert count_recorded(rig.folder) == 0
    path.write_bytes(b"".join(content.strip() + b"\n" for content, *_ in cases) + json.dumps(known).encode())
    assert take(rig.folder, path).recorded == 1, "what is sound is taken all the same"
    _, collector = rig.export()
    assert len(rig.read_wave(collector)) == len(TASKS)


def test_a_torn_file_and_a_second_time(rig: BatchRig) -> None:
    _, collector = rig.export()
    whole = b"".join(json.dumps(make_result(line)).encode() + b"\n" for line in rig.read_wave(collector))
    path = rig.room / "r.jsonl"
    path.write_bytes(whole[:-20])
    intake = take(rig.folder, path)
    assert (intake.recorded, intake.damaged, TOLD) == (4, 1, [f"{path}:5: the line is cut off."])
    path.write_bytes(whole)
    first = take(rig.folder, path)
    again = take(rig.folder, path, path)
    assert (first.recorded, first.already_there, again.recorded, again.already_there) == (1, 4, 0, 10)
    assert (count_recorded(rig.folder), again.exit_status) == (5, 0)


def test_one_model_a_file_within_the_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_files, "MOST_REQUESTS", 3)
    requests = {
        f"{n:064x}": ChatRequest((("user", "x" * n),), "ab"[n % 2], Sampling(), order=-n) for n in range(8)
    }  # fmt: skip
    path = tmp_path / "w.jsonl"
    for name in ("w-2.jsonl", "w-5.jsonl", "w-6.jsonl", "w-7.jsonl"):
        (tmp_path / name).write_text('{"custom_id": "stale"}\n')
    files = batch_files.write_requests(path, requests)
    assert [(file.path.name, file.model, file.requests) for file in files] == [
        ("w.jsonl", "b", 3), ("w-2.jsonl", "b", 1), ("w-3.jsonl", "a", 3), ("w-4.jsonl", "a", 1)
    ]  # fmt: skip
    read = [[json.loads(line) for line in file.path.read_text().splitlines()] for file in files]
    assert [{line["body"]["model"] for line in lines} for lines in read] == [{"b"}, {"b"}, {"a"}, {"a"}]
    assert sorted(line["custom_id"] for lines in read for line in lines) == sorted(requests)
    assert sorted(found.name for found in tmp_path.iterdir()) == ["w-2.jsonl", "w-3.jsonl", "w-4.jsonl", "w.jsonl"]
    monkeypatch.setattr(batch_files, "MOST_BYTES", 150)
    assert len(batch_files.write_requests(path, requests)) == 8


def test_files_are_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "w.jsonl"
    path.write_text('{"custom_id": "earlier"}\n')
    monkeypatch.setattr(batch_files, "MOST_REQUESTS", 1)
    requests = {"a": ChatRequest((("user", "x"),), "m"), "b": ChatRequest((("user", "\ud800"),), "m")}
    with pytest.raises(UnicodeEncodeError):
        batch_files.write_requests(path, requests)
    assert [found.name for found in tmp_path.iterdir()] == ["w.jsonl"]
    assert path.read_text() == '{"custom_id": "earlier"}\n'

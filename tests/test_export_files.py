"""Files of an export: whole or not there, the same bytes again, nothing of ours or others' written over."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from generator.errors import ConfigError, SeedbedError
from generator.export.files import OpenFile
from generator.export.licences import describe_licence
from generator.export.parquet import PARQUET
from generator.export.tally import Tally
from generator.manifest import check_manifest
from tests.command_line import ENVIRONMENT, Room
from tests.export_rig import NASTY, carry_out, make_example, make_full, read_back, write_source

DATA = (".json", ".jsonl", ".csv", ".tsv", ".parquet")


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Room:
    return Room(tmp_path, monkeypatch, capsys)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_source(tmp_path / "source.jsonl", [make_full(n, NASTY[n % len(NASTY)]) for n in range(40)])


def read_folder(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("name", ["jsonl", "huggingface", "trl_dpo", "label_studio"])
def test_the_same_export_again_has_the_same_bytes(tmp_path: Path, source: Path, name: str) -> None:
    options = {"shares": {"train": 0.8, "test": 0.2}, "shards": 3}
    carry_out(source, name, tmp_path / "one", **options)
    carry_out(source, name, tmp_path / "two", **options)
    first = read_folder(tmp_path / "one")
    assert first == read_folder(tmp_path / "two")
    assert check_manifest(tmp_path / "one" / "manifest.json") == []
    carry_out(source, name, tmp_path / "one", **options)
    assert read_folder(tmp_path / "one") == first


def test_shards_are_even_and_keep_the_order(tmp_path: Path, source: Path) -> None:
    report = carry_out(source, "jsonl", tmp_path / "out", shards=7)
    sizes = [file["rows"] for file in report["files"]]
    assert max(sizes) - min(sizes) <= 1
    assert [one.id for one in read_back(report)] == [f"r{n}" for n in range(40)]


def test_fewer_files_leave_no_old_ones(tmp_path: Path, source: Path) -> None:
    carry_out(source, "jsonl", tmp_path / "out", shards=4)
    (tmp_path / "out" / "mine.jsonl").write_text("{}\n")
    carry_out(source, "jsonl", tmp_path / "out")
    assert sorted(read_folder(tmp_path / "out")) == ["manifest.json", "mine.jsonl", "train.jsonl"]


def test_a_fault_in_the_middle_leaves_the_old_export(tmp_path: Path, source: Path) -> None:
    carry_out(source, "csv", tmp_path / "out")
    before = read_folder(tmp_path / "out")
    broken = tmp_path / "broken.jsonl"
    broken.write_text(source.read_text(encoding="utf-8") + '{"id": 1, "lineage": {}}\n', encoding="utf-8")
    with pytest.raises(SeedbedError, match=r"broken\.jsonl:41"):
        carry_out(broken, "csv", tmp_path / "out")
    assert read_folder(tmp_path / "out") == before
    report = carry_out(broken, "csv", tmp_path / "out", skip_faulty=True)
    assert (report["rows"], report["skipped"]) == (40, {"that could not be read": 1})


def test_nothing_to_write_is_an_error_and_no_file(tmp_path: Path) -> None:
    lone = write_source(tmp_path / "s.jsonl", [make_example()])
    with pytest.raises(SeedbedError, match="not one row"):
        carry_out(lone, "trl_dpo", tmp_path / "out")
    assert read_folder(tmp_path / "out") == {}


def test_what_is_read_is_not_written_over(tmp_path: Path, room: Room, source: Path) -> None:
    assert room.call("export", "source.jsonl", "--to", "jsonl", "-o", "source.jsonl").status == 2
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.toml").touch()
    with pytest.raises(ConfigError, match="a run's folder"):
        carry_out(source, "jsonl", tmp_path / "run")


def test_a_kill_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    source = write_source(tmp_path / "s.jsonl", [make_full(n, NASTY[n % len(NASTY)]) for n in range(6000)])
    command = [sys.executable, "-m", "generator", "export", str(source), "--to", "csv", "-o", str(tmp_path / "out")]
    part = tmp_path / "out" / "train.csv.seedbed-part"
    process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while process.poll() is None and not (part.is_file() and part.stat().st_size > 100_000):
            time.sleep(0.005)
        assert process.poll() is None, "it ended before it could be killed"
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert [name for name in read_folder(tmp_path / "out") if name.endswith(DATA)] == []
    again = subprocess.run(command, env=ENVIRONMENT, capture_output=True, check=True)
    assert b"6,000 rows" in again.stdout
    carry_out(source, "csv", tmp_path / "other")
    assert read_folder(tmp_path / "out") == read_folder(tmp_path / "other")


def test_cells_are_disarmed_for_spreadsheets(tmp_path: Path) -> None:
    starts = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1", "'=kept", "plain"]
    examples = [make_example(id=f"r{n}", instruction=text, response=text) for n, text in enumerate(starts)]
    source = write_source(tmp_path / "s.jsonl", examples)
    for name, delimiter in (("csv", ","), ("tsv", "\t")):
        report = carry_out(source, name, tmp_path / name, disarm=True)
        with open(report["files"][0]["path"], newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter=delimiter))
        assert not [cell for row in rows for cell in row.values() if cell.startswith(tuple("=+-@\t\r\n＝"))]
        assert [row["escaped"] for row in rows] == ["instruction response"] * 8 + [""] * 2
        assert read_back(report) == examples


def test_text_of_the_data_does_nothing_in_the_card(tmp_path: Path) -> None:
    evil = "`</code><script>alert(1)</script>| x |\n---\nlicense: evil\n# Heading"
    examples = [
        make_example(id=f"r{n}", instruction=f"{n}", tags={"domain": evil, "license": "cc-by-4.0"}, language="en")
        for n in range(4)
    ]  # fmt: skip
    source = write_source(tmp_path / "a: [b]&.jsonl", examples)
    carry_out(source, "huggingface_jsonl", tmp_path / "out", shares={"train": 0.5, "test": 0.5})
    text = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    head = yaml.safe_load(text.split("---\n")[1])
    assert (head["license"], head["language"], head["size_categories"]) == ("cc-by-4.0", ["en"], ["n<1K"])
    assert [one["split"] for one in head["configs"][0]["data_files"]] == ["train", "test"]
    assert "<script" not in text
    assert "# Heading" not in text.splitlines()
    assert sum(line.startswith("license:") for line in text.splitlines()) == 1


def test_the_card_tells_of_the_run(room: Room) -> None:
    assert room.call("evolve", "seeds.jsonl", "--rounds", "1", "--run", "r").status == 0
    said = room.call("export", "r", "--to", "huggingface_jsonl,alpaca", "--json", "--license", "mit").json
    assert [one["form"] for one in said["exports"]] == ["huggingface_jsonl", "alpaca"]
    text = Path("exports/r/huggingface_jsonl/README.md").read_text(encoding="utf-8")
    assert "license: mit" in text
    assert "| stage | came | passed |" in text
    assert "sha256:" in text
    run = json.loads(Path("runs/r/manifest.json").read_text(encoding="utf-8"))
    assert check_manifest(Path("runs/r/manifest.json")) == []
    export = json.loads(Path("exports/r/alpaca/manifest.json").read_text(encoding="utf-8"))
    assert export["parents"][0]["kind"] == "run"
    dataset = next(file for file in run["files"] if file["path"] == "dataset.jsonl")
    assert export["parents"][0]["files"] == [dataset]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--to", "alpacca"], "no such form"), (["--to", ","], "no form"), (["--to", "alpaca", "-o", "x.csv"], ".json"),
        (["--to", "alpaca,jsonl", "-o", "x.jsonl"], "more than one file"),
        (["--to", "jsonl", "--split", "train=0.9"], "must make 1"), (["--to", "jsonl", "--split", "a=0.5,a=0.5"], "once"),
        (["--to", "jsonl", "--split", "../a=1"], "NAME=SHARE"), (["--to", "jsonl", "--shards", "0"], "shards"),
        (["--to", "jsonl", "--spreadsheet-safe"], "csv and tsv"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_before_anything_is_written(room: Room, arguments: list[str], said: str) -> None:
    before = set(room.path.rglob("*"))
    ended = room.call("export", "seeds.jsonl", *arguments)
    assert ended.status == 2
    assert said in ended.err
    assert set(room.path.rglob("*")) == before


def test_one_file_where_one_is_named(room: Room) -> None:
    ended = room.call("export", "seeds.jsonl", "--to", "alpaca", "-o", "out/a.jsonl")
    assert ended.status == 0
    assert sorted(path.name for path in Path("out").iterdir()) == ["a.jsonl", "a.jsonl.manifest.json"]
    assert "left out: language in all 3 records" in ended.err


def test_a_form_that_gets_no_row_keeps_no_other_from_being_written(room: Room) -> None:
    write_source(room.path / "s.jsonl", [make_example()])
    ended = room.call("export", "s.jsonl", "--to", "trl_dpo,openai", "-o", "out", "--json")
    assert (ended.status, ended.json["exit_status"]) == (1, 1)
    assert [report["form"] for report in ended.json["exports"]] == ["openai"]
    assert "trl_dpo: not one row" in ended.json["error"]
    assert (room.path / "out" / "openai" / "train.jsonl").is_file()


def test_an_export_to_parquet_that_is_broken_off_says_nothing_of_its_own(tmp_path: Path) -> None:
    file = OpenFile(tmp_path, "a.parquet", "train", PARQUET, Tally(), disarm=False)
    file.abandon()
    file._writer.close()  # as pyarrow does when it is thrown away


@pytest.mark.parametrize(("said", "head"), [
    ("", {"license": "unknown"}), ("Apache 2.0", {"license": "apache-2.0"}), ("CC-BY-4.0", {"license": "cc-by-4.0"}),
    ("MIT License", {"license": "mit"}), ("CC BY-NC 4.0", {"license": "cc-by-nc-4.0"}),
    ("The Unlicense", {"license": "unlicense"}),
    ("My  Own: licence", {"license": "other", "license_name": "My-Own-licence"}),
    ("内部资料", {"license": "other", "license_name": "内部资料"}),
])  # fmt: skip
def test_a_card_names_licences_as_the_hub_does(said: str, head: dict[str, str]) -> None:
    assert describe_licence(said) == head

"""Files that verdicts depend on: known by what they hold, wherever they lie; a change is told, and costs only itself."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from generator.config import make_config
from generator.errors import ConfigError
from generator.manifest import MANIFEST
from generator.preparation.settling import settle_files
from tests.command_line import TASKS, Room, check_refused, serve

JUDGE = ("judge", "seeds.jsonl", "--run", "r", "--json")


def write_references(room: Room, *instructions: str, name: str = "answers.jsonl") -> None:
    rows = [{"instruction": instruction, "reference": "It is so."} for instruction in instructions]
    room.write(name, "".join(json.dumps(row) + "\n" for row in rows))


def test_a_changed_file_of_references_is_told_and_costs_what_it_bears_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    room = Room(tmp_path, monkeypatch, capsys)
    room.write("c.toml", '[critic]\nreferences = "answers.jsonl"\n')
    write_references(room, TASKS[0]["instruction"])
    with serve() as server:
        command = [*JUDGE, "--config", "c.toml", "--base-url", server.url, "--model", "tiny"]
        begun = room.call(*command)
        assert begun.json["calls"]["answered"] == 3
        assert "references: 1 of 3 records have a reference answer" in begun.err
        again = room.call(*command)
        assert (again.json["calls"]["answered"], "has changed" in again.err) == (0, False)
        held = json.loads((tmp_path / "runs" / "r" / MANIFEST).read_text(encoding="utf-8"))["critic_holds"]

        write_references(room, TASKS[0]["instruction"], TASKS[1]["instruction"])
        changed = room.call(*command)
        assert changed.json["calls"]["answered"] == 1
        assert "critic.references: " in changed.err
        assert "has changed since this run began" in changed.err
        saved = tomllib.loads((tmp_path / "runs" / "r" / "config.toml").read_text(encoding="utf-8"))
        assert saved["critic"]["holds"] != held

        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "answers.jsonl").rename(tmp_path / "elsewhere" / "answers.jsonl")
        room.write("c.toml", '[critic]\nreferences = "elsewhere/answers.jsonl"\n')
        assert room.call(*command).json["calls"]["answered"] == 0

        write_references(room, TASKS[2]["instruction"], name="elsewhere/answers.jsonl")
        check_refused(room, ["judge", "--config", "runs/r/config.toml"], "critic.references", "has changed")


def test_all_paths_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.jsonl", "s.json"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    critic = {"references": "a.jsonl", "prescreen": "s.json"}
    config = settle_files(make_config({"critic": critic, "calibration": {"labels": "l.jsonl"}, "prices": "p.toml"}))
    places = (
        config.critic.references,
        config.critic.prescreen,
        config.calibration.labels,
        config.prices,
        config.runs_dir,
    )
    assert all(Path(str(place)).is_absolute() for place in places)
    assert [said.partition(" ")[0] for said in config.critic.holds] == ["references", "prescreen"]
    assert settle_files(config) == config
    with pytest.raises(ConfigError, match="cannot be read"):
        settle_files(make_config({"critic": {"prescreen": "missing.json"}}))
    with pytest.raises(ConfigError, match="not given"):
        settle_files(make_config({"critic": {"holds": ["prescreen sha256:0"]}}))

"""`--dry-run`: what a run will probably take, from assumed yields or from those of earlier runs; nothing is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import Room, serve


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Room:
    return Room(tmp_path, monkeypatch, capsys)


def test_a_forecast_learns_from_the_runs_that_are_there(room: Room) -> None:
    with serve() as server:
        flags = ["--base-url", server.url, "--model", "tiny", "--json"]
        assumed = room.call("evolve", "seeds.jsonl", "--rounds", "2", "--dry-run", *flags).json["forecast"]
        assert not server.asked
        assert not (room.path / "runs").exists()
        assert room.call("evolve", "seeds.jsonl", "--rounds", "2", "--run", "a#1?", *flags).status == 2  # no such name
        done = room.call("evolve", "seeds.jsonl", "--rounds", "2", "--runs-dir", "runs #1?", *flags).json
        told = ["--runs-dir", "runs #1?", "--dry-run", *flags]
        learned = room.call("evolve", "seeds.jsonl", "--rounds", "2", *told).json["forecast"]
        other = room.call("self-instruct", "seeds.jsonl", "--target", "5", *told).json["forecast"]
    assert (assumed["earlier_runs"], learned["earlier_runs"], other["earlier_runs"]) == (0, 1, 0)
    assert assumed["calls"] < done["calls"]["answered"] == learned["calls"]  # all of it was accepted, and so it will be
    assert learned["accepted"] == done["candidates"]["accepted"]
    assert learned["calls_by_kind"] == {kind: row["calls"] for kind, row in done["by_kind"].items()}
    assert learned["completion_tokens"] == pytest.approx(done["tokens"]["completion"], rel=0.02)


def test_a_forecast_of_what_costs_nothing_says_so(room: Room) -> None:
    shown = room.call("evolve", "seeds.jsonl", "--rounds", "2", "--dry-run")
    assert shown.status == 0
    assert "forecast, from assumed yields" in shown.out
    assert "0.00 USD" in shown.out
    assert "nothing was spent" in shown.out

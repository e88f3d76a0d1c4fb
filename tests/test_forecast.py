"""Forecasts: what a run will take, said before anything is asked, and close to what it then takes."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.command_line import TASKS, Room, serve

RECORDS = "".join(json.dumps({**task, "language": "en"}) + "\n" for task in TASKS)
COMMANDS = {
    "evolve": ["evolve", "seeds.jsonl", "--rounds", "2"],
    "self-instruct": ["self-instruct", "seeds.jsonl", "--target", "6"],
    "judge": ["judge", "seeds.jsonl", "--rubrics", "response_quality,safety"],
    "augment": ["augment", "seeds.jsonl", "--with", "paraphrase,persona"],
}


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Room:
    return Room(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_is_asked_and_nothing_is_left(room: Room, command: str) -> None:
    with serve() as server:
        ended = room.call(*COMMANDS[command], "--base-url", server.url, "--model", "tiny", "--dry-run", "--json")
        assert (ended.status, sum(server.asked.values())) == (0, 0), ended.err
    row = ended.json["forecast"]
    assert min(row["calls"], row["prompt_tokens"], row["completion_tokens"]) > 0
    assert (row["cost_usd"], row["earlier_runs"]) == (None, 0), "no price is known for this model"
    assert not (room.path / "runs").exists()


def test_a_priced_model_has_a_cost(room: Room) -> None:
    room.write(
        "p.toml", "[models]\ntiny = { prompt = 2.0, completion = 8.0 }\nbig = { prompt = 20.0, completion = 80.0 }\n"
    )
    given = [*COMMANDS["judge"], "--base-url", "http://127.0.0.1:9/v1", "--model", "tiny", "--prices", "p.toml"]
    ended = room.call(*given, "--dry-run", "--json")
    row = ended.json["forecast"]
    assert row["cost_usd"] == pytest.approx((row["prompt_tokens"] * 2 + row["completion_tokens"] * 8) / 1e6, abs=1e-6)
    dearer = room.call(*given, "--critic-model", "big", "--dry-run", "--json").json["forecast"]
    assert dearer["cost_usd"] == pytest.approx(10 * row["cost_usd"], rel=1e-3), "the critic's calls, at its own price"
    unknown = room.call(*given, "--critic-model", "other", "--dry-run", "--json").json["forecast"]
    assert unknown["cost_usd"] is None


def test_a_forecast_of_judging_is_what_it_takes(room: Room) -> None:
    with serve() as server:
        given = [*COMMANDS["judge"], "--base-url", server.url, "--model", "tiny"]
        run = room.call(*given, "--run", "first", "--json")
        row = room.call(*given, "--dry-run", "--json").json["forecast"]
    assert (run.status, row["earlier_runs"]) == (0, 1), run.err
    assert row["accepted"] == pytest.approx(run.json["candidates"]["accepted"], abs=1)
    asked = {name: kind["calls"] for name, kind in run.json["by_kind"].items()}
    assert row["calls_by_kind"] == pytest.approx(asked, abs=1)


def test_augmenting_is_counted_by_method(room: Room) -> None:
    given = ["augment", "seeds.jsonl", "--base-url", "http://127.0.0.1:9/v1", "--model", "tiny", "--dry-run", "--json"]
    methods = "back_translation,translation,paraphrase,persona,substitution"
    languages = ["--pivots", "fr>ja,de", "--into", "fr,es"]
    row = room.call(*given, "--with", methods, *languages).json["forecast"]
    records, translated = len(TASKS), (3 + 2) + 3 * 2
    assert row["calls_by_kind"]["augment"] == records * (translated + 2)
    assert row["calls_by_kind"]["judge"] == records * (2 + 2 + 1)  # the pivots, the languages, the paraphrase
    alone = Counter(room.call(*given, "--with", "persona").json["forecast"]["calls_by_kind"])
    assert (alone["augment"], alone["respond"], alone["judge"]) == (records, records, 0)


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

"""Recorded critics, replayed: the published statistics of LLMBar and PandaLM, to the last digit."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from generator.calibration.labels import read_labels, read_recorded_verdicts
from generator.calibration.recorded import replay_pairs, take_verdicts
from generator.calibration.report import report_choices, report_people
from generator.errors import ConfigError, SeedError
from generator.templates import Templates

TEMPLATES = Templates(Path(__file__).parent.parent / "prompts")


def replay(path: Path, form: str | None = None) -> tuple[dict[str, Any], str]:
    labels = read_labels(path)
    found = asyncio.run(replay_pairs(TEMPLATES, labels.pairs, form))
    return report_choices(labels, found.judged), found.form


@pytest.mark.parametrize("model", ["ChatGPT", "GPT-4"])
@pytest.mark.parametrize(("manner", "form"), [("CoT", "reasoned"), ("Vanilla", "direct")])
def test_llmbar_comes_to_its_recorded_statistics(recorded_data: Path, model: str, manner: str, form: str) -> None:
    folder = recorded_data / "critic-llmbar"
    report, found = replay(folder / f"natural.{model}.{manner}.result.json")
    statistics = json.loads((folder / f"natural.{model}.{manner}.statistics.json").read_text())
    assert report["as_published"] == statistics
    assert found == form
    correct = int(statistics["correct_both"].partition(" ")[0])
    assert report["correct_in_both_orders"] == pytest.approx(correct / 100)


def test_pandalm_comes_to_its_published_figures(recorded_data: Path) -> None:
    folder = recorded_data / "critic-pandalm"
    labels = read_labels(folder / "testset-v1.json")
    people = report_people(labels)
    assert people is not None
    assert [round(one["kappa"], 3) for one in people["cohen_kappa"]] == [0.852, 0.879, 0.862]
    assert (round(people["fleiss_kappa"], 4), round(people["krippendorff_alpha"], 4)) == (0.8642, 0.8642)
    assert people["majority"] == {"first": 422, "second": 472, "tie": 105}
    verdicts = read_recorded_verdicts(folder / "gpt-3.5-turbo-testset-v1.json")
    report = report_choices(labels, take_verdicts(labels.pairs, verdicts))
    assert round(report["as_published"]["accuracy"], 4) == 0.7107
    assert round(report["as_published"]["kappa"], 3) == 0.496
    assert report["unparsed"] == 25  # which the published figures take for ties


def make_item(number: int, given: str, swapped: str, label: int = 1) -> dict[str, Any]:
    replies = {
        "swap = False": {"completion": [given, "stop"], "winner": None},
        "swap = True": {"completion": [swapped, "stop"], "winner": None},
    }
    return {"input": f"Task {number}", "output_1": "one", "output_2": "another", "label": label, "results": [replies]}


def test_replies_are_told_in_the_order_of_the_pair(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    rows = [
        make_item(0, "Output (a)", "Output (b)"),  # the first, both times
        make_item(1, "Output (a)", "Output (a)"),  # whatever comes first
        make_item(2, "Both are fine.", "Output (b)"),
        make_item(3, "Output (b)", "Output (a)", label=2),
    ]
    path.write_text(json.dumps(rows), encoding="utf-8")
    report, form = replay(path)
    assert (form, report["accuracy"], report["unparsed"], report["swap_agreement"]) == ("direct", 0.5, 1, 0.5)
    with pytest.raises(ConfigError, match="recorded in the form"):
        replay(path, "prose")


def test_a_critic_that_was_asked_again_is_read_by_what_it_said_last_in_the_form_of_that(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    reasons = [f"One is short. Therefore, Output ({letter}) is better." for letter in "ab"]
    undecided = make_item(1, reasons[0], reasons[0], label=2)
    undecided["results"].append(make_item(1, "Output (b)", "Output (a)")["results"][0])
    path.write_text(json.dumps([make_item(0, reasons[0], reasons[1]), undecided]), encoding="utf-8")
    report, form = replay(path)
    assert (form, report["accuracy"], report["unparsed"], report["swap_agreement"]) == ("reasoned, direct", 1, 0, 1)


def test_what_is_not_recorded_is_told_apart_from_what_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    rows = [make_item(number, "Output (a)", "Output (b)") for number in range(7)]
    rows[1]["results"][0]["swap = False"]["completion"] = None
    rows[2]["results"][0]["swap = True"]["completion"] = [None, "content management policy"]
    rows[3]["results"][0]["swap = True"]["completion"] = []
    del rows[4]["results"][0]["swap = False"]  # the other order stays what it is
    rows[5]["results"] = None
    del rows[6]["results"]
    path.write_text(json.dumps(rows), encoding="utf-8")
    found = asyncio.run(replay_pairs(TEMPLATES, read_labels(path).pairs, None))
    assert dict(found.unparsed) == {"empty_reply": 3, "not_recorded": 5}
    assert [(pair.given, pair.swapped) for pair in found.judged] == [
        ("first", "first"), (None, "first"), ("first", None), ("first", None), (None, "first"), (None, None), (None, None),
    ]  # fmt: skip
    json.dumps(report_choices(read_labels(path), found.judged), allow_nan=False)
    for wrong in (["x"], "x", [3]):
        path.write_text(json.dumps([{**rows[0], "results": wrong}]), encoding="utf-8")
        with pytest.raises(SeedError, match=r"result\.json, item 1: .*`results`"):
            read_labels(path)


def rate(first: str | None, second: str | None, label: int = 1) -> dict[str, Any]:
    ratings = {"score_1": [first, "stop"], "score_2": [second, "stop"]}
    winners = {order: {"winner": "1"} for order in ("swap = False", "swap = True")}
    return {"input": "Task", "output_1": "one", "output_2": "another", "label": label, "results": [ratings | winners]}


def test_ratings_come_to_a_choice_or_to_none(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    rows = [rate("9", "1"), rate("2", "3", label=2), rate("4", "4"), rate("seven", "1"), rate("10", "9")]
    rows.append(rate(None, "3"))
    path.write_text(json.dumps(rows), encoding="utf-8")
    labels = read_labels(path)
    found = asyncio.run(replay_pairs(TEMPLATES, labels.pairs, None))
    assert [pair.verdict for pair in found.judged] == ["first", "second", "tie", None, None, None]
    assert (found.form, dict(found.unparsed)) == (
        "ratings", {"score_not_a_number": 1, "score_out_of_range": 1, "empty_reply": 1},
    )  # fmt: skip
    report = report_choices(labels, found.judged)
    assert (report["accuracy"], report["unparsed"], report["swap_agreement"]) == (2 / 6, 3, None)
    published = report["as_published"]  # of a tie one verdict for each order, 2 then 1; of what is no number 1 then 2
    assert [published[f"correct_{order}"].split(" ")[0] for order in ("False", "True")] == ["5", "4"]
    assert published["equal"].startswith("3 / 6")


def test_replies_in_no_form_are_refused_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    rows = [make_item(0, "I like the first.", "The second.") for _ in range(3)]
    for row in rows:
        row["results"][0]["swap = False"].pop("winner")
        row["results"][0]["swap = True"].pop("winner")
    path.write_text(json.dumps(rows), encoding="utf-8")
    with pytest.raises(ConfigError, match="none of the forms"):
        asyncio.run(replay_pairs(TEMPLATES, read_labels(path).pairs, None))

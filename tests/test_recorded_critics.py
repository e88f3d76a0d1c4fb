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
from generator.errors import ConfigError
from generator.templates import Templates

TEMPLATES = Templates(Path(__file__).parent.parent / "prompts")


def replay(path: Path, form: str | None = None) -> tuple[dict[str, Any], str]:
    labels = read_labels(path)
    judged, found, _ = asyncio.run(replay_pairs(TEMPLATES, labels.pairs, form))
    return report_choices(labels, judged), found


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
    with pytest.raises(ConfigError, match="no form of reply"):
        replay(path, "prose")


def test_replies_in_no_form_are_refused_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    rows = [make_item(0, "I like the first.", "The second.") for _ in range(3)]
    for row in rows:
        row["results"][0]["swap = False"].pop("winner")
        row["results"][0]["swap = True"].pop("winner")
    path.write_text(json.dumps(rows), encoding="utf-8")
    with pytest.raises(ConfigError, match="none of the forms"):
        asyncio.run(replay_pairs(TEMPLATES, read_labels(path).pairs, None))

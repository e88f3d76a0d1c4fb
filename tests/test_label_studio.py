"""From Label Studio back: what people wrote, rated and decided is in the record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from generator.seed_files.annotated import read_task
from generator.sources import find_source, read_examples
from tests.export_rig import make_example, make_full
from tests.test_export_forms import make_row


def annotate(*results: tuple[str, dict[str, Any]], **more: Any) -> dict[str, Any]:
    listed = [{"from_name": name, "to_name": "instruction", "type": "x", "value": value} for name, value in results]
    return {"id": 1, "completed_by": 1, "was_cancelled": False, "result": listed, **more}


def test_an_annotation_changes_the_record(tmp_path: Path) -> None:
    task = make_row("label_studio", make_full())
    edits = annotate(
        ("response", {"text": ["better"]}), ("quality", {"rating": 9}), ("decision", {"choices": ["accept"]})
    )
    exported = [{"id": 7, "created_at": "2024-01-01", "annotations": [edits], **task}]
    (tmp_path / "export.json").write_text(json.dumps(exported), encoding="utf-8")
    (back,) = read_examples(find_source(str(tmp_path / "export.json"), "runs"))
    full = make_full()
    assert back == full.model_copy(update={
        "response": "better", "scores": {**full.scores, "human.quality": 9.0}, "tags": {**full.tags, "decision": "accept"},
    })  # fmt: skip


def test_the_newest_sound_annotation_counts_and_ground_truth_before_it() -> None:
    task = make_row("label_studio", make_example())
    old = annotate(("response", {"text": "old"}), updated_at="2024-01-01")
    new = annotate(("response", {"text": "new"}), updated_at="2024-02-01")
    gone = annotate(("response", {"text": "gone"}), updated_at="2024-03-01", was_cancelled=True)
    truth = annotate(("response", {"text": "truth"}), updated_at="2023-01-01", ground_truth=True)
    assert read_task({**task, "annotations": [new, old, gone]}).response == "new"
    assert read_task({**task, "annotations": [new, truth, gone]}).response == "truth"
    assert read_task({**task, "annotations": [gone]}) == make_example()
    assert read_task(task) == make_example()


def test_a_task_of_somebody_else() -> None:
    found = read_task({"data": {"instruction": "say hi", "response": "hi"}, "annotations": []})
    assert (found.instruction, found.response, found.lineage.recipe) == ("say hi", "hi", "seed")
    with pytest.raises(ValueError, match="lineage"):
        read_task({"data": {"instruction": "a", "id": "1", "lineage": 3}})

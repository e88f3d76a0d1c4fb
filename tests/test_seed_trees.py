"""Open Assistant's trees, flat and nested: the best path, all paths, and what is deleted, spam or not reviewed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.test_seed_shapes import read, shape_of, turn, warnings_of

FLAT: dict[str, Any] = {
    "user_id": "u", "created_date": "2023-02-05T14:23:50.983374+00:00", "lang": "de", "review_count": 3,
    "review_result": True, "deleted": False, "rank": None, "synthetic": False, "model_name": None, "detoxify": None,
    "message_tree_id": "t1", "tree_state": "ready_for_export", "emojis": None,
    "labels": {"name": ["spam", "quality"], "value": [0.0, 0.9], "count": [3, 3]},
}  # fmt: skip


def message(name: str, parent: str | None, role: str, text: str, **more: Any) -> dict[str, Any]:
    return {"message_id": name, "parent_id": parent, "role": role, "text": text, **FLAT, **more}


TREE = [
    message("m1", None, "prompter", "Warum?"),
    message("m2", "m1", "assistant", "Schlechter.", rank=1),
    message("m3", "m1", "assistant", "Besser.", rank=0, lang="pt-BR"),
    message("m4", "m3", "prompter", "Und dann?"),
    message("m5", "m4", "assistant", "Gelöscht.", rank=0, deleted=True),
    message("m6", "m4", "assistant", "Spam.", labels={"name": ["spam"], "value": [1.0], "count": [3]}),
    message("m7", "m4", "assistant", "Ungeprüft.", review_result=None),
    message("m8", "m4", "assistant", "Ende.", rank=2),
]


def nest(rows: list[dict[str, Any]]) -> dict[str, Any]:
    by_name = {row["message_id"]: {**row, "replies": []} for row in rows}
    for row in by_name.values():
        if row["parent_id"]:
            by_name[row["parent_id"]]["replies"].append(row)
    return {"message_tree_id": "t1", "tree_state": "ready_for_export", "prompt": by_name["m1"]}


@pytest.mark.parametrize("flat", [True, False])
def test_open_assistant(tmp_path: Path, flat: bool) -> None:
    rows = TREE if flat else [nest(TREE)]
    [best] = read(tmp_path, *rows)
    assert shape_of(tmp_path) == "oasst"
    assert (best.instruction, best.response, best.language) == ("Und dann?", "Ende.", "de")
    assert best.history == (turn("user", "Warum?"), turn("assistant", "Besser."))
    assert best.tags == {"message_tree_id": "t1"}
    assert [task.response for task in read(tmp_path, *rows, all_paths=True)] == ["Ende.", "Schlechter."]
    said = " ".join(warnings_of(tmp_path))
    assert "a message is deleted." in said
    assert "a message is spam" in said
    assert "a message is not reviewed" in said


def test_open_assistant_trees_may_be_mixed_and_replies_come_first(tmp_path: Path) -> None:
    other = [{**row, "message_id": f"x{row['message_id']}", "parent_id": row["parent_id"] and f"x{row['parent_id']}",
              "message_tree_id": "t2", "text": row["text"] + "!"} for row in TREE]  # fmt: skip
    mixed = [row for pair in zip(reversed(TREE), reversed(other), strict=True) for row in pair]
    assert [task.response for task in read(tmp_path, *mixed)] == ["Ende.", "Ende.!"]
    orphan = message("m9", "gone", "assistant", "Allein.", message_tree_id="t3")
    assert len(read(tmp_path, *TREE, orphan)) == 1
    assert any("replies to is not there" in said for said in warnings_of(tmp_path))
    hidden = message("m1", None, "prompter", "Nur gefragt.", deleted=True, message_tree_id="t4")
    assert len(read(tmp_path, *TREE, hidden)) == 1
    assert any("prompt may not be shown" in said for said in warnings_of(tmp_path))

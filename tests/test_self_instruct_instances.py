"""Self-Instruct's instances by a model: classification tasks get their labels first, and no doubtful answer is guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.errors import RefusedError
from generator.types import ChatRequest
from tests.rig import Rig
from tests.scripted import Scripted, answer

LABELLED = "Class label: Positive\nInput: I loved it.\nClass label: Negative\nInput: I left early."


def play(**replies: str) -> Scripted:
    """Reply as given to `classification`, `output_first`, `input_first`, `list`; to all else as the script does."""

    def reply(request: ChatRequest) -> str:
        name = request.template.partition("/")[2]
        if replies.get(name) == "refuse":
            raise RefusedError("against the rules")
        return replies.get(name, answer(request))

    return Scripted(reply)


def run(tmp_path: Path, backend: Scripted) -> Rig:
    rig = Rig(tmp_path, recipe="self-instruct", target=3, max_candidates=6)
    rig.run(backend)
    return rig


def test_a_classification_task_is_asked_for_its_labels_first(tmp_path: Path) -> None:
    backend = play(classification="Yes", output_first=LABELLED)
    rig = run(tmp_path, backend)
    assert [(one["input"], one["response"]) for one in rig.dataset] == [("I loved it.", "Positive")] * 3
    assert {one["tags"]["task_type"] for one in rig.dataset} == {"classification"}
    assert backend.asked["self_instruct/input_first"] == 0
    (tmp_path / "other").mkdir()
    assert [one["tags"] for one in run(tmp_path / "other", play()).dataset] == [{}] * 3


@pytest.mark.parametrize(
    ("replies", "stage", "reason", "status"),
    [
        ({"classification": "Perhaps."}, "respond", "not_yes_or_no", "failed"),
        ({"classification": "Yes", "output_first": "Class label:"}, "respond", "empty_output", "rejected"),
        ({"input_first": ""}, "respond", "empty_reply", "failed"),
        ({"list": "…"}, "eliminate", "too_short", "rejected"),
        ({"list": "refuse"}, "propose", "refused", "failed"),
        ({"classification": "refuse"}, "respond", "refused", "failed"),
        (
            {"classification": "Yes", "output_first": "Class label: A\nInput: x y\nClass label: B\nInput: x y"},
            "respond", "conflicting_outputs", "rejected",
        ),
    ],
)  # fmt: skip
def test_what_is_no_instance_ends_by_its_name(
    tmp_path: Path, replies: dict[str, str], stage: str, reason: str, status: str
) -> None:
    rig = run(tmp_path, play(**replies))
    assert rig.dataset == []
    assert {(one["stage"], one["reason"], one["status"]) for one in rig.rejects} == {(stage, reason, status)}

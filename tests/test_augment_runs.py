"""Whole runs that augment: over a file, as a stage, in any order of answers, interrupted and gone on with."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path
from typing import Any

from generator.against.digests import settle_against
from generator.config import make_config
from generator.preparation.recipes import prepare
from generator.run import Ending, Run
from generator.run_folder import RunFolder
from generator.types import ChatRequest, make_digest
from tests.rig import TASKS, Rig
from tests.scripted import VERDICT, Scripted, answer, make_sentence

EQUIVALENT = json.dumps({"explanation": "the same", "equal": True})
DIFFERENT = json.dumps({"explanation": "asks for more", "equal": False})


def reply(request: ChatRequest) -> str:
    """Play a model that rewords by shuffling, loses a number now and then, and finds all wordings equivalent."""
    if request.template == "judge/equivalent":
        return EQUIVALENT
    if request.template == "augment/paraphrase":
        words = request.messages[-1][1].split("\n")[2].rstrip(".").split()
        random.Random(make_digest(words)).shuffle(words)
        return f"<instruction>{' '.join(words)}.</instruction>"
    if request.template.startswith("augment/"):
        return f"<instruction>{make_sentence(random.Random(make_digest(request.messages)), 18)}</instruction>"
    return VERDICT if request.template.startswith("critic/") else answer(request)


def augment(room: Path, backend: Any = None, name: str = "augmented", **settings: Any) -> tuple[Ending, Run, RunFolder]:
    source = room / "tasks.jsonl"
    rows = [*TASKS, {"instruction": "Name 3 rivers of Asia, no lakes.", "response": "Yangtze, Ganges, Mekong."}] * 1
    source.write_text("".join(json.dumps({"language": "en"} | row) + "\n" for row in rows), encoding="utf-8")
    model = {"kind": "openai", "model": "scripted"}
    methods = {"methods": ["paraphrase", "adversarial"], "similarity": 0.95}
    base = {"recipe": "augment", "seeds": [str(source)], "backend": model, "critic": model, "augment": methods}
    config = settle_against(make_config(base | {"concurrency": 8, "runs_dir": str(room / "runs")} | settings))
    folder = RunFolder(str(room / "runs"), name)
    prepared = prepare(config)
    run = Run(prepared, folder, make_backend=lambda *_: backend or Scripted(reply))
    return asyncio.run(run.carry_out()), run, folder


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_record_is_augmented_and_every_text_ends_somewhere(tmp_path: Path) -> None:
    ending, run, folder = augment(tmp_path)
    assert (ending.exit_status, ending.state) == (0, "complete")
    accepted, rejected = read(folder.dataset), read(folder.rejects)
    assert len(accepted) + len(rejected) == 2 * 6 == run.funnel.total
    assert {row["lineage"]["operator"] for row in accepted} == {"paraphrase", "adversarial"}
    kept = {row["response"] for row in accepted if row["lineage"]["operator"] == "paraphrase"}
    assert kept <= {task["response"] for task in TASKS} | {"Yangtze, Ganges, Mekong."}
    assert all(row["scores"]["critic.overall"] == 9 for row in accepted)


def test_the_bytes_do_not_depend_on_the_order_of_the_answers(tmp_path: Path) -> None:
    results = []
    for concurrency in (1, 16):
        room = tmp_path / str(concurrency)
        room.mkdir()
        hurry = Scripted(reply, latency_s=lambda request: random.Random(request.about).random() / 50)
        *_, folder = augment(room, hurry, concurrency=concurrency)
        results.append((folder.dataset.read_bytes(), folder.rejects.read_bytes()))
    assert results[0] == results[1]
    assert results[0][0]


def test_the_same_again_asks_nobody(tmp_path: Path) -> None:
    first = Scripted(reply)
    *_, folder = augment(tmp_path, first)
    before = folder.dataset.read_bytes()
    again = Scripted(reply)
    ending, *_ = augment(tmp_path, again)
    assert (ending.exit_status, again.requests) == (0, [])
    assert folder.dataset.read_bytes() == before


def test_a_target_is_met_exactly(tmp_path: Path) -> None:
    ending, run, folder = augment(tmp_path, target=4)
    assert (ending.exit_status, len(read(folder.dataset)), run.funnel.accepted) == (0, 4, 4)


def test_a_judge_that_finds_all_different_closes_its_stage(tmp_path: Path) -> None:
    strict = Scripted(lambda request: DIFFERENT if request.template == "judge/equivalent" else reply(request))
    ending, _, folder = augment(tmp_path, strict, augment={"methods": ["paraphrase"], "similarity": 0.95})
    assert ending.exit_status == 1
    assert "equal let nothing through" in (ending.reason or "")
    assert {(row["stage"], row["reason"]) for row in read(folder.rejects)} >= {("equal", "not_equivalent")}


def test_what_is_made_is_held_against_earlier_sets_and_benchmarks(tmp_path: Path) -> None:
    methods = {"methods": ["paraphrase"], "similarity": 0.95}
    _, _, folder = augment(tmp_path, augment=methods)
    made = [row["instruction"] for row in read(folder.dataset)]
    assert len(made) >= 2
    (tmp_path / "bench.jsonl").write_text(json.dumps({"question": made[0]}) + "\n", encoding="utf-8")
    (tmp_path / "set.jsonl").write_text(json.dumps({"instruction": made[1]}) + "\n", encoding="utf-8")
    against = {"novel": [str(tmp_path / "set.jsonl")], "benchmarks": [str(tmp_path / "bench.jsonl")], "ngrams": [4]}
    _, run, folder = augment(tmp_path, name="held", augment=methods, against=against)
    gone = {row["instruction"]: row["reason"] for row in read(folder.rejects) if row["stage"] == "novelty"}
    assert (gone[made[0]], gone[made[1]]) == ("contaminated", "against")
    assert not {row["instruction"] for row in read(folder.dataset)} & {made[0], made[1]}
    assert run.funnel.describe()["contaminated"]["bench.jsonl"]["4"] >= 1


def test_a_run_augments_what_it_accepted(tmp_path: Path) -> None:
    rig = Rig(tmp_path, evolve={"rounds": 1}, augment={"methods": ["persona"]})
    ending, _ = rig.run(Scripted(reply))
    assert ending.exit_status == 0
    operators = [row["lineage"]["operator"] for row in rig.dataset]
    evolved = len(operators) - operators.count("persona")
    assert evolved >= 3
    assert operators[evolved:] == ["persona"] * evolved  # one of each, after all that was evolved
    parents = {row["lineage"]["parents"][0] for row in rig.dataset[evolved:]}
    assert parents == {row["id"] for row in rig.dataset[:evolved]}
    seeds = {row["lineage"]["seeds"][0] for row in rig.dataset}
    assert all(row["lineage"]["seeds"][0] in seeds for row in rig.dataset[evolved:])

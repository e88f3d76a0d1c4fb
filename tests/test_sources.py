"""Sources: a run, a file, a folder → the records, ours exactly as they were."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.errors import ConfigError, SeedError
from generator.seed_files.faults import Fault
from generator.sources import find_source, read_examples, read_records
from generator.types import Check, Example, Lineage, SeedTask, Turn

TEXTS = st.text(st.characters(codec="utf-8"), max_size=15)
SOME = TEXTS.filter(str.strip)
TURNS = st.builds(Turn, role=st.sampled_from(["user", "assistant"]), content=TEXTS)
CHECKS = st.builds(Check, kind=SOME, params=st.dictionaries(SOME, st.integers(), max_size=2))
EXAMPLES = st.builds(
    Example, id=st.text("0123456789abcdef", min_size=16, max_size=16), instruction=SOME, input=TEXTS, response=TEXTS,
    system=st.none() | TEXTS, history=st.lists(TURNS, max_size=2).map(tuple),
    rejected=st.none() | TEXTS, language=st.sampled_from(["en", "zh"]), tags=st.dictionaries(SOME, TEXTS, max_size=2),
    scores=st.dictionaries(SOME, st.none() | st.floats(-1, 9) | TEXTS, max_size=2),
    lineage=st.builds(Lineage, recipe=st.just("evolve"), parents=st.just(("a",)), round=st.integers(0, 3)),
    checks=st.lists(CHECKS, max_size=1).map(tuple),
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(examples=st.lists(EXAMPLES, min_size=1, max_size=3), array=st.booleans())
def test_a_record_of_ours_comes_back_exactly(
    tmp_path_factory: pytest.TempPathFactory, examples: list[Example], array: bool
) -> None:
    path = tmp_path_factory.mktemp("s") / ("a.json" if array else "a.jsonl")
    lines = [example.model_dump_json() for example in examples]
    path.write_text(f"[{','.join(lines)}]" if array else "".join(f"{line}\n" for line in lines), encoding="utf-8")
    assert list(read_examples(find_source(str(path), "runs"))) == examples


def test_a_run_by_name_and_by_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = tmp_path / "runs" / "first"
    run.mkdir(parents=True)
    (run / "config.toml").write_text("")
    with pytest.raises(ConfigError, match=r"the run `first` .* has no dataset\.jsonl yet"):
        find_source("first", "runs")
    example = SeedTask(instruction="a", language="en").to_example()
    (run / "dataset.jsonl").write_text(example.model_dump_json() + "\n")
    for text in ("first", "runs/first", str(run)):
        source = find_source(text, "runs")
        assert source.run is not None
        assert list(read_examples(source)) == [example]
    assert list(read_examples(find_source("runs/first/dataset.jsonl", "runs"))) == [example]
    with pytest.raises(ConfigError, match="a run of that name in runs, a file, a folder"):
        find_source("second", "runs")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="the folder holds no seed file"):
        find_source("empty", "runs")


def test_other_shapes_become_records_with_their_tags_and_a_language(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        json.dumps({"instruction": " q ", "context": "c", "response": "r", "category": "open_qa", "source": "wiki"}) + "\n"
        + json.dumps({"prompt": "p", "chosen": "x", "rejected": "y", "language": "DE"}) + "\n"
    )  # fmt: skip
    first, second = read_examples(find_source(str(tmp_path), "runs"), identify=lambda text: f"of {text}")
    assert (first.instruction, first.language, first.tags) == (
        " q ",
        "of  q \nc",
        {"category": "open_qa", "source": "wiki"},
    )
    assert (second.rejected, second.language, second.lineage.recipe) == ("y", "de", "seed")
    assert second.id == SeedTask(instruction="p", response="x", rejected="y").id


def test_a_fault_ends_it_or_is_told_and_skipped(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"instruction": "a"}\n{"instruction": ""}\n{"id": "x", "lineage": {}, "instruction": "b"}\n{"instruction": "c"}\n'
    )
    source = find_source(str(path), "runs")
    read = read_examples(source)
    assert next(read).instruction == "a"
    with pytest.raises(SeedError, match=r"a\.jsonl:2: `instruction` is empty"):
        next(read)
    told: list[tuple[Path, Fault]] = []
    places = [one.where for one in read_records(source, on_fault=lambda where, fault: told.append((where, fault)))]
    assert places == [f"{path}:1", f"{path}:4"]
    assert [(where, fault.line) for where, fault in told] == [(path, 2), (path, 3)]
    assert "'lineage.recipe' of a record of ours is not sound" in told[1][1].message


def test_every_fault_is_told_however_many(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("{\n" * 100 + '{"instruction": "a"}\n')
    told: list[Fault] = []
    assert len(list(read_examples(find_source(str(path), "runs"), on_fault=lambda _, fault: told.append(fault)))) == 1
    assert len(told) == 100


def test_places_of_records_on_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"instruction": "a"}, {"instruction": "b"}]')
    assert [one.where for one in read_records(find_source(str(path), "runs"))] == [
        f"{path}:1 (element 1)", f"{path}:1 (element 2)"
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "count"), [
    ("alpaca-5000/alpaca_5000.json", 5000), ("alpaca-regen/regen.json", 73), ("alpaca-regen/seed_tasks.jsonl", 175),
    ("self-instruct-seeds/seed_tasks.jsonl", 175), ("user-oriented/user_oriented_instructions.jsonl", 252),
    ("critic-llmbar/natural.dataset.json", 100), ("critic-pandalm/testset-v1.json", 999),
    ("evol-ja/test_generated.json", 74), ("evol-ja/test_eliminated.json", 21),
    ("novelty-bench/alpaca_52k_instructions.json", 52002), ("novelty-bench/zh_instructions.json", 16876),
    ("self-instruct-replay/finetuning_data/gpt3_finetuning_data_253.jsonl", 253),
    ("self-instruct-replay/finetuning_data/all_generated_instances.jsonl", 78),
    ("self-instruct-replay/machine_generated_instructions.jsonl", 67),
])  # fmt: skip
def test_real_sets_load_as_they_are(recorded_data: Path, name: str, count: int) -> None:
    assert sum(1 for _ in read_examples(find_source(str(recorded_data / name), "runs"))) == count

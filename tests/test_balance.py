"""Quotas against a target: never exceeded, met where they can be, drawn by digests alone; what is short is told."""

from __future__ import annotations

import json
import random
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.balance.choose import Balance
from generator.balance.quota import choose_counts, make_quotas, measure_divergence
from generator.balance.steer import choose_lanes
from generator.balance.target import Classifier, Target, make_target, read_target
from generator.errors import ConfigError
from generator.types import Example
from tests.command_line import Room
from tests.export_rig import make_example, write_source

CELLS = st.dictionaries(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")), st.integers(1, 50), min_size=1)
SHARES = st.tuples(
    st.dictionaries(st.sampled_from("ab"), st.floats(0.05, 1), min_size=1),
    st.dictionaries(st.sampled_from("xyz"), st.floats(0.05, 1), min_size=1),
).map(lambda pair: [{key: share / sum(one.values()) for key, share in one.items()} for one in pair])


def make(number: int, domain: str = "", language: str = "en", words: int = 3, **tags: str) -> Example:
    tags |= {"domain": domain} if domain else {}
    return make_example(
        id=f"r{number}", instruction=f"{number}", language=language, response="word " * words, tags=tags
    )


def balance(
    examples: list[Example], target: Target, seed: int = 0, size: int | None = None
) -> tuple[list[Example], Balance]:
    job = Balance(target, Classifier(target.shares), seed)
    job.count(examples)
    return list(job.pick(examples, job.choose(size))), job


@settings(max_examples=200, deadline=None)
@given(CELLS, SHARES, st.integers(1, 120))
def test_no_cell_gives_more_than_it_has_and_no_quota_is_exceeded(
    there: dict[tuple[str, str], int], shares: list[dict[str, float]], size: int
) -> None:  # fmt: skip
    quotas = make_quotas(shares, size)
    assert [sum(dimension.values()) for dimension in quotas] == [size, size]
    counts = choose_counts(there, quotas)
    assert all(0 <= count <= there[cell] for cell, count in counts.items())
    for at, dimension in enumerate(quotas):
        sums: Counter[str] = Counter()
        for cell, count in counts.items():
            sums[cell[at]] += count
        assert all(sums[name] <= dimension.get(name, 0) for name in sums)
    for cell, count in counts.items():  # nothing is left that would have fitted
        room = all(
            sum(other for key, other in counts.items() if key[at] == cell[at]) < quotas[at].get(cell[at], 0)
            for at in (0, 1)
        )
        assert count == there[cell] or not room


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from("abc"), st.integers(1, 60), min_size=1), st.integers(1, 100))
def test_one_dimension_takes_what_is_wanted_or_all_there_is(there: dict[str, int], size: int) -> None:
    (quotas,) = make_quotas([{"a": 0.5, "b": 0.3, "c": 0.2}], size)
    counts = choose_counts({(name,): count for name, count in there.items()}, [quotas])
    assert counts == {(name,): min(count, quotas[name]) for name, count in there.items()}


def test_the_shares_of_both_dimensions_are_met_where_they_can_be() -> None:
    there = {("a", "x"): 400, ("a", "y"): 160, ("b", "x"): 90, ("b", "y"): 310}
    counts = choose_counts(there, make_quotas([{"a": 0.5, "b": 0.5}, {"x": 0.25, "y": 0.75}], 400))
    assert counts[("a", "x")] + counts[("a", "y")] == counts[("b", "x")] + counts[("b", "y")] == 200
    assert counts[("a", "x")] + counts[("b", "x")] == 100


def test_the_choice_is_a_function_of_ids_and_seed() -> None:
    target = make_target({"domain": {"law": 1, "medicine": 1}}, "t")
    examples = [make(n, "law" if n % 4 else "medicine") for n in range(400)]
    kept, _ = balance(examples, target, size=100)
    assert Counter(one.tags["domain"] for one in kept) == {"law": 50, "medicine": 50}
    assert [one.id for one in kept] == [one.id for one in examples if one in kept]
    shuffled = list(examples)
    random.Random(1).shuffle(shuffled)
    assert {one.id for one in balance(shuffled, target, size=100)[0]} == {one.id for one in kept}
    assert balance(examples, target, seed=1, size=100)[0] != kept
    more, _ = balance([*examples, make(1000, "law")], target, size=100)
    assert len({one.id for one in more} ^ {one.id for one in kept}) <= 2


def test_records_of_one_id_are_counted_one_by_one() -> None:
    kept, _ = balance([make(1, "a")] * 10, make_target({"domain": {"a": 1}}, "t"), size=4)
    assert len(kept) == 4


def test_what_is_short_is_told_and_divergence_falls() -> None:
    target = make_target({"domain": {"law": 1, "medicine": 1}, "language": {"en": 3, "*": 1}}, "t")
    examples = [make(n, "law" if n % 10 else "medicine", "en" if n % 2 else "zh") for n in range(100)]
    examples += [make(200, "cooking")]
    _, job = balance(examples, target, size=60)
    told = job.describe()
    rows = {(row["by"], row["class"]): row for row in told["cells"]}
    medicine = rows["domain", "medicine"]
    assert (medicine["wanted"], medicine["there"], medicine["chosen"], medicine["short"]) == (30, 10, 10, 20)
    assert rows["domain", "(not in the target)"]["there"] == 1
    assert told["divergence"]["domain"]["before"] > told["divergence"]["domain"]["after"]
    assert job.list_short()["domain"] == {"medicine": 20}


@pytest.mark.parametrize(
    ("one", "other", "bits"),
    [
        ({"a": 1}, {"b": 1}, 1.0), ({"a": 1, "b": 1}, {"a": 5, "b": 5}, 0.0), ({"a": 1}, {"a": 1, "b": 1}, 0.3112781),
        ({}, {"a": 1}, 1),
    ],
)  # fmt: skip
def test_divergence_in_bits(one: dict[str, float], other: dict[str, float], bits: float) -> None:
    assert measure_divergence(one, other) == pytest.approx(bits)
    assert measure_divergence(other, one) == pytest.approx(bits)


def test_bands_of_length_count_words_and_unspaced_characters() -> None:
    classifier = Classifier(make_target({"length": {"0-4": 1, "5-": 1}}, "t").shares)
    assert classifier.classify(make(1, words=4)) == ("0-4",)
    assert classifier.classify(make(1, words=5)) == ("5-",)
    assert classifier.classify(make_example(response="汉字五个字")) == ("5-",)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, "no dimension"), ({"colour": {"a": 1}}, "colour"), ({"domain": {"a": -1}}, "domain.a"),
        ({"domain": {"a": 0}}, "make 0"),
        ({"domain": 3}, "must be a table"), ({"length": {"short": 1}}, "no band"),
        ({"length": {"0-9": 1, "9-": 1}}, "two bands"),
        ({"length": {"9-3": 1}}, "ends before"), ({"domain": {"a": True}}, "domain.a"),
        ({"size": 0, "domain": {"a": 1}}, "size"),
        ({"domain": {"a": float("nan")}}, "domain.a"),
    ],
)  # fmt: skip
def test_a_target_that_is_none_is_refused(table: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        make_target(table, "t.toml")


def test_lanes_are_those_that_are_short() -> None:
    seeds = [make(n, "law" if n % 10 else "medicine") for n in range(100)]
    said: list[str] = []
    lanes = choose_lanes(seeds, {"domain": {"law": 1.0, "medicine": 1.0}, "length": {"0-": 1.0}}, 0, said.append)
    assert Counter(one.tags["domain"] for one in lanes) == {"law": 50, "medicine": 10}
    assert lanes == [seed for seed in seeds if seed in lanes]
    assert said == ["toward the target: 60 of 100 lanes; short of domain medicine 40"]
    assert choose_lanes(seeds, {}, 0) == seeds
    with pytest.raises(ConfigError, match="--toward"):
        choose_lanes(seeds, {"domain": {"cooking": 1.0}}, 0)


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Room:
    return Room(tmp_path, monkeypatch, capsys)


def test_the_command_keeps_reports_and_steers_the_next_run(room: Room) -> None:
    write_source(room.path / "s.jsonl", [make(n, "law" if n % 10 else "medicine") for n in range(100)])
    room.write("t.toml", '[domain]\nlaw = 0.5\nmedicine = 0.5\n[language]\n"*" = 1\n')
    arguments = [
        "balance",
        "s.jsonl",
        "--target",
        "t.toml",
        "--by",
        "domain",
        "-o",
        "kept.jsonl",
        "--short",
        "next.toml",
    ]
    said = room.call(*arguments, "--json").json
    assert (said["records"], said["short"]) == ({"there": 100, "chosen": 60}, {"domain": {"medicine": 40}})
    assert tomllib.loads(Path("next.toml").read_text()) == {"domain": {"medicine": 40}}
    assert len(Path("kept.jsonl").read_text().splitlines()) == 60
    manifest = json.loads(Path("kept.jsonl.manifest.json").read_text())
    assert manifest["made_by"]["command"] == "balance"
    assert "medicine  wanted 50, there 10, kept 10, short 40" in room.call(*arguments).out
    tasks = [
        {
            "instruction": f"Explain {word} in two sentences.",
            "response": "Well. So.",
            "tags": {"domain": domain},
            "language": "en",
        }
        for word, domain in (("tides", "law"), ("bread", "medicine"), ("copper", "law"))
    ]
    room.write("tasks.jsonl", "".join(json.dumps(task) + "\n" for task in tasks))
    run = ["evolve", "tasks.jsonl", "--rounds", "1", "--run", "r", "--toward", "next.toml"]
    ended = room.call(*run)
    assert "toward the target: 1 of 3 lanes" in ended.err
    assert {row["tags"]["domain"] for row in room.read_lines("r")} == {"medicine"}
    assert room.call("evolve", "--config", "runs/r/config.toml").status == 0
    assert room.call(*run[:-2]).status == 2, "another target is another run"
    assert room.call(*run[:-1], "missing.toml").status == 2


def test_nothing_wanted_is_an_error(room: Room) -> None:
    write_source(room.path / "s.jsonl", [make(1, "law")])
    room.write("t.toml", "[domain]\ncooking = 1\n")
    ended = room.call("balance", "s.jsonl", "--target", "t.toml", "-o", "kept.jsonl")
    assert (ended.status, Path("kept.jsonl").exists()) == (1, False)
    with pytest.raises(ConfigError, match="--by names"):
        read_target(Path("t.toml"), ["language"])

"""Two versions against each other: every record once, and the scores as they moved."""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.compare import compare, find_quantile, summarise
from generator.types import Example
from tests.command_line import Room
from tests.export_rig import make_example, write_source

SCORES = st.dictionaries(st.sampled_from(["a", "b"]), st.none() | st.just("word") | st.floats(-9, 9), max_size=2)
VERSIONS = st.dictionaries(st.integers(0, 12).map(str), st.tuples(st.sampled_from("xyz"), SCORES), max_size=12)


def make(rows: dict[str, tuple[str, dict[str, float | str | None]]]) -> list[Example]:
    return [make_example(id=key, instruction=key, response=text, scores=scores) for key, (text, scores) in rows.items()]


@settings(max_examples=150, deadline=None)
@given(VERSIONS, VERSIONS)
def test_against_the_plain_definition(
    old: dict[str, tuple[str, dict[str, float | str | None]]], new: dict[str, tuple[str, dict[str, float | str | None]]]
) -> None:  # fmt: skip
    found = compare(make(old), make(new))
    common = [key for key in new if key in old]
    assert found["added"] == [key for key in new if key not in old]
    assert found["removed"] == [key for key in old if key not in new]
    assert found["changed"] == {key: ["response"] for key in common if old[key][0] != new[key][0]}
    assert found["unchanged"] + len(found["changed"]) == len(common) == found["records"]["common"]
    for name in ("a", "b"):

        def numbers(rows: dict[str, tuple[str, dict[str, float | str | None]]], name: str = name) -> dict[str, float]:
            return {key: value for key, (_, row) in rows.items() if isinstance(value := row.get(name), float)}

        before, after = numbers(old), numbers(new)
        shifts = [after[key] - before[key] for key in common if key in before and key in after]
        if not before and not after:
            assert name not in found["scores"]
            continue
        score = found["scores"][name]
        assert (score["old"]["count"], score["new"]["count"], score["shift"]["count"]) == (
            len(before),
            len(after),
            len(shifts),
        )
        assert score["shift"]["up"] == sum(shift > 0 for shift in shifts)
        if shifts:
            assert score["shift"]["mean"] == pytest.approx(statistics.fmean(shifts))
            assert score["shift"]["p50"] == pytest.approx(statistics.median(shifts))


def test_quantiles_are_linear_between_ranks() -> None:
    assert [find_quantile([1, 2, 3, 4], share) for share in (0, 0.1, 0.5, 1)] == [1, pytest.approx(1.3), 2.5, 4]
    assert summarise([])["mean"] is None


def test_versions_without_lasting_ids_are_matched_by_task() -> None:
    old = [make_example(id="1", instruction="t", response="a"), make_example(id="2", instruction="u")]
    new = [make_example(id="3", instruction="t", response="b")]
    assert compare(old, new)["added"] == ["3"]
    found = compare(old, new, "task")
    assert (found["added"], found["removed"], found["changed"]) == ([], ["2"], {"3": ["response"]})


def test_a_repeated_record_is_told() -> None:
    twice = make_example(id="1")
    assert compare([twice, twice], [twice, twice, make_example(id="2"), make_example(id="2")])["repeated"] == {
        "old": 1, "new": 2,
    }  # fmt: skip


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    room = Room(tmp_path, monkeypatch, capsys)
    rows = [make_example(id=f"r{n}", scores={"critic.overall": 5.0 + n}) for n in range(4)]
    write_source(tmp_path / "a.jsonl", rows[:3])
    write_source(tmp_path / "b.jsonl", [rows[1].model_copy(update={"scores": {"critic.overall": 8.0}}), *rows[2:]])
    ended = room.call("diff", "a.jsonl", "b.jsonl")
    assert ended.status == 0
    assert "3 records → 3; 2 in both, 2 unchanged" in ended.out
    assert "critic.overall: mean 6 → 7.67, of 2 scored in both 1 up, 0 down, shift +1" in ended.out
    said = room.call("diff", "a.jsonl", "b.jsonl", "--json").json
    assert (said["added"], said["removed"], said["fields"]) == (["r3"], ["r0"], {})
    assert room.call("diff", "a.jsonl", "nothing").status == 2

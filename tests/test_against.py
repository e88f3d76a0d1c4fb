"""Candidates are held against earlier sets and benchmarks: rejected with evidence, and part of what the data set is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.novelty.minhash import MinHashFilter
from evaluators.novelty.rouge_l import RougeLFilter
from generator.against.digests import find_sources, settle_against
from generator.against.index import BATCH, Against, build_index, make_measure
from generator.against.opening import FOLDER, open_against
from generator.config import RunConfig, make_config
from generator.errors import ConfigError, SeedError
from generator.pool import Alike
from generator.settings.novelty import NoveltyConfig
from tests.command_line import Room, check_refused
from tests.rig import Rig
from tests.scripted import Scripted

WORDS = "write list explain tide copper bread river poem of a the for in two three 写 一 首 诗 关 于 春 天".split()
TEXTS = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)


def write_set(path: Path, instructions: Sequence[str]) -> Path:
    path.write_text("".join(json.dumps({"instruction": one}) + "\n" for one in instructions), encoding="utf-8")
    return path


def configure(room: Path, *sources: Path, **settings: Any) -> RunConfig:
    novel = {"against": {"novel": [str(source) for source in sources]}, "runs_dir": str(room / "runs")}
    return settle_against(make_config(novel | settings))


def open_index(room: Path, *sources: Path, **settings: Any) -> Against:
    opened = open_against(configure(room, *sources, **settings))
    assert opened is not None
    return opened


def find_slowly(texts: Sequence[str], text: str) -> tuple[str, float, int] | None:
    """Return what filters say that hold the texts in memory."""
    for one in (RougeLFilter(), MinHashFilter()):
        for number, other in enumerate(texts):
            one.add(str(number), other, one.prepare(other))
        prepared: Any = one.prepare(text)
        found = one.nearest(prepared, above=one.threshold) if prepared else None
        if found is not None:
            return one.name, found.similarity, int(found.id)
    return None


def tell(found: Alike | None) -> tuple[str, float, int] | None:
    return (found.filter, found.neighbour.similarity, int(found.record.partition(":")[2]) - 1) if found else None


@settings(max_examples=40, deadline=None)
@given(st.lists(TEXTS.filter(str.strip), min_size=1, max_size=40), st.lists(TEXTS, min_size=1, max_size=4))
def test_a_stored_index_says_what_filters_in_memory_say(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], asked: list[str]
) -> None:
    room = tmp_path_factory.mktemp("room")
    index = open_index(room, write_set(room / "earlier.jsonl", texts))
    for text in [*asked, *texts[:2]]:
        assert tell(index.find(text)) == find_slowly(texts, text)


def test_evidence_names_source_record_and_text(tmp_path: Path) -> None:
    text = "Describe how a tide forms in two short sentences."
    source = write_set(tmp_path / "earlier.jsonl", ["Name three rivers of Europe.", text])
    found = open_index(tmp_path, source).find(text + " Please.")
    assert found is not None
    evidence = found.describe()
    assert (found.reason, evidence["source"], evidence["record"]) == ("against", "earlier.jsonl", "earlier.jsonl:2")
    assert evidence["neighbour_text"] == text
    assert 0.7 < evidence["similarity"] < 1


def test_what_shares_nothing_is_novel_at_any_threshold(tmp_path: Path) -> None:
    index = open_index(tmp_path, write_set(tmp_path / "earlier.jsonl", ["Name three rivers."]), novelty={"rouge_l": 0})
    assert index.find("Explain copper.") is None
    assert index.find("Explain three things.") is not None


def test_the_order_of_sources_says_nothing(tmp_path: Path) -> None:
    text = "Describe how a tide forms in two short sentences."
    sources = [write_set(tmp_path / name, [text]) for name in ("b.jsonl", "a.jsonl")]
    found = [open_index(tmp_path, *order).find(text) for order in (sources, sources[::-1])]
    assert found[0] == found[1]
    assert found[0] is not None
    assert found[0].source == "a.jsonl"


def test_an_index_is_built_once_and_again_where_source_or_settings_change(tmp_path: Path) -> None:
    source = write_set(
        tmp_path / "earlier.jsonl", [f"Count the rivers of country number {n}." for n in range(BATCH + 3)]
    )
    folder = tmp_path / "runs" / FOLDER

    def list_built() -> list[str]:
        return sorted(path.name for path in folder.iterdir() if path.is_dir())

    assert len(open_index(tmp_path, source)._indexes[0]) == BATCH + 3
    first = list_built()
    stamps = [path.stat().st_mtime_ns for path in folder.rglob("*")]
    open_index(tmp_path, source, novelty={"rouge_l": 0.6})
    assert [path.stat().st_mtime_ns for path in folder.rglob("*")] == stamps
    open_index(tmp_path, source, novelty={"minhash": 0.8})
    assert len(list_built()) == 2
    write_set(source, ["Another record, of another time."])
    open_index(tmp_path, source)
    assert len(list_built()) == 3
    assert first[0] in list_built()


def test_a_source_that_changes_while_it_is_indexed_makes_no_index(tmp_path: Path) -> None:
    source = write_set(tmp_path / "earlier.jsonl", ["Name three rivers.", "Name three lakes."])
    config = configure(tmp_path, source)
    named = find_sources(config.against, config.runs_dir)[0][0]
    with pytest.raises(ConfigError, match="changed while it was read"):
        build_index(
            named, tmp_path / "cache", make_measure(NoveltyConfig()), lambda *_: write_set(source, ["Else."]) and None
        )
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["lock"]


def test_a_broken_record_is_told_by_its_line(tmp_path: Path) -> None:
    source = write_set(tmp_path / "earlier.jsonl", ["Name three rivers."])
    with source.open("a") as file:
        file.write("{broken\n")
    with pytest.raises(SeedError, match=r"earlier\.jsonl:2:"):
        open_index(tmp_path, source)


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path, evolve={"rounds": 2}, policy={"critic": False})


def settle(rig: Rig, **against: Any) -> dict[str, Any]:
    """Return the settings of a rig's runs that are held against sources, as the command line would resolve them."""
    config = settle_against(make_config({"against": against, "runs_dir": str(rig.room / "runs")}))
    return {"against": config.against.model_dump(), "runs_dir": str(rig.room / "runs")}


def take_accepted(rig: Rig) -> list[str]:
    ending, _ = rig.run()
    assert ending.exit_status == 0
    return [row["instruction"] for row in rig.dataset]


def begin_again(rig: Rig, name: str = "again") -> None:
    rig.folder = type(rig.folder)(str(rig.room / "runs"), name)


def test_a_run_rejects_what_an_earlier_one_has_and_counts_by_source(rig: Rig) -> None:
    accepted = take_accepted(rig)
    source = write_set(rig.room / "team.jsonl", accepted[:3])
    begin_again(rig)
    ending, run = rig.run(**settle(rig, novel=[str(source)]))
    assert ending.exit_status == 0
    rejects = [row for row in rig.rejects if row["reason"] == "against"]
    assert {row["instruction"] for row in rejects} >= set(accepted[:3])
    assert {row["stage"] for row in rejects} == {"novelty"}
    assert all(row["evidence"]["source"] == "team.jsonl" and row["evidence"]["similarity"] > 0.7 for row in rejects)
    assert run.funnel.describe()["against"] == {"team.jsonl": len(rejects)}
    assert not {row["instruction"] for row in rig.dataset} & set(accepted[:3])


def test_a_run_held_against_sources_is_the_same_at_any_concurrency(rig: Rig) -> None:
    accepted = take_accepted(rig)
    source = write_set(rig.room / "team.jsonl", accepted[:3])
    benchmark = rig.room / "bench.jsonl"
    benchmark.write_text(json.dumps({"question": " ".join([accepted[4]] * 3)}) + "\n")
    against = settle(rig, novel=[str(source)], benchmarks=[str(benchmark)])
    seen = set()
    for concurrency in (1, 4, 32):
        begin_again(rig, f"c{concurrency}")
        rig.run(**against, concurrency=concurrency)
        seen.add(rig.bytes)
    assert len(seen) == 1


def test_a_run_goes_on_only_against_what_it_began_with(rig: Rig) -> None:
    accepted = take_accepted(rig)
    source = write_set(rig.room / "team.jsonl", accepted[:3])
    begin_again(rig)
    rig.run(**settle(rig, novel=[str(source)]))
    moved = source.rename(rig.room / "runs" / "team.jsonl")
    rig.run(**settle(rig, novel=[str(moved)]))
    write_set(moved, accepted[:2])
    with pytest.raises(ConfigError, match=r"against\.holds: .*team\.jsonl sha256:"):
        rig.run(**settle(rig, novel=[str(moved)]))


def test_what_a_saved_configuration_says_is_held_is_checked(tmp_path: Path) -> None:
    source = write_set(tmp_path / "team.jsonl", ["Name three rivers."])
    config = configure(tmp_path, source)
    write_set(source, ["Name four rivers."])
    with pytest.raises(ConfigError, match=r"has changed since .*\n  novel team\.jsonl"):
        settle_against(config)
    with pytest.raises(ConfigError, match="has changed while"):
        open_against(config)


def test_two_sources_of_one_name_are_refused_and_one_given_twice_counts_once(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    source = write_set(tmp_path / "team.jsonl", ["Name three rivers."])
    assert len(configure(tmp_path, source, source).against.novel) == 1
    with pytest.raises(ConfigError, match=r"both called `team\.jsonl`"):
        configure(tmp_path, source, write_set(tmp_path / "other" / "team.jsonl", ["Name four rivers."]))


QUESTION = "Natalia sold clips to forty eight of her friends in April and then half as many clips again in May"


class Leaky:
    """Stands between a run and its scripted back end: every answer to a task quotes a test question."""

    name = "leaky"

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def complete(self, request: Any) -> Any:
        completion = await self._inner.complete(request)
        if request.template.startswith("respond/"):
            return type(completion)(text=f"{completion.text} {QUESTION}.", model=completion.model)
        return completion

    async def close(self) -> None:
        pass


def test_a_response_that_quotes_a_benchmark_is_rejected_with_the_ngram(rig: Rig) -> None:
    for name, text in (("gsm.jsonl", QUESTION + "."), ("short.jsonl", " ".join(QUESTION.split()[:9]))):
        (rig.room / name).write_text(json.dumps({"question": text, "answer": "72"}) + "\n")
    other = {"question": "Which river of the north is the longest of all these rivers?"}
    (rig.room / "clean.jsonl").write_text(json.dumps(other))
    names = [str(rig.room / name) for name in ("gsm.jsonl", "short.jsonl", "clean.jsonl")]
    ending, run = rig.run(Leaky(Scripted()), **settle(rig, benchmarks=names))
    assert ending.exit_status == 1
    assert rig.dataset == []
    rejects = [row for row in rig.rejects if row["reason"] == "contaminated"]
    assert rejects
    for row in rejects:
        evidence = row["evidence"]
        assert (row["stage"], evidence["benchmark"], evidence["record"]) == ("novelty", "gsm.jsonl", "gsm.jsonl:1")
        assert evidence["ngram"] == " ".join(QUESTION.lower().split()[:13])
        assert evidence["benchmarks"] == {"gsm.jsonl": 13, "short.jsonl": 8}
        assert QUESTION in evidence["response"]
    count = len(rejects)
    assert run.funnel.describe()["contaminated"] == {
        "clean.jsonl": {"13": 0, "8": 0}, "gsm.jsonl": {"13": count, "8": count}, "short.jsonl": {"13": 0, "8": count}
    }  # fmt: skip


def test_an_instruction_from_a_benchmark_is_rejected_before_its_response_is_paid_for(rig: Rig) -> None:
    accepted = take_accepted(rig)
    (rig.room / "bench.jsonl").write_text(json.dumps({"question": " ".join([accepted[0]] * 3)}) + "\n")
    begin_again(rig)
    rig.run(**settle(rig, benchmarks=[str(rig.room / "bench.jsonl")], ngrams=[4]))
    row = next(row for row in rig.rejects if row["instruction"] == accepted[0])
    assert row["reason"] == "contaminated"
    assert "response" not in row["evidence"]


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Room:
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    return Room(tmp_path, monkeypatch, capsys)


def test_the_command_line_takes_sources_and_benchmarks(room: Room) -> None:
    assert room.call("evolve", "seeds.jsonl", "--rounds", "1", "--run", "one").status == 0
    accepted = room.read_lines("one")
    room.write("bench.jsonl", json.dumps({"question": accepted[0]["instruction"] + " " + accepted[0]["instruction"]}))
    ended = room.call(
        "evolve", "seeds.jsonl", "--rounds", "1", "--run", "two", "--novel-against", "one", "--benchmark", "bench.jsonl",
        "--json",
    )  # fmt: skip
    assert ended.json["candidates"]["against"]["one"] == len(accepted)
    assert set(ended.json["candidates"]["contaminated"]) == {"bench.jsonl"}
    saved = (room.path / "runs" / "two" / "config.toml").read_text()
    assert "novel one sha256:" in saved
    assert "benchmark bench.jsonl sha256:" in saved
    assert room.call("evolve", "--config", "runs/two/config.toml").status == 1


def test_a_configuration_file_names_sources_from_where_it_lies_or_runs(room: Room) -> None:
    assert room.call("evolve", "seeds.jsonl", "--rounds", "1", "--run", "one").status == 0
    room.write("there/team.jsonl", json.dumps({"instruction": "Name three rivers."}) + "\n")
    room.write("there/my.toml", '[against]\nnovel = ["team.jsonl", "one"]\n')
    ended = room.call("evolve", "seeds.jsonl", "--rounds", "1", "--config", "there/my.toml", "--json")
    assert set(ended.json["candidates"]["against"]) == {"one", "team.jsonl"}


def test_what_is_not_there_is_refused_before_anything_is_made(room: Room) -> None:
    check_refused(room, ["evolve", "seeds.jsonl", "--novel-against", "nothing"], "nothing")
    check_refused(room, ["evolve", "seeds.jsonl", "--benchmark", "none.jsonl"], "none.jsonl")

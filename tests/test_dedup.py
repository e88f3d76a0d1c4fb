"""`dedup`: the decisions of a run's filters, over files, to the byte, and every record accounted for."""

from __future__ import annotations

import asyncio
import json
import math
import random
import signal
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.novelty.exact import normalise_text
from evaluators.novelty.semantic import SemanticFilter
from generator import catalog
from generator.config import RunConfig
from generator.dedup import job
from generator.dedup.filters import read_names, sample_examples
from generator.dedup.gate import Decision, Gate
from generator.dedup.writing import format_values
from generator.errors import ConfigError
from generator.seed_files.unpack import open_unpacked
from generator.settings.novelty import NoveltyConfig
from generator.types import Example, Lineage
from tests.command_line import Room, start
from tests.embedding_server import serve_embeddings
from tests.test_semantic import Letters


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Room:
    return Room(tmp_path, monkeypatch, capsys)


def make_texts(count: int) -> list[str]:
    """Return texts of which many are copies of others, some of them edited."""
    draw = random.Random("dedup texts")
    words = [f"w{number}" for number in range(60)]
    texts: list[str] = []
    for _ in range(count):
        if texts and draw.random() < 0.5:
            parts = draw.choice(texts).split()
            if draw.random() < 0.8:
                parts[draw.randrange(len(parts))] = draw.choice(words)
            texts.append(" ".join(parts))
        else:
            texts.append(" ".join(draw.choices(words, k=draw.randint(4, 12))))
    return texts


def make_filters(names: Sequence[str] = ("exact", "rouge_l", "minhash")) -> list[Any]:
    return [catalog.make_filter(name, NoveltyConfig()) for name in names]


def decide(texts: Sequence[str], batch: int, dear: Any = None) -> list[Decision]:
    gate = Gate(make_filters(), dear)
    decisions: list[Decision] = []
    for first in range(0, len(texts), batch):
        part = texts[first : first + batch]
        decisions += gate.decide([str(first + number) for number in range(len(part))], part)
    return decisions


def test_batches_change_nothing_and_what_is_stopped_is_not_embedded() -> None:
    texts = make_texts(300)
    embedder = Letters()
    one_by_one = decide(texts, 1, SemanticFilter(embedder, 0.97))
    assert {decision.reason for decision in one_by_one} == {"", "exact", "rouge_l", "semantic"}
    stopped = [text for text, one in zip(texts, one_by_one, strict=True) if one.reason in ("exact", "rouge_l")]
    assert len(embedder.asked) == len(texts) - len(stopped)
    for batch in (7, 64, 300):
        assert decide(texts, batch, SemanticFilter(Letters(), 0.97)) == one_by_one


def test_the_dear_filter_may_be_the_only_one() -> None:
    decisions = Gate([], SemanticFilter(Letters(), 0.97)).decide(["0", "1", "2"], ["abc", "cab", "xyz"])
    assert [one.reason for one in decisions] == ["", "semantic", ""]


def test_the_decisions_are_those_of_a_run() -> None:
    texts = make_texts(200)
    pool = catalog.make_pool(RunConfig())

    async def go() -> list[tuple[str, str] | None]:
        found: list[tuple[str, str] | None] = []
        for number, text in enumerate(texts):
            probe = await pool.prepare(text)
            assert probe is not None
            alike = pool.look(probe)
            found.append((alike.filter, alike.neighbour.id) if alike else None)
            if alike is None:
                example = Example(id=str(number), instruction=text, lineage=Lineage(recipe="test"))
                pool.add(example, probe)
        return found

    gate = Gate(make_filters(("rouge_l", "minhash")))
    decisions = gate.decide([str(number) for number in range(len(texts))], texts)
    assert [(one.reason, one.neighbour.id) if one.neighbour else None for one in decisions] == asyncio.run(go())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(alphabet="aB \u3000.👍写", max_size=6), max_size=40))
def test_exact_keeps_the_first_of_each(texts: list[str]) -> None:
    decisions = Gate(make_filters(("exact",))).decide([str(number) for number in range(len(texts))], texts)
    first: dict[str, int] = {}
    for number, (text, decision) in enumerate(zip(texts, decisions, strict=True)):
        normal = normalise_text(text)
        if normal and normal in first:
            assert decision.neighbour is not None
            assert int(decision.neighbour.id) == first[normal]
        else:
            assert decision.reason == ""
            first.setdefault(normal, number)


def test_a_sample_is_whole_or_fair_and_the_same_each_time() -> None:
    examples = [Example(id=str(number), instruction="x", lineage=Lineage(recipe="test")) for number in range(500)]
    assert sample_examples(examples, 500) == examples
    sample = sample_examples(iter(examples), 50)
    assert len({one.id for one in sample}) == 50
    assert sample == sample_examples(examples, 50)
    assert 150 < sum(int(one.id) for one in sample) / 50 < 350


def test_names_are_put_in_order_and_unknown_ones_refused() -> None:
    assert read_names("minhash, exact") == ("exact", "minhash")
    with pytest.raises(ConfigError, match="levenshtein"):
        read_names("levenshtein")


LINES = (
    '{"instruction": "Name three rivers of Europe.",  "output": "a", "n": 1e2, "é": [null]}',
    '{"instruction": "Bake a loaf of bread with rye.", "output": "b"}',
    '{"instruction": "name THREE rivers of  Europe.", "output": "a longer answer", "keep": "me?"}',
    '{"instruction": "Explain how a copper wire conducts.", "input": "\\u00e9", "output": ""}',
    '{"instruction": "Explain how the copper wire conducts.", "output": ""}',
)


def write_lines(room: Room, name: str, lines: Sequence[str] = LINES) -> None:
    room.write(name, "".join(line + "\n" for line in lines))


def read_rows(room: Room, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (room.path / name).read_text(encoding="utf-8").splitlines()]


def test_lines_are_kept_to_the_byte_and_everything_is_accounted_for(room: Room) -> None:
    write_lines(room, "a.jsonl")
    ended = room.call("dedup", "a.jsonl", "-o", "out.jsonl", "--report", "report.jsonl", "--json")
    assert ended.status == 0, ended.err
    assert (room.path / "out.jsonl").read_text(encoding="utf-8").splitlines() == [LINES[0], LINES[1], LINES[3]]
    told = ended.json
    assert (told["read"], told["kept"], told["removed"]) == (5, 3, 2)
    assert told["reasons"] == {"exact": 1, "rouge_l": 1}
    rows = read_rows(room, "report.jsonl")
    assert [(row["line"], row["reason"], row["duplicate_of"]["line"], row["similarity"]) for row in rows] == [
        (3, "exact", 1, 1.0), (5, "rouge_l", 4, 2 * (5 / 6) * (5 / 6) / (5 / 6 + 5 / 6))  # rouge-score's own arithmetic
    ]  # fmt: skip
    assert rows[1]["text_of_kept"] == "Explain how a copper wire conducts."
    assert sorted(path.name for path in room.path.iterdir()) == ["a.jsonl", "out.jsonl", "report.jsonl", "seeds.jsonl"]
    plain = room.call("dedup", "a.jsonl")
    assert "3 of 5 records kept (nothing is written: give -o FILE)" in plain.out
    assert "1 of a.jsonl:1: Name three rivers of Europe." in plain.out


@pytest.mark.parametrize("name", ["out.jsonl.gz", "out.jsonl.zst"])
def test_a_packed_name_packs(room: Room, name: str) -> None:
    write_lines(room, "a.jsonl")
    for written in (False, True):  # the second time, the same bytes
        before = (room.path / name).read_bytes() if written else b""
        assert room.call("dedup", "a.jsonl", "-o", name).status == 0
        assert not written or (room.path / name).read_bytes() == before
    with open_unpacked(room.path / name) as lines:
        assert lines.read().decode("utf-8").splitlines() == [LINES[0], LINES[1], LINES[3]]


def test_the_longest_is_kept_where_asked(room: Room) -> None:
    write_lines(room, "a.jsonl")
    assert room.call("dedup", "a.jsonl", "-o", "out.jsonl", "--keep", "longest").status == 0
    assert (room.path / "out.jsonl").read_text(encoding="utf-8").splitlines() == [LINES[1], LINES[2], LINES[4]]


def test_the_text_compared_is_chosen(room: Room) -> None:
    same = {"instruction": "Translate this sentence into French."}
    rows = [same | {"input": f"{word} " * 6, "output": "x"} for word in ("tide", "bread", "tide")]
    write_lines(room, "a.jsonl", [json.dumps(row) for row in rows])
    kept = [
        room.call("dedup", "a.jsonl", "--text", text, "--json").json["kept"]
        for text in ("instruction", "instruction+input", "all")
    ]
    assert kept == [1, 2, 2]
    lower = room.call("dedup", "a.jsonl", "--text", "all", "--threshold-rouge-l", "0.2", "--by", "rouge_l", "--json")
    assert lower.json["kept"] == 1


def test_other_forms_runs_and_several_sources(room: Room) -> None:
    write_lines(room, "a.jsonl", LINES[:2])
    rows = [{"instruction": "Bake a loaf of bread with RYE.", "input": "", "output": "b"},
            {"instruction": "Count the moons of Jupiter.", "input": "", "output": "many", "theirs": [7]}]  # fmt: skip
    room.write("b.json", json.dumps(rows))
    room.write("c.jsonl", b"\xef\xbb\xbf" + LINES[3].encode() + b"\r\n" + LINES[3].encode())
    ended = room.call("dedup", "a.jsonl", "b.json", "c.jsonl", "a.jsonl", "-o", "out.jsonl", "--json")
    assert ended.status == 0, ended.err
    assert ended.json["read"] == 6  # a file that is named twice counts once
    kept = (room.path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert kept[:2] == list(LINES[:2])
    assert json.loads(kept[2]) == rows[1]
    assert kept[3:] == [LINES[3]]
    assert room.call("evolve", "seeds.jsonl", "--rounds", "1", "--run", "r", "--backend", "embedded").status == 0
    of_run = room.call("dedup", "r", "-o", "again.jsonl", "--json")
    assert of_run.status == 0, of_run.err
    assert (room.path / "again.jsonl").read_bytes() == (room.path / "runs/r/dataset.jsonl").read_bytes()


def test_no_field_of_theirs_is_lost_and_what_was_in_one_record_comes_out_apart(room: Room) -> None:
    room.write(
        "a.csv", "instruction,output,theirs\nName a river.,Elbe,1\nName a RIVER.,Rhine,2\nName a sea.,Baltic,3\n"
    )
    asked = [("Which river is the longest?", "Elbe"), ("Who bakes the bread?", "Ada")]
    answers = [{"question": one, "answers": [{"text": answer}]} for one, answer in asked]
    room.write("b.jsonl", json.dumps({"paragraphs": [{"context": "Ada bakes by the Elbe.", "qas": answers}]}))
    assert room.call("dedup", "a.csv", "b.jsonl", "-o", "out.jsonl").status == 0
    kept = [json.loads(line) for line in (room.path / "out.jsonl").read_text("utf-8").splitlines()]
    assert [row.get("theirs") for row in kept] == ["1", "3", None, None]
    assert [row["response"] for row in kept[2:]] == ["Elbe", "Ada"]
    again = room.call("dedup", "out.jsonl", "--json").json
    assert (again["read"], again["removed"]) == (4, 0)


def test_what_json_cannot_say_is_written_all_the_same() -> None:
    values = {"day": date(2024, 2, 29), "share": math.nan, "deep": [{"raw": b"x"}, None, True], "lone": "\ud800"}
    written = json.loads(format_values(values).encode("utf-8", "backslashreplace"))
    assert written == {"day": "2024-02-29", "share": None, "deep": [{"raw": "b'x'"}, None, True], "lone": "\ud800"}


def test_a_broken_line_stops_or_is_skipped_as_asked(room: Room) -> None:
    write_lines(room, "a.jsonl", [LINES[0], '{"instruction": 3, "tags": 4}', LINES[1], "not JSON", "", LINES[2]])
    stopped = room.call("dedup", "a.jsonl", "-o", "out.jsonl", "--report", "r.jsonl", "--json")
    assert stopped.status == 2
    assert "a.jsonl:2:" in stopped.err
    assert "a.jsonl:4:" in stopped.err
    assert sorted(path.name for path in room.path.iterdir()) == ["a.jsonl", "seeds.jsonl"]
    skipped = room.call("dedup", "a.jsonl", "-o", "out.jsonl", "--report", "r.jsonl", "--on-error", "skip", "--json")
    assert skipped.status == 0
    assert (skipped.json["read"], skipped.json["kept"], skipped.json["skipped"]) == (3, 2, 2)
    assert skipped.err.count("skipped: a.jsonl:2:") == 2  # two things are wrong with one record
    assert (room.path / "out.jsonl").read_text(encoding="utf-8").splitlines() == [LINES[0], LINES[1]]
    assert [row["line"] for row in read_rows(room, "r.jsonl") if row["decision"] == "skipped"] == [2, 2, 4]
    write_lines(room, "bad.jsonl", ["no"] * 50)
    many = room.call("dedup", "bad.jsonl", "-o", "none.jsonl")
    assert (many.status, many.err.count("bad.jsonl:")) == (2, 20)
    assert room.call("dedup", "bad.jsonl", "--on-error", "skip").status == 2  # nothing could be read
    assert not (room.path / "none.jsonl").exists()


def test_what_cannot_be_measured_is_kept_and_told(room: Room) -> None:
    write_lines(room, "a.jsonl", ['{"instruction": "👍"}', '{"instruction": "?!"}', '{"instruction": "👍"}'])
    ended = room.call("dedup", "a.jsonl", "--report", "r.jsonl", "--json")
    assert (ended.json["kept"], ended.json["reasons"]) == (2, {"exact": 1})
    assert ended.json["unmeasured"] == {"rouge_l": 2, "minhash": 2}
    assert [row["reason"] for row in read_rows(room, "r.jsonl")].count("unmeasurable") == 4


def test_sources_are_only_read(room: Room) -> None:
    write_lines(room, "a.jsonl")
    before = (room.path / "a.jsonl").read_bytes()
    (room.path / "link.jsonl").symlink_to("a.jsonl")
    for arguments in (
        ["-o", "a.jsonl"], ["-o", "link.jsonl"], ["--report", "./a.jsonl"], ["-o", "x", "--report", "x"],
        ["-o", "no/such/f"], ["-o", "x.parquet"],
    ):  # fmt: skip
        assert room.call("dedup", "a.jsonl", *arguments).status == 2, arguments
    assert room.call("dedup", "a.jsonl", "--threshold-minhash", "1.5").status == 2
    assert room.call("dedup", "missing.jsonl").status == 2
    assert (room.path / "a.jsonl").read_bytes() == before


def test_a_source_that_changes_meanwhile_writes_nothing(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    write_lines(room, "a.jsonl")
    settle = job._Job._settle

    def change(self: Any, item: Any, decision: Any) -> None:
        with (room.path / "a.jsonl").open("a") as file:
            file.write(LINES[1] + "\n")
        settle(self, item, decision)

    monkeypatch.setattr(job._Job, "_settle", change)
    ended = room.call("dedup", "a.jsonl", "-o", "out.jsonl")
    assert ended.status == 1
    assert "changed" in ended.err
    assert not (room.path / "out.jsonl").exists()


def test_killed_and_run_again_without_harm(room: Room) -> None:
    texts = make_texts(4000)
    write_lines(room, "a.jsonl", [json.dumps({"instruction": text}) for text in texts])
    arguments = ("dedup", "a.jsonl", "-o", "out.jsonl", "--report", "r.jsonl")
    process = start(room, *arguments)
    deadline = time.monotonic() + 60
    while not (room.path / "r.jsonl.tmp").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (room.path / "out.jsonl").exists()
    assert not (room.path / "r.jsonl").exists()
    assert room.call(*arguments).status == 0
    written = (room.path / "out.jsonl").read_bytes(), (room.path / "r.jsonl").read_bytes()
    assert room.call(*arguments).status == 0
    assert ((room.path / "out.jsonl").read_bytes(), (room.path / "r.jsonl").read_bytes()) == written
    assert not list(room.path.glob("*.tmp"))


def test_interrupted_it_says_so_and_leaves_nothing(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    write_lines(room, "a.jsonl")
    monkeypatch.setattr(Gate, "decide", interrupt)
    before = sorted(room.path.iterdir())
    ended = room.call("dedup", "a.jsonl", "-o", "out.jsonl", "--report", "report.jsonl", "--json")
    assert (ended.status, ended.json) == (130, {"error": "interrupted", "exit_status": 130})
    assert sorted(room.path.iterdir()) == before


def test_a_server_is_paid_once(room: Room) -> None:
    write_lines(room, "a.jsonl")
    with serve_embeddings() as log:
        arguments = ("dedup", "a.jsonl", "--by", "exact,semantic", "--embedder-model", "m", "--embedder-base-url", log.url,
                     "--report", "r.jsonl", "--json")  # fmt: skip
        first = room.call(*arguments)
        assert first.status == 0, first.err
        assert first.json["embedder"] == "m/8"
        asked = len(log.texts)
        assert asked == 6  # the probe, and each text
        assert room.call(*arguments).json == first.json
        assert len(log.texts) == asked


def test_tfidf_finds_what_was_turned_around(room: Room) -> None:
    pytest.importorskip("sklearn", reason="the extra [semantic] is not installed")
    texts = [
        "编写一个可以匹配有效电子邮件地址的正则表达式。",
        "可以匹配有效电子邮件地址的正则表达式，编写一个。",
        "什么是光合作用？",
    ]
    write_lines(room, "a.jsonl", [json.dumps({"instruction": text}) for text in texts])
    ended = room.call("dedup", "a.jsonl", "--by", "exact,semantic", "--report", "r.jsonl", "--json")
    assert ended.status == 0, ended.err
    assert ended.json["reasons"] == {"semantic": 1}
    (row,) = read_rows(room, "r.jsonl")
    assert row["embedder"].startswith("tfidf/512/")

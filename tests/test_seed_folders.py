"""Folders of several teams: what `seeds.toml` says, maps, quotas; merging with duplicates out and conflicts told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator.errors import SeedError
from generator.seed_files.folder import read_map, rename_fields
from generator.seed_files.read import read_folders, read_seeds
from generator.seeding import load_seeds
from generator.settings.seeds import ReadingConfig
from tests.command_line import Room


def write(path: Path, *rows: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_defaults_fill_what_a_record_leaves_open(tmp_path: Path) -> None:
    write(
        tmp_path / "law" / "a.jsonl",
        {"q": "Q", "doc": {"id": 7}},
        {"q": "R", "domain": "tax", "language": "en", "system": "Own."},
    )
    (tmp_path / "law" / "seeds.toml").write_text(
        'domain = "law"\nlanguage = "DE"\nlicense = "CC-BY-4.0"\nsystem_prompt = "Be exact."\nsource = "team"\n'
        '[map]\nq = "instruction"\n"doc.id" = "tags.doc"\n'
    )
    write(tmp_path / "law" / "deep" / "b.jsonl", {"q": "Deep"})
    write(tmp_path / "other.jsonl", {"instruction": "Other"})
    other, first, second, deep = read_seeds([tmp_path])
    assert (other.tags, other.language, other.system) == ({}, "", None)
    assert first.tags == {"domain": "law", "licence": "CC-BY-4.0", "source": "team", "doc": "7"}
    assert (first.language, first.system) == ("de", "Be exact.")
    assert (second.language, second.system, second.tags["domain"]) == ("en", "Own.", "tax")
    assert deep.tags["domain"] == "law"


@pytest.mark.parametrize(("text", "said"), [
    ("quta = 3", "seeds.toml:1: `quta`: there is no such setting. Do you mean `quota`?"),
    ("\nquota = 0", "seeds.toml:2: `quota`: must be greater than or equal to 1."),
    ("quota = \n", "seeds.toml:1: not TOML"),
    ("domain = 3", "seeds.toml:1: `domain`: must be a text, in quotes."),
])  # fmt: skip
def test_faults_of_seeds_toml_name_their_line(tmp_path: Path, text: str, said: str) -> None:
    write(tmp_path / "a.jsonl", {"instruction": "a"})
    (tmp_path / "seeds.toml").write_text(text)
    with pytest.raises(SeedError) as caught:
        read_seeds([tmp_path])
    assert said in str(caught.value)


def test_quotas_choose_the_same_tasks_whatever_the_order(tmp_path: Path) -> None:
    rows = [{"instruction": f"task {n}"} for n in range(30)]
    write(tmp_path / "one" / "a.jsonl", *rows)
    write(tmp_path / "two" / "b.jsonl", {"instruction": "lone"})

    def choose(quota: int) -> list[str]:
        (tmp_path / "one" / "seeds.toml").write_text(f"quota = {quota}")
        return [task.instruction for task, _ in read_folders([tmp_path]).tasks]

    seven, nine = choose(7), choose(9)
    assert len(seven) == 8
    assert set(seven) < set(nine)
    assert seven == [*sorted(seven[:-1], key=lambda text: int(text[5:])), "lone"]
    write(tmp_path / "one" / "a.jsonl", *reversed(rows))
    assert set(choose(7)) == set(seven)
    shares = [
        (Path(share.name).name, share.count, share.quota, share.used) for share in read_folders([tmp_path]).shares
    ]
    assert shares == [("one", 30, 7, 7), ("", 1, None, 1)]
    said: list[str] = []
    assert len(load_seeds([str(tmp_path)], said.append)) == 8
    assert any("7 of 30 tasks, by the quota" in line for line in said)


def test_cleaning_of_seeds_is_asked_for_and_told(tmp_path: Path) -> None:
    write(
        tmp_path / "a.jsonl", {"instruction": "cafÃ©  please", "language": "en"}, {"instruction": "x", "language": "en"}
    )
    said: list[str] = []
    assert [seed.instruction for seed in load_seeds([str(tmp_path)], said.append)] == ["cafÃ©  please", "x"]
    assert said == []
    cleaned = load_seeds([str(tmp_path)], said.append, ReadingConfig(clean="standard"))
    assert [seed.instruction for seed in cleaned] == ["café please", "x"]
    assert said == ["cleaning `standard`: 2 records, 1 changed (fix_text 1, white_space 1), 0 dropped"]
    with pytest.raises(SeedError, match="cleaning left no seed task"):
        load_seeds([str(tmp_path)], None, ReadingConfig(clean="document_b"))
    (tmp_path / "seeds.toml").write_text('clean = "none"')
    assert len(load_seeds([str(tmp_path)], None, ReadingConfig(clean="document_b"))) == 2


def test_maps() -> None:
    values = {"a": {"b": "x"}, "c": 1}
    assert rename_fields(values, {"a.b": "instruction", "c": "tags.n", "gone": "input"}) == {
        "a": {"b": "x"}, "instruction": "x", "tags": {"n": "1"}
    }  # fmt: skip
    assert read_map(["q=instruction"]) == {"q": "instruction"}
    with pytest.raises(SeedError, match="THEIR_FIELD=OUR_FIELD"):
        read_map(["q"])


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Room:
    return Room(tmp_path, monkeypatch, capsys)


def test_merge(room: Room) -> None:
    write(
        room.path / "a.jsonl",
        {"instruction": "Q", "response": "A", "language": "en"},
        {"instruction": "R", "response": "B", "language": "en"},
    )
    write(
        room.path / "b.jsonl",
        {"question": "Q", "answer": "A", "language": "en"},
        {"question": "R", "answer": "C", "language": "en", "source": "wiki"},
    )
    ended = room.call(
        "seeds",
        "merge",
        "a.jsonl",
        "b.jsonl",
        "-o",
        "m.jsonl",
        "--map",
        "question=instruction",
        "--map",
        "answer=response",
        "--json",
    )
    assert ended.status == 0, ended.err
    assert (ended.json["records"], ended.json["duplicates"], ended.json["conflict_count"]) == (3, 1, 1)
    [conflict] = ended.json["conflicts"]
    assert conflict["place"].endswith("b.jsonl:2")
    assert "a.jsonl:2, with another response" in conflict["message"]
    rows = [json.loads(line) for line in (room.path / "m.jsonl").read_text().splitlines()]
    assert [(row["instruction"], row["response"], row["tags"]["source"]) for row in rows] == [
        ("Q", "A", "a.jsonl"), ("R", "B", "a.jsonl"), ("R", "C", "wiki")
    ]  # fmt: skip
    refused = room.call("seeds", "merge", "a.jsonl", "-o", "m.csv")
    assert refused.status == 2
    assert "has to end in .jsonl" in refused.err

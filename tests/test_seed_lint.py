"""`seeds check` as a lint: findings with place, field and advice; `--fix` mends the form and nothing else."""

from __future__ import annotations

import codecs
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.seed_files.read import read_seeds
from generator.seed_lint.mend_json import mend_json
from generator.seed_lint.repair import repair_file
from tests.command_line import Room

GOOD = '{"instruction": "Say hello.", "language": "en"}'


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Room:
    return Room(tmp_path, monkeypatch, capsys)


def write(room: Room, name: str, *rows: dict[str, object]) -> None:
    room.write(name, "".join(json.dumps({"language": "en", **row}) + "\n" for row in rows))


def test_findings(room: Room) -> None:
    write(
        room, "a.jsonl", {"instruction": "Describe how a tide forms on the coast of Wales in spring.", "response": "A"},
        {"instruction": "Describe how a tide forms on the coast of Wales in autumn.", "response": "B"},
        {"instruction": "Describe how a tide forms on the coast of Wales in spring.", "response": "C"},
        {"instruction": "Mail it.", "response": "To anna.k@firma.de or x@example.com", "language": None},
        {"instruction": "Unlike all others here", "history": [["Call +49 30 1234567", "Done"]]},
    )  # fmt: skip
    ended = room.call("seeds", "check", "a.jsonl", "--json")
    assert ended.status == 0, ended.err
    found = {(one["place"], one["kind"], one["field"]) for one in ended.json["findings"]}
    assert found == {
        ("a.jsonl:2", "near_duplicate", "instruction"), ("a.jsonl:3", "conflict", "response"),
        ("a.jsonl:4", "no_language", "language"), ("a.jsonl:4", "pii", "response"), ("a.jsonl:5", "pii", "history[0]"),
    }  # fmt: skip
    assert ended.json["finding_counts"] == {"near_duplicate": 1, "conflict": 1, "no_language": 1, "pii": 2}
    said = room.call("seeds", "check", "a.jsonl").out
    assert "anna.k" not in said
    assert "email at characters 4 to 18 ('an…de')" in said
    assert "note: a.jsonl:3: conflict: `response`: the same instruction as a.jsonl:1, with another response." in said


def test_many_findings_are_counted_and_shown_bounded(room: Room) -> None:
    write(room, "a.jsonl", *({"instruction": f"{n}" * 9, "response": f"mail{n}@firma.de"} for n in range(50)))
    ended = room.call("seeds", "check", "a.jsonl")
    assert "note: … and 30 more of the kind pii" in ended.out
    assert ended.out.count(": pii:") == 20


def test_shares_of_teams(room: Room) -> None:
    for team, count in (("law", 6), ("tax", 2)):
        write(room, f"{team}/a.jsonl", *({"instruction": f"{team} {n}"} for n in range(count)))
        room.write(f"{team}/seeds.toml", f'domain = "{team}"\nquota = 4\n')
    ended = room.call("seeds", "check", "law", "tax", "--json")
    told = ("count", "quota", "used", "share", "fair_share")
    assert [(Path(row["folder"]).name, *(row[name] for name in told)) for row in ended.json["shares"]] == [
        ("law", 6, 4, 4, 0.6667, 0.5), ("tax", 2, 4, 2, 0.3333, 0.5)
    ]  # fmt: skip
    assert (
        "law: 6 tasks, quota 4, 4 used (67% of all, fair would be 50%)" in room.call("seeds", "check", "law", "tax").out
    )


def test_maps_and_paths_on_the_command_line(room: Room) -> None:
    room.write("a.jsonl", json.dumps({"ask": "Q", "say": "A"}) + "\n")
    assert room.call("seeds", "check", "a.jsonl").status == 2
    ended = room.call("seeds", "check", "a.jsonl", "--map", "ask=instruction", "--map", "say=response")
    assert ended.status == 0
    assert "1 task (jsonl, shape own, en 1)" in ended.out


MENDED = [
    ("a.jsonl", codecs.BOM_UTF8 + f"{GOOD}  \r\n{GOOD}".encode(), f"{GOOD}\n{GOOD}\n"),
    ("a.jsonl", codecs.BOM_UTF16_LE + GOOD.encode("utf-16-le"), f"{GOOD}\n"),
    ("a.jsonl", f"{GOOD}\n".encode("utf-16-le"), f"{GOOD}\n"),
    ("a.csv", "instruction\n写一首关于春天的诗\n".encode("utf-16-be"), "instruction\n写一首关于春天的诗\n"),
    ("a.jsonl", '{"instruction": "\ud83c\udf55?"}\n'.encode("utf-8", "surrogatepass"), '{"instruction": "🍕?"}\n'),
    ("a.jsonl", '{"instruction": "Café?"}\n'.encode("cp1252"), '{"instruction": "Café?"}\n'),
    ("a.csv", "instruction\n写一首诗\n".encode("gb18030"), "instruction\n写一首诗\n"),
    ("a.jsonl", "{“instruction”: “Say “hi” to me”, \"language\": \"en\"}\n".encode(),
     '{"instruction": "Say “hi” to me", "language": "en"}\n'),
    ("a.jsonl", (GOOD[:-1] + ",}\n" + GOOD + ",\n").encode(), f"{GOOD}\n{GOOD}\n"),
    ("a.json", f"[{GOOD},\n {GOOD},\n]".encode(), f"[{GOOD},\n {GOOD}\n]\n"),
    ("a.json", f"[{GOOD},\u00a0{GOOD}]".encode(), f"[{GOOD}, {GOOD}]\n"),
    ("a.jsonl", '{"instruction"："a，b：c"，"language":"zh"}\n'.encode(), '{"instruction":"a，b：c","language":"zh"}\n'),
    ("a.yaml", b"- instruction: a\r\n", "- instruction: a\n"),
    ("a.csv", b"instruction,output\ra,b\r", "instruction,output\na,b\n"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "raw", "mended"), MENDED)
def test_what_is_safe_is_mended_and_the_old_file_stays(tmp_path: Path, name: str, raw: bytes, mended: str) -> None:
    path = tmp_path / name
    path.write_bytes(raw)
    repair = repair_file(path)
    assert path.read_text(encoding="utf-8") == mended
    assert repair.original == tmp_path / f"{name}.orig"
    assert (tmp_path / f"{name}.orig").read_bytes() == raw
    assert repair.rules
    assert len(read_seeds([path])) == 1
    again = repair_file(path)
    assert (again.rules, again.original) == ({}, None)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("raw", [
    b'{"instruction": "a" "b"}\n', "{\"instruction\": \"curly “quotes” in, } a text,]\"}\n".encode(), b"{'instruction': 'a'}\n",
    b"\x1f\x8b\x08\x00", b"", b'{"instruction": "a\0b", "x": "\xe9"}\n', b'{"instruction": "a\0b"}\n',
    b'{"instruction": "a"}\n',
])  # fmt: skip
def test_what_is_not_safe_stays_as_it_is(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(raw)
    assert repair_file(path).original is None
    assert path.read_bytes() == raw


def test_line_ends_of_tables_stay_as_their_standard_has_them(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'instruction,output\r\n"a\r\nb",c\r\n')
    assert repair_file(path).rules == {}
    path.write_bytes(b"instruction,output\r\na,c")
    assert repair_file(path).rules == {"last_line_end": 1}
    assert path.read_bytes().endswith(b"a,c\r\n")


def test_old_files_are_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    for _ in range(2):
        path.write_bytes(f"{GOOD}\r\n".encode())
        repair_file(path)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.jsonl", "a.jsonl.orig", "a.jsonl.orig2"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(value=VALUES, ascii_only=st.booleans())
def test_sound_json_is_never_changed_in_what_it_says(value: object, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert json.loads(mend_json(text, Counter())) == value


def test_the_command_mends_then_checks(room: Room) -> None:
    room.write("a.jsonl", codecs.BOM_UTF16_LE + f"{GOOD}\n".encode("utf-16-le"))
    assert room.call("seeds", "check", "a.jsonl").status == 2
    ended = room.call("seeds", "check", "a.jsonl", "--fix")
    assert ended.status == 0, ended.out
    assert "a.jsonl: mended: utf-16-le 1; the old file is a.jsonl.orig" in ended.out
    [repair] = room.call("seeds", "check", "a.jsonl", "--fix", "--json").json["repairs"]
    assert repair == {"path": "a.jsonl", "mended": {}, "original": None, "reason": ""}


def test_two_questions_about_one_text_are_no_twins(room: Room) -> None:
    text = "The river rises in the hills north of the town, and it is crossed by nine bridges before it meets the sea."
    rows = [{"instruction": asked, "input": text, "language": "en"} for asked in (
        "Where does it rise?", "How many bridges cross it?", "How many bridges are there that cross it?",
    )]  # fmt: skip
    write(room, "a.jsonl", *rows)
    found = room.call("seeds", "check", "a.jsonl", "--json").json["findings"]
    assert [one["place"] for one in found if one["kind"] == "near_duplicate"] == ["a.jsonl:3"]


def test_a_merge_tells_conflicts_with_both_places_and_keeps_them(room: Room) -> None:
    rows = [{"instruction": f"Name river {n}.", "response": "Rhine."} for n in range(30)]
    room.write("a.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    room.write("b.jsonl", "".join(json.dumps(row | {"response": "Ebro."}) + "\n" for row in rows) + "{broken\n")
    arguments = ["seeds", "merge", "a.jsonl", "b.jsonl", "a.jsonl", "-o", "all.jsonl"]
    ended = room.call(*arguments)
    assert ended.status == 0, ended.err
    assert ended.out == "60 records → all.jsonl; 30 duplicates left out, 30 conflicts, 1 faults\n"
    assert "b.jsonl:1: conflict: `response`: the same instruction as a.jsonl:1, with another response" in ended.err
    assert "… and 10 more conflicts" in ended.err
    assert "fault: b.jsonl:31" in ended.err
    told = room.call(*arguments, "--json").json
    assert (told["conflict_count"], told["duplicates"], told["by_file"]) == (30, 30, {"a.jsonl": 30, "b.jsonl": 30})
    tags = [json.loads(line)["tags"]["source"] for line in (room.path / "all.jsonl").read_text().splitlines()]
    assert tags == ["a.jsonl"] * 30 + ["b.jsonl"] * 30


def test_what_cannot_be_read_is_told_by_line(room: Room) -> None:
    room.write("some.jsonl", '{"instruction": "Write to Anna.", "language": "en"}\n{"instruction": \n')
    ended = room.call("augment", "some.jsonl", "--with", "substitution", "--backend", "embedded", "--run", "r")
    assert "fault: some.jsonl:2: broken JSON" in ended.err
    room.write("none.jsonl", '{"instruction": \n')
    ended = room.call("augment", "none.jsonl", "--with", "substitution", "--backend", "embedded")
    assert ended.status == 2
    assert "fault: none.jsonl:1:" in ended.err
    assert "no record in it" in ended.err
    assert "--with names none" in room.call("augment", "some.jsonl", "--with", ",").err

"""Cleaning: by named profiles alone; code stays; nothing is silent."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.cleaning.clean import Change, Cleaner
from generator.cleaning.profiles import PROFILES, RULES, find_profile
from generator.cleaning.steps import MENDING, fix_text, settle_white_space
from generator.errors import ConfigError
from generator.types import Example, Lineage, SeedTask, Turn
from tests.command_line import Room

POEM = "春眠不觉晓处处闻啼鸟夜来风雨声花落知多少"
CODE = "```python\nx = 'cafÃ©'   # <b>a</b>\n\n\n\ny\u00a0= 1  \n```"


def make(instruction: str, response: str = "", **more: object) -> Example:
    return SeedTask(instruction=instruction, response=response, language="en", **more).to_example()  # type: ignore[arg-type]


def clean(example: Example, names: str) -> tuple[Example | None, list[Change], Cleaner]:
    changes: list[Change] = []
    cleaner = Cleaner(find_profile(names), changes.append)
    return cleaner.clean(example, "a.jsonl:1"), changes, cleaner


def test_standard_mends_prose_and_leaves_code() -> None:
    example = make(
        f"cafÃ©  please\r\n\r\n\r\n\r\n{CODE}\nEnd  ", "e\u0301", history=(Turn(role="user", content="hi  there"),)
    )
    cleaned, changes, cleaner = clean(example, "standard")
    assert cleaned is not None
    assert cleaned.instruction == f"café please\n\n{CODE}\nEnd"
    assert (cleaned.response, cleaned.history[0].content) == ("é", "hi there")
    assert cleaned.id == make(cleaned.instruction, "é", history=cleaned.history).id != example.id
    assert [(change.rule, change.field) for change in changes] == [
        ("fix_text", "instruction"), ("nfc", "response"), ("white_space", "instruction"), ("white_space", "history[0]")
    ]  # fmt: skip
    assert cleaner.changed == {"fix_text": 1, "nfc": 1, "white_space": 2}
    assert changes[1] == Change("a.jsonl:1", "nfc", "response", "e\u0301", "é")


def test_what_needs_nothing_is_the_same_object_and_a_runs_record_keeps_its_id() -> None:
    example = make("Name a river.", "“Rhine” — 全角，标点！ ﬁne, Ａ")
    assert clean(example, "web")[0] is example
    made = example.model_copy(update={"id": "made", "instruction": "a  b", "lineage": Lineage(recipe="evolve")})
    cleaned = clean(made, "standard")[0]
    assert cleaned is not None
    assert (cleaned.id, cleaned.instruction) == ("made", "a b")


def test_thresholds_are_those_of_the_document_and_judge_by_language() -> None:
    long = " ".join(f"w{n}" for n in range(20))
    for instruction, response, rule in [
        ("One two three four", long, "words.instruction"), ("One two three four five", long[:-4], "words.response"),
        ("One two three four five", "a b " * 30, "ttr.response"), ("One two three four five", long, None),
        ("写一首诗吧", POEM, None), ("写一首诗", POEM, "words.instruction"),
        ("One two three four five", "", None),
    ]:  # fmt: skip
        cleaned, changes, cleaner = clean(make(instruction, response), "document_b")
        assert (cleaned is None) == (rule is not None), (instruction, changes)
        assert list(cleaner.dropped) == ([rule] if rule else [])
    assert changes == []


def test_html_goes_unless_the_task_is_about_it() -> None:
    assert clean(make("Say it.", "<p>Yes.</p>"), "web")[0] == make("Say it.", "Yes.")
    about = make("Correct this HTML.", "<p>Yes.</p>")
    assert clean(about, "web")[0] is about
    assert clean(make("Say it.", "<p>Yes.</p>"), "standard")[1] == []


def test_spaces_beside_code_stay() -> None:
    text = "Use  `a`  and `b` , then\n`c` now.  \nEnd `d`"
    assert settle_white_space(text) == "Use  `a`  and `b` , then\n`c` now.\nEnd `d`"


def test_urls_and_document_c_are_opt_in() -> None:
    example = make("See https://x.y/z?a=1 now, `https://code`.", "Hi, 世界! a=1;")
    for name in ("standard", "web", "lengths", "document_b"):
        assert "urls" not in [step.rule for step in PROFILES[name].steps]
        assert "keep_words" not in [step.rule for step in PROFILES[name].steps]
    cleaned = clean(example, "no_urls")[0]
    assert cleaned is not None
    assert cleaned.instruction == "See now, `https://code`."
    words = clean(example, "document_c")[0]
    assert words is not None
    assert (words.instruction, words.response) == ("See now httpscode", "Hi 世界 a1")


def test_duplicates_are_told_from_conflicts() -> None:
    cleaner = Cleaner(find_profile("standard"))
    kept = [cleaner.clean(make(text, response), "x") is not None for text, response in [
        ("Name a river.", "Rhine"), ("name  A river.", "rhine"), ("Name a river.", "Elbe"), ("Ｎame a river.", "Rhine")
    ]]  # fmt: skip
    assert kept == [True, False, True, False]
    assert cleaner.dropped == {"duplicates": 2}
    assert cleaner.summarise().endswith("2 dropped (duplicates 2)")


def test_what_is_empty_afterwards_is_dropped_and_told() -> None:
    cleaned, changes, cleaner = clean(make("https://x.y/z"), "no_urls")
    assert cleaned is None
    assert cleaner.dropped == {"empty": 1}
    assert changes[-1].after is None


def test_profiles_are_named_and_join() -> None:
    assert {step.rule for profile in PROFILES.values() for step in profile.steps} == RULES
    joined = [step.label for step in find_profile("document_b, web").steps]
    assert joined == [
        "fix_text",
        "nfc",
        "html",
        "white_space",
        "words.instruction",
        "words.response",
        "ttr.response",
        "duplicates",
    ]
    for wrong in ("", ",", "standrad"):
        with pytest.raises(ConfigError, match="cleaning profile"):
            find_profile(wrong)


TEXTS = st.text(
    st.one_of(st.sampled_from(" \t\n\r\u00a0\u200b`<>&;ab　👩‍\u202eشé\u0301"), st.characters(codec="utf-8")),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(text=TEXTS)
def test_mending_once_is_enough(text: str) -> None:
    for rule in ("nfc", "white_space", "urls", "keep_words"):
        once = MENDING[rule](text)
        assert MENDING[rule](once) == once, rule
    assert fix_text(fix_text(text)) == fix_text(text)


@settings(max_examples=100, deadline=None)
@given(text=TEXTS)
def test_white_space_touches_nothing_else(text: str) -> None:
    def bare(given: str) -> str:
        return "".join(char for char in given if not char.isspace() and char not in "\u200b\u2060\ufeff\u00ad")

    assert bare(settle_white_space(text)) == bare(text)


def test_a_megabyte_is_cleaned() -> None:
    text = "Zeile <b>mit</b> Wörtern, 名前。 👩‍👩‍👧\n" * 30_000
    cleaned = clean(make("Say it.", text), "web")[0]
    assert cleaned is not None
    assert unicodedata.is_normalized("NFC", cleaned.response)


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Room:
    return Room(tmp_path, monkeypatch, capsys)


def test_the_command(room: Room) -> None:
    rows = [{"instruction": "a  b", "response": "<p>x</p>"}, {"instruction": "a b", "response": "x"}, {"input": "no"}]
    room.write("in.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    ended = room.call("clean", "in.jsonl", "-o", "out.jsonl", "--profile", "web", "--list-changes", "--json")
    assert ended.status == 0, ended.err
    assert ended.json["changed"] == {"html": 1, "white_space": 1}
    assert (ended.json["kept"], ended.json["dropped"], ended.json["faults"]) == (1, {"duplicates": 1}, 1)
    assert "in.jsonl:1: white_space: `instruction`: 'a  b' → 'a b'" in ended.err
    assert "in.jsonl:2: duplicates: the same record was there before: dropped 'a b'" in ended.err
    assert "fault: " in ended.err
    [row] = [json.loads(line) for line in (room.path / "out.jsonl").read_text().splitlines()]
    assert (row["instruction"], row["response"]) == ("a b", "x")
    for arguments, said in [
        (["--profile", "standrad", "-o", "o.jsonl"], "no cleaning profile `standrad`"),
        (["--profile", "web", "-o", "o.csv"], "has to end in .jsonl"),
        (["--profile", "web", "-o", "no/o.jsonl"], "there is no folder"),
    ]:
        refused = room.call("clean", "in.jsonl", *arguments)
        assert (refused.status, said in refused.err) == (2, True), refused.err
    nothing = room.call("clean", "in.jsonl", "-o", "left.jsonl", "--profile", "document_b")
    assert nothing.status == 1


def test_packed_output_is_the_same_bytes_twice(room: Room) -> None:
    for name in ("a.jsonl.gz", "b.jsonl.gz", "c.jsonl.zst"):
        assert room.call("clean", "seeds.jsonl", "-o", name, "--profile", "standard").status == 0
    assert (room.path / "a.jsonl.gz").read_bytes() == (room.path / "b.jsonl.gz").read_bytes()
    assert room.call("seeds", "check", "c.jsonl.zst", "--json").json["files"][0]["count"] == 3


def test_a_run_with_clean_seeds(room: Room) -> None:
    room.write(
        "seeds.jsonl", json.dumps({"instruction": "Name  a river  in Spain.", "response": "Ebro.", "language": "en"})
    )
    room.write("c.toml", '[seeds]\npaths = ["seeds.jsonl"]\nclean = "standard"\n')
    flagged = room.call("evolve", "seeds.jsonl", "--clean", "standard", "--dry-run")
    assert "cleaning `standard`: 1 records, 1 changed" in flagged.err
    configured = room.call("evolve", "--config", "c.toml", "--dry-run")
    assert "cleaning `standard`: 1 records, 1 changed" in configured.err
    assert "there is no cleaning profile `x`" in room.call("evolve", "--clean", "x", "--dry-run").err


@pytest.mark.parametrize(
    ("instruction", "response", "dropped"),
    [
        ("Say it at length.", "", None),  # what is not there is not judged
        ("Too brief", "Long enough to be of use to somebody.", "instruction has 9 characters, fewer than 10"),
        ("Say it at length.", "Too short.", "response has 10 characters, fewer than 20"),
        ("Say it at length.", "x" * 32_001, "response has 32001 characters, more than 32000"),
        ("Say it at length.", "x" * 32_000, None),
    ],
)
def test_lengths_are_kept_within_bounds(instruction: str, response: str, dropped: str | None) -> None:
    kept, changes, _ = clean(make(instruction, response), "lengths")
    assert (kept is None) is (dropped is not None)
    assert dropped is None or dropped in str(changes[-1])


def test_nothing_left_leaves_what_was_there(room: Room) -> None:
    room.write("old.jsonl", "kept\n")
    room.write("short.jsonl", '{"instruction": "Hi", "language": "en"}\n')
    room.write("broken.jsonl", '{"instruction": \n')
    ended = room.call("clean", "short.jsonl", "--profile", "lengths", "-o", "old.jsonl")
    assert (ended.status, "nothing was written" in ended.out) == (1, True)
    assert room.call("clean", "broken.jsonl", "--profile", "standard", "-o", "old.jsonl").status == 2
    assert room.call("seeds", "merge", "broken.jsonl", "-o", "old.jsonl").status == 2
    assert (room.path / "old.jsonl").read_text() == "kept\n"

"""Seed files: what is read comes through untouched, in order, once."""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.seed_files.faults import MAX_SHOWN
from generator.seed_files.read import check_seed_file, find_seed_files, read_seeds
from generator.types import SeedTask

GOOD = b'{"instruction": "Say hello."}\n'


def write(folder: Path, name: str, content: bytes | str | list[object]) -> Path:
    if isinstance(content, list):
        content = "".join(json.dumps(item) + "\n" for item in content)
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read_one(folder: Path, values: object, name: str = "a.jsonl") -> SeedTask:
    [task] = read_seeds([write(folder, name, [values])])
    return task


def list_faults(path: Path) -> list[tuple[int | None, str]]:
    return [(fault.line, fault.message) for fault in check_seed_file(path).faults]


def list_warnings(path: Path) -> list[tuple[int | None, str]]:
    return [(warning.line, warning.message) for warning in check_seed_file(path).warnings]


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv"])
def test_byte_order_mark_blank_lines_and_windows_ends(tmp_path: Path, name: str) -> None:
    body = {"a.jsonl": b"\r\n" + GOOD.strip() + b"\r\n\r\n", "a.json": b"\r\n[" + GOOD + b"]\r\n",
            "a.csv": b"instruction,input\r\n\r\nSay hello.,\r\n,\r\n \r\n"}[name]  # fmt: skip
    path = write(tmp_path, name, codecs.BOM_UTF8 + body)
    assert [task.instruction for task in read_seeds([path])] == ["Say hello."]
    message = "the file begins with a byte order mark. It is ignored; save as UTF-8 without one."
    assert list_warnings(path) == [(1, message)]


def test_our_shape(tmp_path: Path) -> None:
    values = {
        "instruction": " Sum up.\r\nBriefly. ",
        "input": "a",
        "context": "b",
        "response": "r",
        "system": "s",
        "form": "table",
        "language": "ZH-Hans",
        "tags": {"domain": "law", "x": "y"},
        "difficulty": "",
    }
    task = read_one(tmp_path, values)
    assert task == SeedTask(
        instruction="Sum up.\nBriefly.", input="a\n\nb", response="r", system="s", language="zh-hans",
        tags={"domain": "law", "x": "y", "form": "table"}, source=f"{tmp_path / 'a.jsonl'}:1",
    )  # fmt: skip
    bare = read_one(tmp_path, {"instruction": "q", "context": "c", "output": "o", "response": "o", "input": None})
    assert (bare.input, bare.response, bare.system, bare.language, bare.tags) == ("c", "o", None, "", {})


def test_unknown_keys_are_a_warning_counted_and_a_data_set_of_ours_reads_without_one(tmp_path: Path) -> None:
    item = {"instruction": "a", "sytem": "x", "language": "en"}
    path = write(tmp_path, "a.jsonl", [item, {**item, "instruction": "b"}])
    message = "the key 'sytem' is not known and is left out. Did you mean `system`? (2 times, the first here.)"
    assert list_warnings(path) == [(1, message)]
    assert len(read_seeds([path])) == 2
    example = read_seeds([path])[0].to_example()
    again = write(tmp_path, "dataset.jsonl", [example.model_dump(mode="json")])
    assert list_warnings(again) == list_faults(again) == []
    assert read_seeds([again])[0].id == example.id


def test_alpaca_shape_with_markers_for_no_input(tmp_path: Path) -> None:
    markers = ["<noinput>", "No input", "N/A", "\\<noinput\\>", "{\\noinput}", "(No input)", "No input required.",
               "<无输入>", "< noinput >"]  # fmt: skip
    kept = ["none", "No inputs were harmed", "n", "N/A is what?", ""]
    rows: list[object] = [
        {"instruction": f"{n}", "input": text, "output": "", "extra": {"x": 1}} for n, text in enumerate(markers + kept)
    ]
    path = write(tmp_path, "a.json", json.dumps(rows))
    assert [task.input for task in read_seeds([path])] == [""] * len(markers) + kept
    report = check_seed_file(path)
    assert (report.shape, report.container, report.count, report.warning_count) == ("alpaca", "json", 14, 9)
    [warning] = report.warnings
    assert warning.line == 1
    assert warning.message.startswith("element 1: `input` says that there is none")
    assert warning.message.endswith("(9 times, the first here.)")


def test_self_instruct_shape(tmp_path: Path) -> None:
    values = {"id": "seed_task_0", "name": "n", "instruction": "q", "is_classification": True, "other": 1,
              "instances": [{"input": "i", "output": "o"}, {"input": "2", "output": "3"}, {}]}  # fmt: skip
    task = read_one(tmp_path, values)
    assert (task.input, task.response, task.tags) == ("i", "o", {"name": "n", "task_type": "classification"})
    [(line, message)] = list_warnings(tmp_path / "a.jsonl")
    assert (line, message) == (1, "there are instances after the first. They are left out. (2 times, the first here.)")
    assert read_one(tmp_path, {"instruction": "q", "instances": []}, "b.jsonl").tags == {}
    assert list_warnings(tmp_path / "b.jsonl")[0][1].startswith("`instances` is empty.")


def test_repeats_are_kept_once_and_both_places_named(tmp_path: Path) -> None:
    one = write(tmp_path, "1.json", b"[" + GOOD + b"," + GOOD + b"]")
    two = write(tmp_path, "2.jsonl", GOOD + b'{"instruction": "other"}')
    warnings: list[str] = []
    assert [task.source for task in read_seeds([tmp_path], warnings.append)] == [f"{one}:1", f"{two}:2"]
    same = f"this is the same task as {one}:1 (element 1). The first is kept; remove one of them."
    assert warnings == [f"{one}:2: {same}", f"{two}:1: {same}"]
    many = write(tmp_path / "many", "a.jsonl", [{"instruction": "a", "input": f"{n // 2}"} for n in range(60)])
    warnings.clear()
    assert len(read_seeds([many], warnings.append)) == 30
    assert (len(warnings), warnings[-1]) == (MAX_SHOWN + 1, f"{many}: … and 10 more warnings.")


def test_report_counts_languages(tmp_path: Path) -> None:
    rows: list[object] = [{"instruction": "a", "language": "EN"}, {"instruction": "b"}]
    rows += [{"instruction": "c", "output": 1}, {"instruction": "d", "input": "", "output": ""}]
    path = write(tmp_path, "a.jsonl", rows)
    report = check_seed_file(path)
    assert (report.languages, report.count, report.shape) == ({"en": 1, "": 2}, 3, "own + alpaca")
    assert check_seed_file(path, lambda text: f"of {text}").languages == {"en": 1, "of b": 1, "of d": 1}
    nowhere = check_seed_file(tmp_path / "no.jsonl")
    assert [fault.message for fault in nowhere.faults] == ["there is no such file or folder. Check the spelling."]


def test_folders_are_read_in_order_whatever_lies_in_them(tmp_path: Path) -> None:
    for name in ["b.jsonl", "a.JSONL", "z.csv", "sub/y/1.json", "sub/2.jsonl", "README.md", "seeds.toml", ".h.jsonl",
                 ".git/x.jsonl", "notes", "a/c.ndjson"]:  # fmt: skip
        write(tmp_path, name, GOOD)
    (tmp_path / "sub" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "sub" / "self").symlink_to("self")
    (tmp_path / "zz.jsonl").symlink_to("b.jsonl")
    expected = ["a.JSONL", "b.jsonl", "z.csv", "a/c.ndjson", "sub/2.jsonl", "sub/y/1.json"]
    assert find_seed_files([tmp_path]) == [tmp_path / name for name in expected]
    assert find_seed_files([tmp_path / "z.csv", str(tmp_path)])[:2] == [tmp_path / "z.csv", tmp_path / "a.JSONL"]


def test_a_file_whose_name_is_not_utf_8(tmp_path: Path) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jsonl")
    try:
        Path(name).write_bytes(GOOD)
    except (OSError, UnicodeError):
        pytest.skip("this file system takes only UTF-8 names")
    assert read_seeds([tmp_path])[0].source == f"{tmp_path}/caf\\xe9.jsonl:1"


TRICKY = [
    "{{ braces }} {% raw %} {# c #}",
    "<b>&amp;</b>",
    "👩‍👩‍👧 🇩🇪",
    "\u05e9\u05dc \u202e\u0639\u0645",
    "a\tb\n\tc",
    'say "hi", then; \\n',
    "line\u2028sep\x0b\x0c\x85end",
    "é e\u0301",
    "a\rb",
    "\ufeffa",
    "名前。",
    "'=1+1",
]
WORDS = st.one_of(st.sampled_from(TRICKY), st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30))
NAMES = ("instruction", "input", "response", "system", "domain", "form")
ROWS = st.lists(st.tuples(WORDS.filter(str.strip), *[WORDS] * 5), min_size=1, max_size=5)


def encode(rows: list[dict[str, str]], ending: str) -> str:
    if ending == ".csv":
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, NAMES)
        writer.writeheader()
        writer.writerows(rows)
        return out.getvalue()
    if ending == ".json":
        return json.dumps(rows, ensure_ascii=False, indent=len(rows) % 2 or None)
    return "\n".join(json.dumps(row, ensure_ascii=len(row["input"]) % 2 == 0) for row in rows)


@pytest.mark.parametrize("ending", [".jsonl", ".json", ".csv"])
@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, ending: str, rows: list[tuple[str, ...]]
) -> None:
    unique = {tuple(text.replace("\r\n", "\n").strip() for text in row[:4]): row for row in reversed(rows)}
    rows = list(unique.values())
    path = tmp_path_factory.mktemp("seeds") / f"a{ending}"
    path.write_bytes(encode([dict(zip(NAMES, row, strict=True)) for row in rows], ending).encode())
    expected = [[text.replace("\r\n", "\n").strip() for text in row] for row in rows]
    tasks = read_seeds([path])
    assert [
        [task.instruction, task.input, task.response, task.system or "", *(task.tags.get(k, "") for k in NAMES[4:])]
        for task in tasks
    ] == expected


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=200), ending=st.sampled_from([".jsonl", ".json", ".csv"]))
def test_any_bytes_give_tasks_or_faults_and_never_another_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, ending: str
) -> None:
    path = tmp_path_factory.mktemp("seeds") / f"a{ending}"
    path.write_bytes(content)
    report = check_seed_file(path)
    assert bool(report.count) or bool(report.faults)
    assert all(fault.message.isprintable() for fault in report.faults + report.warnings)


@pytest.mark.parametrize(("name", "count", "shape", "warnings"), [
    ("self-instruct-seeds/seed_tasks.jsonl", 175, "self_instruct", 0),
    ("alpaca-regen/seed_tasks.jsonl", 175, "self_instruct", 0),
    ("user-oriented/user_oriented_instructions.jsonl", 252, "self_instruct", 0),
    ("alpaca-regen/regen.json", 73, "alpaca", 0),
    ("alpaca-5000/alpaca_5000.json", 5000, "alpaca", 61),
])  # fmt: skip
def test_public_seed_files_load_as_they_are(
    recorded_data: Path, name: str, count: int, shape: str, warnings: int
) -> None:
    path = recorded_data / name
    report = check_seed_file(path)
    assert (report.count, report.shape, report.faults, report.warning_count) == (count, shape, (), warnings)
    assert len(read_seeds([path])) == count

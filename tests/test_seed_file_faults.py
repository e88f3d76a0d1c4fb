"""Faults of seed files: each told by file and line with what to do, all at once, bounded in number and in memory."""

from __future__ import annotations

import codecs
import csv
import gzip
import json
import tracemalloc
from pathlib import Path

import pytest

from generator.errors import SeedError
from generator.seed_files.lines import MAX_LINE_BYTES
from generator.seed_files.read import check_seed_file, find_seed_files, read_seed_file, read_seeds

GOOD = b'{"instruction": "Say hello."}\n'


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def list_faults(path: Path) -> list[tuple[int | None, str]]:
    return [(fault.line, fault.message) for fault in check_seed_file(path).faults]


def obj(**values: object) -> bytes:
    return json.dumps(values).encode()


A = b'"instruction": "a"'
FAULTS: list[tuple[str, bytes, int | None, str]] = [
    ("a.jsonl", GOOD + b'\n{"instruction": "a" "b"}\n', 3, "broken JSON at column 21 ("),
    ("a.jsonl", GOOD + b'{"instruction": "a"', 2, "broken JSON at column 20 ("),
    ("a.jsonl", GOOD + b'{"instruction": "a"} x\n', 2, "broken JSON at column 22 (text after the end of the value)"),
    ("a.jsonl", GOOD + b"[" * 100_000, 2, "broken JSON at column 1 (nested too deeply)"),
    ("a.jsonl", GOOD + b'" "\n', 2, "the text is empty. Write what is asked"),
    ("a.jsonl", GOOD + b"7\n", 2, "the record is a number. Make it an object"),
    ("a.jsonl", GOOD + b"null\n", 2, "the record is null. Make it an object"),
    ("a.jsonl", GOOD + obj(input="x"), 2, "the record has no field `instruction`: it has 'input'. Add it."),
    ("a.jsonl", GOOD + obj(instances=[]), 2, "the record has no field `instruction`"),
    ("a.jsonl", GOOD + obj(topic="p", words=3), 2, "the record is of no known shape"),
    ("a.jsonl", GOOD + obj(instruction=" \n"), 2, "`instruction` is empty."),
    ("a.jsonl", GOOD + obj(instruction=None), 2, "`instruction` is null. Make it a string."),
    ("a.jsonl", GOOD + obj(instruction=["a"]), 2, "`instruction` is a list. Make it a string."),
    ("a.jsonl", GOOD + obj(instruction="a", input=3), 2, "`input` is a number."),
    ("a.jsonl", GOOD + obj(instruction="a", system={}), 2, "`system` is an object."),
    ("a.jsonl", GOOD + obj(instruction="a", language=True), 2, "`language` is true or false."),
    ("a.jsonl", GOOD + obj(instruction="a", tags=[1]), 2, "`tags` is a list. Make it an object of strings"),
    ("a.jsonl", GOOD + obj(instruction="a", tags={"x": 1}), 2, "`tags.x` is a number."),
    ("a.jsonl", GOOD + obj(instruction="a", domain="law", tags={"domain": "art"}), 2, "the tag 'domain' is given"),
    ("a.jsonl", GOOD + obj(instruction="a", output="x", response="y"), 2, "`output` and `response` are both there"),
    ("a.jsonl", GOOD + obj(instruction="a", instances={}), 2, "`instances` is an object. Make it a list"),
    ("a.jsonl", GOOD + obj(instruction="a", instances=["x"]), 2, "`instances[0]` is a string."),
    ("a.jsonl", GOOD + obj(instruction="a", instances=[{"output": 1}]), 2, "`instances[0].output` is a number."),
    ("a.jsonl", GOOD + obj(instruction="a", instances=[], is_classification="no"), 2, "`is_classification` is a"),
    ("a.jsonl", GOOD + b"{%b, %b}" % (A, A), 2, "the key 'instruction' is there twice in one object."),
    ("a.jsonl", GOOD + b'{%b, "x": {"k": 1, "k": 2}}' % A, 2, "the key 'k' is there twice in one object."),
    ("a.jsonl", GOOD + b'{%b, "x": NaN}' % A, 2, "NaN is no JSON value."),
    ("a.jsonl", GOOD + b'{%b, "x": [-Infinity]}' % A, 2, "-Infinity is no JSON value."),
    ("a.jsonl", GOOD + b'{%b, "x": %b}' % (A, b"9" * 5000), 2, "a number has 5,000 digits."),
    ("a.jsonl", GOOD + b'{"instruction": "a\\ud800b"}', 2, "`instruction` holds a lone surrogate (\\ud800) at"),
    ("a.jsonl", GOOD + b'{"instruction": "a\\u0000b"}', 2, "`instruction` holds a NUL character at character 2"),
    ("a.jsonl", GOOD + b'{%b, "tags": {"\\udfff": "x"}}' % A, 2, "`tags` holds a lone surrogate"),
    ("a.jsonl", GOOD + b'{"instruction": "a\0b"}\n', 2, "byte 19 of the line is a NUL character."),
    ("a.jsonl", GOOD + b'{"instruction": "caf\xe9"}\n', 2, "byte 21 of the line (0xE9) is not UTF-8."),
    ("a.jsonl", codecs.BOM_UTF8 + b'"\xff"', 1, "byte 5 of the line (0xFF) is not UTF-8."),
    ("a.jsonl", GOOD.decode().encode("utf-16"), 1, "the file is UTF-16 or UTF-32 by its byte order mark. Save it as"),
    ("a.json", GOOD.decode().encode("utf-16"), 1, "the file is UTF-16"),
    ("a.csv", "instruction\na\n".encode("utf-16"), 1, "the file is UTF-16"),
    ("a.jsonl", b"", None, "the file holds no seed task."),
    ("a.jsonl", b" \n\r\n", None, "the file holds no seed task."),
    ("a.json", b"[ ]\n", None, "the file holds no seed task."),
    ("a.csv", b"instruction,input\n", None, "the file holds no seed task."),
    ("a.txt", b"Dear all,", None, "it is not told what this file is. Give it one of the endings .jsonl, "),
    ("a.jsonl.gz", gzip.compress(GOOD * 50)[:-9], None, "the packed file is damaged or cut off."),
    ("a.json", b'[\n{%b},\n{%b "b"}\n]' % (A, A), 3, "broken JSON at column 21 ("),
    ("a.json", b'[\n\n  {"instruction":\n  ""}\n]', 3, "`instruction` is empty."),
    ("a.json", b'[{\n%b\n},\n{%b\n},\n{"instruction": ""}]' % (A, A), 6, "`instruction` is empty."),
    ("a.json", b'[{%b}, {"instruction": ""}]' % A, 1, "element 2: `instruction` is empty."),
    ("a.json", b"[\n{%b},\n7]" % A, 3, "the record is a number."),
    ("a.json", b"[\n{%b},\n{%b, %b}]" % (A, A, A), 3, "the key 'instruction' is there twice"),
    ("a.json", b"[\n{%b}\n" % A, 3, "broken JSON at column 1 (the array is not closed; the file may be cut off)"),
    ("a.json", b"[{%b}\n{%b}]" % (A, A), 2, "broken JSON at column 1 (expecting ',' or ']'"),
    ("a.json", b"[{%b},\n]" % A, 2, "broken JSON at column "),
    ("a.json", b"[{%b}]\n{%b}" % (A, A), 2, "broken JSON at column 1 (text after the end of the document)"),
    ("a.json", b'[\n{"instruction": "\xff"}]', 2, "byte 18 of the line (0xFF) is not UTF-8."),
    ("a.csv", b"Write a poem.,x\nb,c\n", 1, "the header row is of no known shape"),
    ("a.csv", b"\ninput,context\nb,c\nd,e\n", 2, "the header row has no column `instruction`: it has 'input', 'context'"),
    ("a.csv", b"instruction,input,input\na,b,c\n", 1, "the column 'input' is there twice."),
    ("a.csv", b'instruction,input\n"a\nb",c\n"d\n\ne"\nf,g\n', 4, "the row has 1 cells, the header has 2."),
    ("a.csv", b'instruction,input\n"a\nb",c\nd,e,f\n', 4, "the row has 3 cells, the header has 2."),
    ("a.csv", b'instruction,input\n"a\nb",c\n" ",c\n', 4, "`instruction` is empty."),
    ("a.csv", b'instruction,input\na,b\n"say "hi" to",c\nd,e\n', 3, "the quotes do not match ("),
    ("a.csv", b'instruction,input\na,b\n"c,d\ne,f\n', 3, "a quote opened in this row is never closed."),
    ("a.csv", b"instruction\ra\r", 1, "the row holds a bare carriage return."),
    ("a.csv", b'instruction,input\na,"b\nc\xff"\nd,e\n', 3, "byte 2 of the line (0xFF) is not UTF-8."),
    ("a.csv", b"instruction,input\na,b\nc,d\0\n", 3, "byte 4 of the line is a NUL character."),
    ("a.csv", b"instruction,tags\na,law\n", 2, "`tags` is a string. Make it an object of strings, or name the tags"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "line", "message"), FAULTS)
def test_each_fault_is_the_only_one_and_names_its_line(
    tmp_path: Path, name: str, content: bytes, line: int | None, message: str
) -> None:
    path = write(tmp_path, name, content)
    [(found, text)] = list_faults(path)
    assert (found, text[: len(message)]) == (line, message)
    place = f"{path}:{line}: " if line else f"{path}: "
    with pytest.raises(SeedError) as caught:
        read_seeds([path])
    assert str(caught.value) == place + text
    assert str(caught.value).isprintable()
    if name == "a.jsonl" and content.startswith(GOOD):
        assert check_seed_file(path).count == 1  # the good one alone


def test_all_faults_of_all_files_come_in_one_error(tmp_path: Path) -> None:
    one = write(tmp_path, "1.jsonl", b"{\n" + GOOD + obj(instruction="", tags=3))
    two = write(tmp_path, "2.csv", b"instruction,input\n,x\n")
    with pytest.raises(SeedError) as caught:
        read_seeds([one, two, tmp_path / "3.json"])
    places = [line.split(": ")[0] for line in str(caught.value).splitlines()]
    assert sorted(places) == sorted([f"{one}:1", f"{one}:3", f"{one}:3", f"{two}:2", f"{tmp_path / '3.json'}"])


def test_many_faults_are_all_reported_and_a_run_shows_some(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jsonl", b"{\n" * 95 + GOOD)
    report = check_seed_file(path)
    assert [fault.line for fault in report.faults] == list(range(1, 96))
    assert (report.fault_count, report.count) == (95, 1)
    with pytest.raises(SeedError, match="… and 75 more"):
        read_seeds([path])


def test_one_file_read_as_a_stream_yields_nothing_after_its_first_fault_and_then_raises(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jsonl", GOOD + b"{\n" + obj(instruction="late") + b"\n{\n")
    tasks = read_seed_file(path)
    assert next(tasks).source == f"{path}:1"
    with pytest.raises(SeedError, match=r"(?s)a\.jsonl:2: .*a\.jsonl:4: "):
        next(tasks)


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_huge_line_is_a_fault_and_never_held(tmp_path: Path, name: str) -> None:
    head = GOOD if name == "a.jsonl" else b"instruction\nSay hello.\n"
    path = write(tmp_path, name, head + b"x" * 50_000_000 + b"\n" + head.splitlines()[-1])
    tracemalloc.start()
    faults = list_faults(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    line = head.count(b"\n") + 1
    assert faults == [(line, f"the line is longer than {MAX_LINE_BYTES:,} bytes. Shorten or split it.")]
    assert peak < 2.5 * MAX_LINE_BYTES


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_lines_stream(tmp_path: Path, name: str) -> None:
    texts = [f"{n} " + "x" * 500_000 for n in range(40)]
    rows = ["instruction", *texts] if name == "a.csv" else [json.dumps({"instruction": text}) for text in texts]
    path = write(tmp_path, name, "\n".join(rows).encode())
    tracemalloc.start()
    assert sum(1 for _ in read_seed_file(path)) == 40
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000


def test_a_cell_beyond_the_limit_and_one_beyond_the_csv_modules_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, "a.csv", b'instruction,input\na,b\n"c' + b"\nx" * 200_000 + b'",d\n')
    before = csv.field_size_limit()
    assert [task.input for task in read_seeds([path])] == ["b", "d"]
    monkeypatch.setattr("generator.seed_files.containers.csv.MAX_FIELD_CHARS", 1000)
    assert list_faults(path) == [(3, "a cell is longer than 1,000 characters. Shorten it, or close its quote.")]
    assert csv.field_size_limit() == before


def test_paths_that_cannot_be_read_are_told_together(tmp_path: Path) -> None:
    write(tmp_path, "empty/README.md", b"x")
    write(tmp_path, "full/a.jsonl", GOOD)
    (tmp_path / "full" / "gone.jsonl").symlink_to("nowhere.jsonl")
    named = [tmp_path / "empty", tmp_path / "full" / "gone.jsonl", tmp_path / "no"]
    with pytest.raises(SeedError) as caught:
        find_seed_files([*named, tmp_path / "full"])
    lines = str(caught.value).splitlines()
    assert [line.split(": ")[0] for line in lines] == [str(path) for path in named]
    expected = ["holds no seed file", "leads nowhere", "no such file"]
    for line, words in zip(lines, expected, strict=True):
        assert words in line
    with pytest.raises(SeedError, match="the link leads nowhere"):
        read_seeds([tmp_path / "full"])

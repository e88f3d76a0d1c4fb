"""Containers: told by content, packed or not, streamed; what was written comes back to the character."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
import yaml
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.seed_files.read import check_seed_file, read_folders, read_seeds
from generator.sources import find_source, read_examples

ROWS = [
    {"instruction": "Name a river.", "response": "The Rhine.", "language": "en"},
    {"instruction": "用中文问好。\n第二行", "response": "你好，\t\"世界\"", "language": "zh"},
]  # fmt: skip


def encode_table(rows: list[dict[str, Any]], delimiter: str) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def encode_parquet(rows: list[dict[str, Any]]) -> bytes:
    arrow = pytest.importorskip("pyarrow", reason="the extra [parquet] is not installed")
    parquet = pytest.importorskip("pyarrow.parquet")
    out = io.BytesIO()
    parquet.write_table(arrow.Table.from_pylist(rows), out)
    return out.getvalue()


def encode(rows: list[dict[str, Any]], kind: str) -> bytes:
    if kind == "jsonl":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    if kind == "json":
        return json.dumps(rows, ensure_ascii=False, indent=1).encode()
    if kind == "yaml":
        return yaml.safe_dump(rows, allow_unicode=True, sort_keys=False).encode()
    if kind == "parquet":
        return encode_parquet(rows)
    return encode_table(rows, "\t" if kind == "tsv" else ",")


def pack(content: bytes, ending: str) -> bytes:
    return {"": bytes, ".gz": gzip.compress, ".zst": zstandard.ZstdCompressor().compress}[ending](content)


@pytest.mark.parametrize("packing", ["", ".gz", ".zst"])
@pytest.mark.parametrize("kind", ["jsonl", "json", "csv", "tsv", "yaml", "parquet"])
def test_every_container_packed_or_not_with_its_ending_without_or_with_a_wrong_one(
    tmp_path: Path, kind: str, packing: str
) -> None:
    content = pack(encode(ROWS, kind), packing)
    names = [f"a.{kind}{packing}", "noending"]
    names += ["lies.jsonl"] if kind in ("json", "csv", "tsv", "parquet") else ["lies.json"] if kind == "jsonl" else []
    for name in names:
        path = tmp_path / name
        path.write_bytes(content)
        report = check_seed_file(path)
        assert (report.container, report.count, report.faults) == (kind, 2, ()), name
        assert [task.instruction for task in read_seeds([path])] == [row["instruction"] for row in ROWS]
        assert [task.response for task in read_seeds([path])] == [row["response"] for row in ROWS]


def test_a_folder_passes_over_what_describes_a_data_set(tmp_path: Path) -> None:
    for name in ("a.jsonl.gz", "b.yaml", "dataset_info.json", "manifest.json", "README", "c.jsonl.orig"):
        (tmp_path / name).write_bytes(
            pack(encode(ROWS, "jsonl"), ".gz") if name.endswith("gz") else b"- instruction: b\n"
        )
    assert [task.instruction for task in read_seeds([tmp_path])] == [*(row["instruction"] for row in ROWS), "b"]


@pytest.mark.parametrize("header", ["instruction;response", "instruction|response"])
def test_cells_separated_otherwise(tmp_path: Path, header: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{header}\nq{header[11]}a\n")
    [task] = read_seeds([path])
    assert (task.instruction, task.response) == ("q", "a")
    path.write_text(header.replace("instruction", "ask") + f"\nq{header[11]}a\n")
    assert read_folders([path], names={"ask": "instruction"}).tasks[0][0].instruction == "q"


def test_cells_with_parts(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    messages = [{"role": "user", "content": "Q, please"}, {"role": "assistant", "content": "A"}]
    path.write_bytes(encode_table([{"messages": json.dumps(messages), "domain": "law"}], ","))
    [task] = read_seeds([path])
    assert (task.instruction, task.response, task.tags) == ("Q, please", "A", {"domain": "law"})


YAML_FAULTS = [
    ("- instruction: &a x\n- instruction: *a\n", 1, "anchors"),
    ("- instruction: x\n- *b\n", 2, "aliases"),
    ("- instruction: !!python/object/apply:os.system [ls]\n", 1, "the tag 'tag:yaml.org,2002:python/object/apply"),
    ("- instruction: x\n- instruction: [\n", 3, "broken YAML"),
    ("- instruction: a\n  instruction: b\n", 1, "the key 'instruction' is there twice"),
    ("- instruction: no\n", 1, "`instruction` is true or false"),
    ("- instruction: x\n- 7\n", 2, "the record is a number"),
]


@pytest.mark.parametrize(("text", "line", "said"), YAML_FAULTS)
def test_yaml_is_plain_data(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text)
    [fault] = check_seed_file(path).faults
    assert fault.line == line
    assert fault.message.startswith(said)


def test_yaml_documents_dates_and_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("---\ninstruction: 2024-01-02\n---\n- instruction: |\n    two\n    lines\n")
    assert [(task.instruction, task.source) for task in read_seeds([path])] == [
        ("2024-01-02", f"{path}:2"), ("two\nlines", f"{path}:4")
    ]  # fmt: skip


@pytest.mark.parametrize("layout", ["array on one line", "array", "objects", "jsonl", "packed"])
def test_a_large_file_is_never_held(tmp_path: Path, layout: str) -> None:
    """40 MB of records; a twentieth of it in memory would fail."""
    count, body = 400, "x" * 100_000
    path = tmp_path / {"jsonl": "a.jsonl", "packed": "a.jsonl.gz"}.get(layout, "a.json")
    opened: Any = gzip.open(path, "wt", compresslevel=1) if layout == "packed" else path.open("w")
    array = layout.startswith("array")
    with opened as out:
        out.write("[" if array else "")
        for n in range(count):
            out.write(("," if array and n else "") + ("\n" if layout != "array on one line" and n else ""))
            out.write(json.dumps({"instruction": f"{n}", "response": body}, indent=1 if layout == "objects" else None))
        out.write("]" if array else "\n")
    tracemalloc.start()
    assert sum(1 for _ in read_examples(find_source(str(path), "runs"))) == count
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_500_000


def test_faults_of_a_json_stream_keep_their_line_far_into_it(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    rows = ",\n".join(
        json.dumps({"instruction": f"{n}", "response": "é" * 1000}, ensure_ascii=False) for n in range(2000)
    )
    path.write_bytes(
        f"[\n{rows},\n".encode() + b'{"instruction": "\xff"},\n{"instruction": ""},\n{"instruction": "a" "b"}]'
    )
    report = check_seed_file(path)
    assert report.count == 2000
    assert [(fault.line, fault.message[:25]) for fault in report.faults] == [
        (2002, "byte 18 of the line (0xFF"), (2003, "`instruction` is empty. W"), (2004, "broken JSON at column 21 "),
    ]  # fmt: skip


TEXTS = st.one_of(
    st.sampled_from(["👩‍👩‍👧 🇩🇪", "שלום \u202eمرحبا", "名前。", "a\tb\n\tc", 'say "hi", then; \\n', "x\x00y",
                     "'=1+1", "\ufeffa", " lead", "trail \n",
                     "a\r\nb", "\u2028\x85\x0b", "{\"a\": [1]}", "[1, 2]", "- x: y", "#", "Human: hi", "N"]),
    st.text(st.characters(codec="utf-8"), max_size=20),
)  # fmt: skip
RECORDS = st.fixed_dictionaries(
    {"instruction": TEXTS.filter(str.strip), "response": TEXTS, "system": TEXTS.filter(str.strip)}
)


@pytest.mark.parametrize("kind", ["jsonl", "json", "csv", "tsv", "parquet"])
@settings(max_examples=40, deadline=None)
@given(rows=st.lists(RECORDS, min_size=1, max_size=4))
def test_a_source_gives_back_every_character(
    tmp_path_factory: pytest.TempPathFactory, kind: str, rows: list[dict[str, str]]
) -> None:
    if kind in ("csv", "tsv"):  # no table can hold NUL
        rows = [{key: text.replace("\0", "") or "-" for key, text in row.items()} for row in rows]
    path = tmp_path_factory.mktemp("source") / f"a.{kind}"
    path.write_bytes(encode(rows, kind))
    read = [
        {"instruction": one.instruction, "response": one.response, "system": one.system}
        for one in read_examples(find_source(str(path), "runs"))
    ]
    assert read == rows


def test_a_field_of_a_megabyte(tmp_path: Path) -> None:
    text = '名\n"' * 350_000
    for kind in ("jsonl", "json", "csv", "parquet"):
        path = tmp_path / f"a.{kind}"
        path.write_bytes(encode([{"instruction": "q", "response": text}], kind))
        [example] = read_examples(find_source(str(path), "runs"))
        assert example.response == text


@settings(max_examples=150, deadline=None)
@given(
    content=st.binary(max_size=120) | TEXTS.map(str.encode),
    name=st.sampled_from(["a", "a.yaml", "a.tsv", "a.json.gz", "a.jsonl.zst"]),
)
def test_any_bytes_give_tasks_or_faults(tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str) -> None:
    path = tmp_path_factory.mktemp("seeds") / name
    path.write_bytes(content)
    report = check_seed_file(path)
    assert bool(report.count) or bool(report.faults) or bool(report.warnings)
    assert all(fault.message.isprintable() for fault in report.faults + report.warnings)

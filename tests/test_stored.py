"""A folder of arrays: read back as written; whole or not there, whatever becomes of its builder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.against.stored import BUILDING, HEADER, build_beside, hold_lock, open_stored
from tests.conftest import ROOT

SCHEME = {"version": 1, "bands": [25, 5]}


def build(folder: Path, texts: list[str]) -> None:
    with hold_lock(folder.parent), build_beside(folder) as writer:
        for text in texts:
            writer.write_text("texts", text)
        for number in range(len(texts)):
            writer.write("rows", np.array([[number, number + 1]], dtype=np.uint32))
        writer.finish(SCHEME, {"records": len(texts)})


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(max_size=8), min_size=1, max_size=6))
def test_what_was_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    folder = tmp_path_factory.mktemp("stored") / "index"
    build(folder, [*texts, "\ud800"])
    stored = open_stored(folder, SCHEME)
    assert stored is not None
    held = stored.read_texts("texts")
    assert [*held] == [*texts, "\ud800"]
    assert held[1:3] == [*texts, "\ud800"][1:3]
    assert held[-1] == "\ud800"
    assert stored.read("rows").tolist() == [[number, number + 1] for number in range(len(texts) + 1)]
    assert stored.facts == {"records": len(texts) + 1}
    assert [*stored.read_texts("none")] == []


def test_another_scheme_is_another_index(tmp_path: Path) -> None:
    build(tmp_path / "index", ["a"])
    assert open_stored(tmp_path / "index", SCHEME) is not None
    assert open_stored(tmp_path / "index", SCHEME | {"version": 2}) is None


@pytest.mark.parametrize("harm", ["cut", "header", "gone", "format", "bit", "text", "facts"])
def test_what_is_not_whole_counts_as_not_there_and_is_replaced(tmp_path: Path, harm: str) -> None:
    folder = tmp_path / "index"
    build(folder, ["a", "b"])
    if harm == "cut":
        os.truncate(folder / "rows", 3)
    elif harm == "header":
        (folder / HEADER).write_text("{")
    elif harm == "gone":
        (folder / "texts").unlink()
    elif harm == "bit":
        data = bytearray((folder / "rows").read_bytes())
        data[5] ^= 4
        (folder / "rows").write_bytes(data)
    elif harm == "text":
        (folder / "texts").write_bytes(b"ax")
    elif harm == "facts":
        (folder / HEADER).write_text((folder / HEADER).read_text().replace('"records": 2', '"records": 3'))
    else:
        header = json.loads((folder / HEADER).read_text())
        (folder / HEADER).write_text(json.dumps(header | {"format": 0}))
    assert open_stored(folder, SCHEME) is None
    build(folder, ["c"])
    stored = open_stored(folder, SCHEME)
    assert stored is not None
    assert [*stored.read_texts("texts")] == ["c"]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(BUILDING)] == []


def test_a_builder_that_fails_leaves_nothing_and_takes_nothing_away(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    build(folder, ["a"])
    with pytest.raises(TypeError), build_beside(folder) as writer:
        writer.finish(SCHEME, {"records": object()})
    stored = open_stored(folder, SCHEME)
    assert stored is not None
    assert [*stored.read_texts("texts")] == ["a"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index", "lock"]


DIE = """
import os, signal, sys
from pathlib import Path
import numpy as np
from generator.against import stored
from generator.against.stored import build_beside, hold_lock
folder, moment = Path(sys.argv[1]), sys.argv[2]
die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
if moment == "rename":
    Path.rename = die
if moment == "renamed":
    stored._sync = die
with hold_lock(folder.parent), build_beside(folder) as writer:
    writer.write("rows", np.arange(4, dtype=np.uint32))
    if moment == "rows":
        die()
    writer.finish({"version": 1, "bands": [25, 5]}, {})
    if moment == "header":
        die()
"""


@pytest.mark.parametrize(("moment", "is_there"), [("rows", 0), ("header", 0), ("rename", 0), ("renamed", 1)])
def test_killed_at_any_moment_it_is_whole_or_not_there(tmp_path: Path, moment: str, is_there: bool) -> None:
    folder = tmp_path / "index"
    ended = subprocess.run([sys.executable, "-c", DIE, str(folder), moment], cwd=ROOT)
    assert ended.returncode == -9
    assert (open_stored(folder, SCHEME) is not None) is bool(is_there)
    build(folder, ["a"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index", "lock"]

"""The journal and what can happen to its file: whatever is wrong comes as our own error, and says what to do."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import operator
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.errors import ConfigError, SeedbedError
from generator.journal import Journal
from generator.types import Completion
from tests.test_journal import COMPLETION, REQUEST, read, record_all


def make_journal(path: Path, count: int = 400) -> None:
    record_all(path, [(str(number), REQUEST, Completion(f"{number} " * 100)) for number in range(count)])


def try_everything(path: Path) -> None:
    """Open, read all, write: whatever is wrong with the file must come as our own error."""

    async def work() -> None:
        journal = Journal(path)
        try:
            for number in range(0, 400, 7):
                found = journal.look_up(str(number))
                assert found is None or isinstance(found.text, str)
            journal.count()
            journal.read_about(REQUEST.about)
            await journal.record("new", REQUEST, COMPLETION)
        finally:
            await journal.close()

    asyncio.run(work())


@pytest.mark.parametrize("content", [b"no database, but long enough" * 40, b"\x00" * 5000, b"SQLite format 3\x00"])
def test_a_file_that_is_no_journal_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "j").write_bytes(content)
    with pytest.raises(ConfigError, match="Move it away"):
        try_everything(tmp_path / "j")


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "j").mkdir()
    with pytest.raises(ConfigError, match="not a usable journal"):
        Journal(tmp_path / "j")


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "j") as other:
        other.execute("CREATE TABLE letters (text)")
    other.close()
    with pytest.raises(ConfigError, match="another program"):
        Journal(tmp_path / "j")
    with sqlite3.connect(tmp_path / "j") as other:
        assert [name for (name,) in other.execute("SELECT name FROM sqlite_master")] == ["letters"]
    other.close()


def test_another_versions_journal_is_told(tmp_path: Path) -> None:
    make_journal(tmp_path / "j", 1)
    with sqlite3.connect(tmp_path / "j") as other:
        other.execute("PRAGMA user_version=2")
    other.close()
    with pytest.raises(ConfigError, match="journal format 2"):
        Journal(tmp_path / "j")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_file_that_was_cut_off_is_told(tmp_path: Path, share: float) -> None:
    make_journal(tmp_path / "j")
    whole = (tmp_path / "j").read_bytes()
    (tmp_path / "j").write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ConfigError, match="Move it away"):
        try_everything(tmp_path / "j")


def test_a_completion_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    make_journal(tmp_path / "j", 2)
    with sqlite3.connect(tmp_path / "j") as other:
        for key, text in (("0", "{"), ("1", json.dumps({"text": "x"}))):
            other.execute("UPDATE completions SET completion = ? WHERE key = ?", (text, key))
    other.close()
    for key in ("0", "1"):
        with pytest.raises(ConfigError, match="damaged"):
            read(tmp_path / "j", operator.methodcaller("look_up", key))


@pytest.fixture(scope="module")
def whole_journal(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "j"
    make_journal(path)
    return path.read_bytes()


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_bytes_that_were_overwritten_never_break_it_otherwise(whole_journal: bytes, data: st.DataObject) -> None:
    content = bytearray(whole_journal)
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(content) - 1) | st.integers(0, 200))
        patch = data.draw(st.binary(min_size=1, max_size=40))
        content[start : start + len(patch)] = patch
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "j").write_bytes(bytes(content))
        with contextlib.suppress(SeedbedError):
            try_everything(Path(folder) / "j")


def test_a_full_disk_is_told_to_those_who_wait_and_loses_nothing_recorded(tmp_path: Path) -> None:
    async def work() -> tuple[Any, ...]:
        journal = Journal(tmp_path / "j")
        await journal.record("before", REQUEST, COMPLETION)
        journal._write_connection.execute("PRAGMA max_page_count=12")
        large = [journal.record(str(number), REQUEST, Completion("x" * 30_000)) for number in range(5)]
        faults = await asyncio.gather(*large, return_exceptions=True)
        journal._write_connection.execute("PRAGMA max_page_count=100000")
        await journal.record("after", REQUEST, COMPLETION)
        found = journal.look_up("before"), journal.look_up("after")
        await journal.close()
        return (*faults, *found)

    *faults, before, after = asyncio.run(work())
    assert all(isinstance(fault, SeedbedError) and "Is the disk full?" in str(fault) for fault in faults)
    assert before is not None
    assert after is not None


def test_a_label_that_cannot_be_stored_fails_alone(tmp_path: Path) -> None:
    async def work() -> list[Any]:
        journal = Journal(tmp_path / "j")
        broken = [dataclasses.replace(REQUEST, about="\ud800"), dataclasses.replace(REQUEST, draw=2**63)]
        rows = [journal.record(str(number), request, COMPLETION) for number, request in enumerate([REQUEST, *broken])]
        ends = await asyncio.gather(*rows, return_exceptions=True)
        await journal.close()
        return ends

    good, text, number = asyncio.run(work())
    assert good is None
    assert isinstance(text, UnicodeEncodeError)
    assert isinstance(number, OverflowError)
    assert read(tmp_path / "j", lambda journal: journal.count()) == 1

"""Whatever an earlier call left behind, the file is at all times a prefix of what it becomes."""

from __future__ import annotations

import errno
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.prefix_file import PrefixFile

LINES = st.lists(st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=6), max_size=8)


def join(lines: list[str]) -> bytes:
    return "".join(line + "\n" for line in lines).encode()


@settings(max_examples=150, deadline=None)
@given(old=LINES, new=LINES, torn=st.integers(0, 12), shared=st.integers(0, 8))
def test_it_is_a_prefix_of_what_it_becomes(old: list[str], new: list[str], torn: int, shared: int) -> None:
    old = new[:shared] + old
    with TemporaryDirectory() as room:
        path = Path(room, "lines.jsonl")
        before = join(old)[: max(0, len(join(old)) - torn)]
        path.write_bytes(before)
        file = PrefixFile(path)
        for count, line in enumerate(new, 1):
            file.write(line)
            now, reached = path.read_bytes(), join(new[:count])
            assert now == reached or (now == before and before.startswith(reached))
        file.close(complete=True)
        assert path.read_bytes() == join(new)


@settings(max_examples=60, deadline=None)
@given(lines=LINES, count=st.integers(0, 8))
def test_what_is_broken_off_while_catching_up_loses_nothing(lines: list[str], count: int) -> None:
    with TemporaryDirectory() as room:
        path = Path(room, "lines.jsonl")
        path.write_bytes(join(lines))
        file = PrefixFile(path)
        for line in lines[:count]:
            file.write(line)
        assert file.is_behind() == (count < len(lines))
        file.close(complete=False)
        assert path.read_bytes() == join(lines)


def test_a_lone_surrogate_is_written(tmp_path: Path) -> None:
    file = PrefixFile(tmp_path / "lines.jsonl")
    file.write("\ud800")
    file.close(complete=True)
    assert (tmp_path / "lines.jsonl").read_bytes() == b"\xed\xa0\x80\n"


class FullDisk:
    """A file that takes three bytes at a time, and then none."""

    def __init__(self, file: Any, room: int = 9) -> None:
        self._file = file
        self.room = room

    def write(self, data: memoryview) -> int:
        if self.room <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.room -= 3
        written: int = self._file.write(data[:3])
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def test_nothing_is_written_while_it_catches_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_bytes(join(["a", "b"]))
    file = PrefixFile(path)
    monkeypatch.setattr(file, "_file", FullDisk(file._file, room=0))
    file.write("a")
    file.write("b")
    file.close(complete=False)


def test_a_full_disk_leaves_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_bytes(b"other\n")
    file = PrefixFile(path)
    file.write("one")  # cuts what differs
    monkeypatch.setattr(file, "_file", FullDisk(file._file))
    file.write("two")
    with pytest.raises(OSError, match="No space"):
        file.write("three")
    assert path.read_bytes() == b"one\ntwo\n"
    file.close(complete=False)

"""A file of lines that is, at any time, a prefix of what it becomes.

A run writes its lines again from the first. As long as they equal what already stands in the file, nothing is written;
at the first line that differs, the file is cut there and written on. So a run that goes on never makes its own data set
shorter while it catches up, and a line that a kill cut in two is replaced.
"""

from __future__ import annotations

from pathlib import Path


class PrefixFile:
    """Writes lines to `path`. A line is on its way to the file, whole, when `write` returns."""

    def __init__(self, path: Path) -> None:
        path.touch()
        self._file = path.open("r+b", buffering=0)
        self._known = path.open("rb")  # buffered: reads what an earlier call wrote
        self._catching_up = True
        self._length = 0

    def write(self, line: str) -> None:
        """Append one line (without its end)."""
        data = line.encode("utf-8", "surrogatepass") + b"\n"
        if self._catching_up:
            if self._known.read(len(data)) == data:
                self._length += len(data)
                return
            self._cut()
        self._append(data)
        self._length += len(data)

    def _append(self, data: bytes) -> None:
        left = memoryview(data)
        try:
            while left:
                left = left[self._file.write(left) :]  # an unbuffered write may take a part only
        except OSError:
            self._file.truncate(self._length)  # the disk is full: better no line than a part of one
            raise

    def is_behind(self) -> bool:
        """Say whether the file still holds lines of an earlier call that this one has not come to."""
        return self._catching_up and self._known.peek(1) != b""

    def _cut(self) -> None:
        self._file.truncate(self._length)
        self._file.seek(self._length)
        self._catching_up = False
        self._known.close()

    def close(self, *, complete: bool) -> None:
        """Close; when the run came to its end, drop what an earlier call left behind that point."""
        if self._catching_up and complete:
            self._cut()
        self._known.close()
        self._file.close()


class LatePrefixFile:
    """A `PrefixFile` that is only made with its first line: a run that has nothing to say there leaves no file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = PrefixFile(path) if path.exists() else None

    def write(self, line: str) -> None:
        """Append one line (without its end)."""
        self._file = self._file or PrefixFile(self._path)
        self._file.write(line)

    def is_behind(self) -> bool:
        """Say whether the file still holds lines of an earlier call that this one has not come to."""
        return self._file is not None and self._file.is_behind()

    def close(self, *, complete: bool) -> None:
        """Close as a `PrefixFile` does; one that then holds nothing is removed."""
        if self._file is None:
            return
        self._file.close(complete=complete)
        if complete and self._path.stat().st_size == 0:
            self._path.unlink()

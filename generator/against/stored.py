"""Arrays and texts in a folder that is either whole or not there: written beside, then renamed.

Everything is memory-mapped, so that several processes share it and memory holds what is looked at. What is there is
described by the header, which is written last; a folder whose header is missing, damaged, or of another version or
scheme, or does not agree with the sizes and checksums of the files counts as not there, and is replaced. The checksums
are read through on opening: a tenth of a second or so for half a gigabyte that the system has in memory.

Source: CRC-32 (zlib's), against disks that lie and files that were edited, not against who wants to deceive.
"""

from __future__ import annotations

import json
import os
import shutil
import zlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, overload

import numpy as np
import numpy.typing as npt

try:
    import fcntl
except ImportError:  # not on this system: two builders at a time are then not noticed
    fcntl = None  # type: ignore[assignment]

FORMAT = 2  # of the folder: names and kinds of its files
HEADER = "index.json"
CHECK = "crc32"  # of a file; of the header: of all else that it holds
READ_AT_ONCE = 1 << 20
LOCK = "lock"
BUILDING = ".building-"  # beginning of the name of a folder that is not finished

Array = npt.NDArray[Any]


class StoredTexts(Sequence[str]):
    """Texts in one block of bytes; one is decoded when it is asked for."""

    def __init__(self, block: Array, ends_n: Array) -> None:
        self._block = block
        self._ends_n = ends_n

    def __len__(self) -> int:
        """Count the texts."""
        return len(self._ends_n)

    def __iter__(self) -> Iterator[str]:
        """Return the texts in order, faster than one by one."""
        block, start = self._block.tobytes(), 0
        for end in self._ends_n.tolist():
            yield block[start:end].decode("utf-8", "surrogatepass")
            start = end

    @overload
    def __getitem__(self, position: int) -> str: ...
    @overload
    def __getitem__(self, position: slice) -> list[str]: ...
    def __getitem__(self, position: int | slice) -> str | list[str]:
        """Return a text, or several."""
        if isinstance(position, slice):
            return [self[number] for number in range(*position.indices(len(self)))]
        start = int(self._ends_n[position - 1]) if position else 0
        return self._block[start : int(self._ends_n[position])].tobytes().decode("utf-8", "surrogatepass")


class FolderWriter:
    """Writes the files of a folder, piece by piece, and at the end its header."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, IO[bytes]] = {}
        self._kinds: dict[str, tuple[str, list[int]]] = {}
        self._ends: dict[str, array[int]] = {}
        self._sums: dict[str, int] = {}

    def write(self, name: str, part: Array) -> None:
        """Append rows to an array."""
        part = np.ascontiguousarray(part, dtype=part.dtype.newbyteorder("<"))
        self._kinds.setdefault(name, (part.dtype.str, list(part.shape[1:])))
        self._append(name, part.tobytes())

    def write_text(self, name: str, text: str) -> None:
        """Append a text to a list of texts."""
        data = text.encode("utf-8", "surrogatepass")
        ends = self._ends.setdefault(name, array("q"))
        ends.append((ends[-1] if ends else 0) + len(data))
        self._kinds.setdefault(name, ("|u1", []))
        self._append(name, data)

    def read_back(self, name: str) -> Array:
        """Return an array written so far."""
        self._open(name).flush()
        return _map(self._folder / name, *self._kinds[name])

    def drop(self, name: str) -> None:
        """Take an array out again."""
        self._files.pop(name).close()
        del self._kinds[name], self._sums[name]
        (self._folder / name).unlink()

    def finish(self, scheme: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
        """Write the header, and see to it that everything is on the disk."""
        for name, ends in self._ends.items():
            self.write(f"{name}.ends", np.array(ends, dtype=np.int64))
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())
            file.close()
        files = {
            name: {
                "dtype": dtype, "shape": shape, "size": (self._folder / name).stat().st_size, CHECK: self._sums[name]
            }
            for name, (dtype, shape) in self._kinds.items()
        }  # fmt: skip
        header = {"format": FORMAT, "scheme": dict(scheme), "facts": dict(facts), "files": files}
        header[CHECK] = _check_header(header)
        with (self._folder / HEADER).open("w", encoding="utf-8") as file_:
            json.dump(header, file_, indent=1)
            file_.flush()
            os.fsync(file_.fileno())

    def close(self) -> None:
        """Close the files, finished or not."""
        for file in self._files.values():
            file.close()

    def _append(self, name: str, data: bytes) -> None:
        self._open(name).write(data)
        self._sums[name] = zlib.crc32(data, self._sums.get(name, 0))

    def _open(self, name: str) -> IO[bytes]:
        if name not in self._files:
            self._files[name] = (self._folder / name).open("wb")
        return self._files[name]


class StoredFolder:
    """A finished folder, opened."""

    def __init__(self, folder: Path, header: Mapping[str, Any]) -> None:
        self._folder = folder
        self._files: Mapping[str, Any] = header["files"]
        self.facts: Mapping[str, Any] = header["facts"]

    def __contains__(self, name: str) -> bool:
        """Say whether there is an array of that name."""
        return name in self._files

    def read(self, name: str) -> Array:
        """Return an array, memory-mapped."""
        kind = self._files[name]
        return _map(self._folder / name, kind["dtype"], kind["shape"])

    def read_texts(self, name: str) -> StoredTexts:
        """Return a list of texts, memory-mapped."""
        if name not in self._files:
            return StoredTexts(np.empty(0, dtype=np.uint8), np.empty(0, dtype=np.int64))
        return StoredTexts(self.read(name), self.read(f"{name}.ends"))


def open_stored(folder: Path, scheme: Mapping[str, Any]) -> StoredFolder | None:
    """Open a folder; None where it is not there, not whole or not sound, or of another version or scheme."""
    try:
        header = json.loads((folder / HEADER).read_text(encoding="utf-8"))
        if header["format"] != FORMAT or header["scheme"] != json.loads(json.dumps(dict(scheme))):
            return None
        is_sound = header.pop(CHECK) == _check_header(header) and all(
            (folder / name).stat().st_size == kind["size"] and _check_file(folder / name) == kind[CHECK]
            for name, kind in header["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return StoredFolder(folder, header) if is_sound else None


def _check_header(header: Mapping[str, Any]) -> int:
    return zlib.crc32(json.dumps(header, sort_keys=True).encode())


def _check_file(path: Path) -> int:
    check = 0
    with path.open("rb", buffering=0) as file:
        while data := file.read(READ_AT_ONCE):
            check = zlib.crc32(data, check)
    return check


@contextmanager
def build_beside(folder: Path) -> Iterator[FolderWriter]:
    """Give a writer; when it ends well, what it wrote takes the place of `folder` at once, else nothing is left of it.

    What a builder that was killed has left is removed. To be called with the lock of the parent folder held.
    """
    for left in folder.parent.glob(f"{BUILDING}*"):
        shutil.rmtree(left)
    beside = folder.parent / f"{BUILDING}{folder.name}"
    beside.mkdir()
    writer = FolderWriter(beside)
    try:
        yield writer
        writer.close()
        if folder.exists():  # not whole, or of another version: it makes way
            folder.rename(folder.parent / f"{BUILDING}{folder.name}-old")
        beside.rename(folder)
        _sync(folder.parent)
    finally:
        writer.close()
        for left in folder.parent.glob(f"{BUILDING}*"):
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def hold_lock(folder: Path) -> Iterator[None]:
    """Let one process at a time build in a folder; the others wait, and then find what it built."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("w") as lock:
        if fcntl is not None:
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def _map(path: Path, dtype: str, shape: Sequence[int]) -> Array:
    """Map an array of rows of that shape."""
    kind = np.dtype(dtype)
    row = kind.itemsize * int(np.prod(shape, dtype=np.int64))
    count = path.stat().st_size // row
    if not count:
        return np.empty((0, *shape), dtype=kind)
    return np.asarray(np.memmap(path, dtype=kind, mode="r", shape=(count, *shape)))

"""Opens a file as the bytes that matter: packed by gzip or Zstandard, told by their first bytes, it is read through.

Source: RFC 1952, section 2.3.1 (gzip's magic number); RFC 8878, section 3.1.1 (Zstandard's).
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

import zstandard

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
PACKED_ENDINGS = (".gz", ".zst")
HEAD_BYTES = 1 << 16  # looked at to tell what a file is

# What reading a packed file that is cut off or damaged raises, beside OSError.
DAMAGED = (EOFError, zlib.error, zstandard.ZstdError)


@contextmanager
def open_unpacked(path: Path) -> Iterator[io.BufferedReader[Any]]:
    """Open a file for reading, unpacked; its head can be looked at with `peek`. Raises `OSError` and `DAMAGED`."""
    with ExitStack() as stack:
        plain = stack.enter_context(io.BufferedReader(io.FileIO(path), HEAD_BYTES))
        magic = plain.peek(len(ZSTD_MAGIC))
        inner: object
        if magic.startswith(GZIP_MAGIC):
            inner = stack.enter_context(gzip.GzipFile(fileobj=plain))
        elif magic.startswith(ZSTD_MAGIC):
            unpacker = zstandard.ZstdDecompressor()
            inner = stack.enter_context(unpacker.stream_reader(plain, read_across_frames=True))
        else:
            yield plain
            return
        yield io.BufferedReader(cast(io.RawIOBase, inner), HEAD_BYTES)


def strip_packing(name: str) -> str:
    """Return a file's name without the ending that says how it is packed."""
    lower = name.lower()
    ending = next((ending for ending in PACKED_ENDINGS if lower.endswith(ending)), "")
    return name[: len(name) - len(ending)]


def copy_to_disk(stream: BinaryIO, target: BinaryIO) -> None:
    """Copy a stream to one that can be sought in."""
    while piece := stream.read(HEAD_BYTES):
        target.write(piece)
    target.seek(0)

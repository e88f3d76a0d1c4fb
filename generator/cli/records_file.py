"""Writes records to a JSONL file, whole or not at all: beside first, then renamed."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import IO, cast

from generator.errors import ConfigError
from generator.types import Example

ENDINGS = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".ndjson")


def write_records(output: str, records: Iterable[Example]) -> int:
    """Write records as they come; return how many. Where there is none, nothing is written, and what was there stays.

    Raises `ConfigError` for a place that cannot be written to.
    """
    path = Path(output)
    if not path.name.lower().endswith(ENDINGS):
        raise ConfigError(f"-o {output}: the file has to end in {', '.join(ENDINGS)}; `export` writes other forms.")
    if not path.parent.is_dir():
        raise ConfigError(f"-o {output}: there is no folder {path.parent}.")
    if path.is_dir():
        raise ConfigError(f"-o {output}: this is a folder. Name a file.")
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    count = 0
    try:
        with ExitStack() as stack:
            target = _open(beside, path.name.lower(), stack)
            for record in records:
                target.write(record.model_dump_json().encode() + b"\n")
                count += 1
        if count:
            beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return count


def _open(path: Path, name: str, stack: ExitStack) -> IO[bytes]:
    plain = stack.enter_context(path.open("wb"))
    if name.endswith(".gz"):
        packed = gzip.GzipFile(filename="", fileobj=plain, mode="wb", mtime=0)  # the same bytes whenever it is written
        return stack.enter_context(cast(IO[bytes], packed))
    if name.endswith(".zst"):
        import zstandard

        return cast(IO[bytes], stack.enter_context(zstandard.ZstdCompressor().stream_writer(plain)))
    return plain

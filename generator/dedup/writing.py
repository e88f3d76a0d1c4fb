"""What is kept, written as it came: the lines of a JSONL file to the byte, other records as JSON with all their fields.

A record of ours, and one that was read from a part of something (a tree, a text with several questions), is in our form.

Whole or not at all: written beside its place and renamed once it is on the disk. A name that ends in .gz or .zst packs it.
"""

from __future__ import annotations

import gzip
import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import IO, Any

from generator.dedup.reading import Places
from generator.errors import ConfigError, SeedbedError
from generator.seed_files.containers.jsonl import JSONL
from generator.seed_files.faults import name_path
from generator.seed_files.scan import WHOLE
from generator.seed_files.sniff import recognise_container
from generator.seed_files.unpack import HEAD_BYTES, open_unpacked
from generator.sources import Source, read_records

OTHER_FORMS = (".bz2", ".xz", ".zip", ".parquet", ".arrow", ".csv", ".tsv", ".yaml", ".yml")  # that can be read
_MARK = b"\xef\xbb\xbf"  # a byte order mark stands before the first line, and is no part of it


@contextmanager
def open_whole(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that takes its place only once it is whole; nothing is left of one that is not."""
    temporary = path.with_name(path.name + ".tmp")
    try:
        with temporary.open("wb") as file:
            with _pack(file, path.suffix.lower()) as packed:
                yield packed
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def check_place(flag: str, path: Path, sources: Sequence[Source]) -> None:
    """Check that lines can be written there, and replace nothing that is read. Raises `ConfigError`."""
    if path.resolve() in {file.resolve() for source in sources for file in source.files}:
        raise ConfigError(f"{flag} {path}: this is a source, and sources are only read. Name another file.")
    if path.is_dir():
        raise ConfigError(f"{flag} {path}: this is a folder. Name a file.")
    if not path.parent.is_dir():
        raise ConfigError(f"{flag} {path}: there is no folder {path.parent}.")
    if path.suffix.lower() in OTHER_FORMS:
        raise ConfigError(
            f"{flag} {path}: JSON lines are written. Let the name end in .jsonl, .jsonl.gz or .jsonl.zst; "
            "`seedbed export` writes other forms."
        )


def _pack(file: IO[bytes], ending: str) -> AbstractContextManager[Any]:
    """Return what is to be written to: the file itself, or what packs for it."""
    if ending == ".gz":
        return gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0)  # the same bytes whenever it is written
    if ending == ".zst":
        import zstandard

        return zstandard.ZstdCompressor().stream_writer(file, closefd=False)
    return nullcontext(file)


def write_kept(sources: Sequence[Source], places: Places, is_kept: Sequence[int], output: IO[bytes]) -> None:
    """Write the kept records of the sources (`is_kept` by number), in reading order.

    Raises `SeedbedError` where a file has changed since it was read.
    """
    number = 0
    for source in sources:
        for path in source.files:
            write = _write_lines if places.has_record_a_line(path) and _is_jsonl(path) else _write_records
            number = write(Source(source.name, (path,), source.run), places, is_kept, number, output)
            if number < len(is_kept) and places.get_file(number) == path:
                raise _explain_change(path)


def _is_jsonl(path: Path) -> bool:
    with open_unpacked(path) as stream:
        return recognise_container(path, stream.peek(HEAD_BYTES)[:HEAD_BYTES]) is JSONL


def _write_lines(source: Source, places: Places, is_kept: Sequence[int], number: int, output: IO[bytes]) -> int:
    """Copy the lines of the kept records, the first of which is `number`; return the number after the file's last."""
    (path,) = source.files
    with open_unpacked(path) as lines:
        for at, line in enumerate(lines, 1):
            if number == len(is_kept) or places.get_file(number) != path:
                break
            if places.get_line(number) == at:
                if is_kept[number]:
                    output.write((line.removeprefix(_MARK) if at == 1 else line).rstrip(b"\r\n") + b"\n")
                number += 1
    return number


def _write_records(source: Source, places: Places, is_kept: Sequence[int], number: int, output: IO[bytes]) -> int:
    """Write the kept records, with the fields they had where these are theirs alone; else as `_write_lines`."""
    (path,) = source.files
    is_whole = places.has_records_whole(path)
    for located in read_records(source, on_fault=lambda *_: None):
        is_known = number < len(is_kept) and places.get_file(number) == path
        if not is_known or places.get_line(number) != located.line:
            raise _explain_change(path)
        if is_kept[number]:
            as_it_was = is_whole and located.shape != WHOLE
            text = format_values(located.values) if as_it_was else located.example.model_dump_json()
            output.write(text.encode("utf-8", "backslashreplace") + b"\n")
        number += 1
    return number


def format_values(values: Mapping[str, object]) -> str:
    """Return fields as JSON; what JSON has no way to say (dates, bytes) as text, a number that is none as null."""
    return json.dumps({name: _settle(value) for name, value in values.items()}, ensure_ascii=False)


def _settle(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(name): _settle(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_settle(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | None) else str(value)


def _explain_change(path: Path) -> SeedbedError:
    return SeedbedError(f"{name_path(path)} has changed while it was read; nothing is written. Give the command again.")

"""Files that are written whole or not at all: beside their place until all are done, then renamed.

A kill leaves the files of an earlier export untouched, and some temporary ones that the next export writes over.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from generator.errors import ConfigError
from generator.export.form import FileEntry, Form, Row
from generator.export.tally import Tally
from generator.table_row import ESCAPED, disarm_row

TEMPORARY = ".seedbed-part"  # the ending of a file that is not done: nobody else's
FLUSH_ROWS, FLUSH_CHARS = 1000, 8_000_000  # rows that Parquet collects before it writes a group: bounds what is held
_encode = json.JSONEncoder(ensure_ascii=False).encode
_DELIMITERS = {".csv": ",", ".tsv": "\t"}


class Writer(Protocol):
    """Writes rows to a file that is open."""

    def write(self, row: Row) -> None:
        """Write a row."""
        ...

    def close(self) -> None:
        """Write what a file of the kind ends with."""
        ...


class DigestFile(io.RawIOBase):
    """A binary file that knows the digest and the size of what was written to it."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("wb")
        self._digest = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        """Say that it can be written."""
        return True

    def write(self, data: Any) -> int:
        """Write bytes."""
        self._digest.update(data)
        self.size += self._file.write(data)
        return len(data)

    def tell(self) -> int:
        """Return where the next byte goes."""
        return self.size

    def flush(self) -> None:
        """Hand what is buffered to the system."""
        if not self._file.closed:
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()

    def abandon(self) -> None:
        """Close the file; what a writer still has for it goes nowhere."""
        self._file.close()
        self._file = io.BytesIO()

    @property
    def sha256(self) -> str:
        """The digest, 64 hexadecimal digits."""
        return self._digest.hexdigest()


def dump_row(row: Row) -> str:
    """Return the row as JSON on one line."""
    return row if isinstance(row, str) else _encode(row)


class LineWriter:
    """One JSON object a line."""

    def __init__(self, file: DigestFile) -> None:
        self._file = file

    def write(self, row: Row) -> None:
        """Write a row."""
        self._file.write(dump_row(row).encode() + b"\n")

    def close(self) -> None:
        """Nothing ends the file."""


class ArrayWriter:
    """One JSON array, an element a line."""

    def __init__(self, file: DigestFile) -> None:
        self._file = file
        self._before = b"[\n"

    def write(self, row: Row) -> None:
        """Write an element."""
        self._file.write(self._before + dump_row(row).encode())
        self._before = b",\n"

    def close(self) -> None:
        """Close the array."""
        self._file.write(b"\n]\n" if self._before == b",\n" else b"[]\n")


class DelimitedWriter:
    """Cells between commas or tabs, under a header."""

    def __init__(
        self, file: DigestFile, columns: tuple[str, ...], delimiter: str, tally: Tally, *, disarm: bool
    ) -> None:
        self._file = file
        self._tally = tally
        self._disarm = disarm
        self._columns = (*columns, ESCAPED) if disarm else columns
        self._line = io.StringIO()
        # some spreadsheets cut an unquoted cell at a `;`
        self._csv = csv.writer(
            self._line, delimiter=delimiter, lineterminator="\r\n",
            quoting=csv.QUOTE_ALL if disarm else csv.QUOTE_MINIMAL,
        )  # fmt: skip
        self._write(self._columns)

    def write(self, row: Row) -> None:
        """Write a row."""
        assert not isinstance(row, str)
        cells = disarm_row(row) if self._disarm else row
        texts = ["" if cells[column] is None else str(cells[column]) for column in self._columns]
        if any("\0" in text for text in texts):
            self._tally.replaced["NUL (by U+FFFD)"] += 1
            texts = [text.replace("\0", "\ufffd") for text in texts]
        self._write(texts)

    def _write(self, cells: list[str] | tuple[str, ...]) -> None:
        self._csv.writerow(cells)
        self._file.write(self._line.getvalue().encode())
        self._line.seek(0)
        self._line.truncate()

    def close(self) -> None:
        """Nothing ends the file."""


class ParquetWriter:
    """Columns of texts, in groups of rows that are bounded in number and size."""

    def __init__(self, file: DigestFile, columns: tuple[str, ...]) -> None:
        pyarrow = _import_arrow()
        self._table = pyarrow.Table
        self._schema = pyarrow.schema([(column, pyarrow.string()) for column in columns])
        self._parquet = pyarrow.parquet.ParquetWriter(file, self._schema, compression="zstd")
        self._rows: list[Mapping[str, Any]] = []
        self._chars = 0

    def write(self, row: Row) -> None:
        """Write a row."""
        assert not isinstance(row, str)
        self._rows.append(row)
        self._chars += sum(len(cell) for cell in row.values() if cell)
        if len(self._rows) >= FLUSH_ROWS or self._chars >= FLUSH_CHARS:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            self._parquet.write_table(self._table.from_pylist(self._rows, schema=self._schema))
        self._rows, self._chars = [], 0

    def close(self) -> None:
        """Write the last group and the footer."""
        self._flush()
        self._parquet.close()


def _import_arrow() -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ConfigError("Parquet needs pyarrow: pip install 'seedbed[parquet]'.") from error
    return pyarrow


def make_writer(form: Form, ending: str, file: DigestFile, tally: Tally, *, disarm: bool) -> Writer:
    """Return the writer for a form and the ending of its file."""
    if ending in _DELIMITERS:
        return DelimitedWriter(file, form.columns, _DELIMITERS[ending], tally, disarm=disarm)
    if ending == ".parquet":
        return ParquetWriter(file, form.columns)
    makers: Mapping[str, Callable[[DigestFile], Writer]] = {".jsonl": LineWriter, ".json": ArrayWriter}
    return makers[ending](file)


class OpenFile:
    """One data file while it is written."""

    def __init__(self, folder: Path, name: str, split: str, form: Form, tally: Tally, *, disarm: bool) -> None:
        self._name, self._split = name, split
        self._rows = 0
        path = folder / (name + TEMPORARY)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = DigestFile(path)
        self._writer = make_writer(form, Path(name).suffix, self._file, tally, disarm=disarm)

    def write(self, row: Row) -> None:
        """Write a row."""
        self._writer.write(row)
        self._rows += 1

    def close(self) -> FileEntry:
        """End the file; it still has its temporary name."""
        self._writer.close()
        self._file.close()
        return FileEntry(self._name, self._split, self._rows, self._file.size, self._file.sha256)

    def abandon(self) -> None:
        """Close the file as it is: it will be thrown away."""
        self._file.abandon()

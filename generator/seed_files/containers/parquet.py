"""Parquet: one row a record, read a batch at a time. A record's line is its row, counted from 1.

A field that is null in a row is not there: a column stands for all rows. Needs the extra `parquet` (pyarrow).
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from typing import Any, BinaryIO

from generator.errors import ConfigError
from generator.seed_files.faults import Notes
from generator.seed_files.records import Container, Record
from generator.seed_files.unpack import copy_to_disk

MAGIC = b"PAR1"
BATCH_ROWS = 256


def read_records(stream: BinaryIO, notes: Notes) -> Iterator[Record]:
    """Yield one record a row. Raises `ConfigError` where pyarrow is missing."""
    arrow, parquet = _import_arrow()
    with tempfile.TemporaryFile() as disk:
        if isinstance(getattr(stream, "raw", None), io.FileIO):
            source: BinaryIO = stream
        else:  # packed on top of Parquet's own packing: it has to be unpacked first, since its index is at its end
            copy_to_disk(stream, disk)
            source = disk
        row = 0
        try:
            for batch in parquet.ParquetFile(source).iter_batches(BATCH_ROWS):
                for values in batch.to_pylist(maps_as_pydicts="lossy"):
                    row += 1
                    yield Record(row, {key: value for key, value in values.items() if value is not None})
        except (arrow.ArrowException, OSError) as error:
            said = str(error).splitlines()[0] if str(error) else type(error).__name__
            notes.fault(row or None, f"the Parquet file cannot be read ({said}). It may be cut off; write it anew.")


def _import_arrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ConfigError("Parquet files need pyarrow: pip install 'seedbed[parquet]'.") from error
    return pyarrow, pyarrow.parquet


PARQUET = Container("parquet", read_records)

"""Mends the form of a seed file where that is safe, and nothing else: what the file says stays what it says.

Mended: a byte order mark, UTF-16 (also without its mark), UTF-32, CESU-8, Windows-1252 and GB 18030, CRLF (not in
tables, where it is the standard) and CR alone, white space at line ends, a missing last line end; and in JSON, where a
value does not parse but does afterwards: curly quotes and odd spaces used as syntax, commas before a closing bracket or
after a line. The new file is written beside and renamed; the old one stays as FILE.orig.
"""

from __future__ import annotations

import codecs
import json
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from generator.seed_files.formats import find_container
from generator.seed_files.unpack import GZIP_MAGIC, ZSTD_MAGIC
from generator.seed_lint.mend_json import mend_json

WIDE_SHARE = 0.05  # of NULs: Chinese has none, but quotes, colons and names of fields around it do; chosen
MAX_BYTES = 256_000_000  # a file is mended in memory
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
_TEXTS = frozenset({"jsonl", "json", "csv", "tsv", "yaml"})


@dataclass(frozen=True, slots=True)
class Repair:
    """What was mended in a file: how often by rule, and where the old one lies; `reason` says why nothing could be."""

    path: Path
    rules: dict[str, int]
    original: Path | None = None
    reason: str = ""


def repair_file(path: Path) -> Repair:
    """Mend one file in place, keeping the old one."""
    raw = path.read_bytes() if path.stat().st_size <= MAX_BYTES else b""
    if not raw or raw.startswith((GZIP_MAGIC, ZSTD_MAGIC)):
        reason = "it is packed; unpack it first" if raw else f"it is empty, or larger than {MAX_BYTES:,} bytes"
        return Repair(path, {}, reason=reason)
    container = find_container(path)
    if container is None or container.name not in _TEXTS:
        return Repair(path, {}, reason="only JSON, JSONL, CSV, TSV and YAML are mended")
    rules: Counter[str] = Counter()
    text = _decode(raw, rules)
    if text is None:
        return Repair(path, {}, reason="its encoding is not told; save it as UTF-8")
    mended = _MENDERS.get(container.name, _mend_lines)(text, rules)
    if mended.encode("utf-8", "surrogatepass") == raw:
        return Repair(path, {})
    return Repair(path, dict(rules), _replace(path, mended))


def _decode(raw: bytes, rules: Counter[str]) -> str | None:
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            rules["byte_order_mark" if encoding == "utf-8" else encoding] += 1
            return _decode_one(raw[len(mark) :], encoding)
    wide = _tell_wide(raw)
    if wide is None and b"\0" in raw:
        return None
    text = None if wide else _decode_one(raw, "utf-8")
    return text if text is not None else _decode_told(raw, wide, rules)


def _decode_told(raw: bytes, wide: str | None, rules: Counter[str]) -> str | None:
    """Return a text that is not UTF-8, by what its bytes tell of its encoding."""
    encoding, text = "cesu-8", None if wide else _decode_pairs(raw)
    if text is None:
        encoding = wide or ("cp1252" if _has_lone_high_bytes(raw) else "gb18030")
        text = _decode_one(raw, encoding)
    if text is not None:
        rules[encoding] += 1
    return text


def _decode_one(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _decode_pairs(raw: bytes) -> str | None:
    """Return a text in which the two halves of a pair of UTF-16 are written as UTF-8 each; None for any other."""
    try:
        return raw.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeError:
        return None


def _tell_wide(raw: bytes) -> str | None:
    """Return which UTF-16 a text without a mark is: in one, every character of the syntax has a NUL on its same side."""
    sides = raw[0::2].count(0), raw[1::2].count(0)
    if len(raw) % 2 or sum(sides) < WIDE_SHARE * len(raw):
        return None
    return "utf-16-le" if sides[1] > sides[0] else "utf-16-be"


def _has_lone_high_bytes(raw: bytes) -> bool:
    """Say whether most bytes beyond ASCII stand alone, as letters with marks do; those of Chinese come in pairs."""
    high = [at for at, byte in enumerate(raw) if byte >= 0x80]
    places = set(high)
    lone = sum(at - 1 not in places and at + 1 not in places for at in high)
    return lone * 2 > len(high)


def _mend_lines(text: str, rules: Counter[str]) -> str:
    if "\r\n" in text:
        rules["crlf"] += text.count("\r\n")
        text = text.replace("\r\n", "\n")
    return _mend_table(text, rules)


def _mend_table(text: str, rules: Counter[str]) -> str:
    """Return the text of a table with line ends: CRLF are as its standard has them, and cells may hold some."""
    if "\r" in text and "\n" not in text:
        rules["cr"] += text.count("\r")
        text = text.replace("\r", "\n")
    if text and not text.endswith("\n"):
        rules["last_line_end"] += 1
        text += "\r\n" if "\r\n" in text else "\n"
    return text


def _mend_jsonl(text: str, rules: Counter[str]) -> str:
    lines = []
    for line in _mend_lines(text, rules).split("\n"):
        mended = _mend_value(line, rules)
        stripped = mended.strip()
        if stripped != mended:
            rules["white_space"] += 1
        lines.append(stripped)
    return "\n".join(lines)


def _mend_json(text: str, rules: Counter[str]) -> str:
    return _mend_value(_mend_lines(text, rules), rules)


def _mend_value(text: str, rules: Counter[str]) -> str:
    """Return the text mended, where it does not parse as it is and does so afterwards."""
    if not text.strip() or _parses(text):
        return text
    found: Counter[str] = Counter()
    mended = mend_json(text, found)
    if not found or not _parses(mended):
        return text
    rules.update(found)
    return mended


def _parses(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


_MENDERS: dict[str, Callable[[str, Counter[str]], str]] = {
    "jsonl": _mend_jsonl, "json": _mend_json, "csv": _mend_table, "tsv": _mend_table,
}  # fmt: skip


def _replace(path: Path, text: str) -> Path:
    """Put the text in the file's place, whole or not at all; return where the old file lies."""
    original = path.with_name(f"{path.name}.orig")
    number = 1
    while original.exists():
        number += 1
        original = path.with_name(f"{path.name}.orig{number}")
    beside = path.with_name(f".{path.name}.tmp")
    beside.write_bytes(text.encode("utf-8", "surrogatepass"))
    shutil.copy2(path, original)
    beside.replace(path)
    return original

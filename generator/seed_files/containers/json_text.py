"""A JSON text larger than memory, decoded value by value: a window of it is held, and where in the file that lies.

What is not UTF-8, and NUL, is noted by line and byte; a value on such a line is not `sound`.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import BinaryIO

from generator.seed_files.faults import Notes
from generator.seed_files.lines import WIDE_MARKS, WIDE_MESSAGE, warn_of_mark
from generator.seed_files.strict_json import StrictDecoder

CHUNK_BYTES = 1 << 18
_SPACE = re.compile(r"[ \t\r\n]*")  # what JSON calls white space
_CUT = 16  # characters from the window's end within which a break may be the cut itself: the longest literal has 9


class TooLongError(Exception):
    """A value is longer than the limit."""


class JsonText:
    """The window. `line` is the line (from 1) at which it stands, `problems` what was odd in the latest value."""

    def __init__(self, stream: BinaryIO, notes: Notes) -> None:
        """Begin before the first character."""
        self.line = 1
        self.decoder = StrictDecoder()
        self._stream, self._notes = stream, notes
        self._text, self._at, self._column = "", 0, 0  # the column of the window's first character, from 0
        self._ended = False
        self._pending = b""
        self._byte_line, self._byte_column = 1, 0  # of the first byte not yet decoded
        self._bad_lines: set[int] = set()
        self._begin()

    def _begin(self) -> None:
        raw = self._stream.read(len(codecs.BOM_UTF32_BE))
        if raw.startswith(WIDE_MARKS):
            self._notes.fault(1, WIDE_MESSAGE)
            self._ended = True
            return
        if raw.startswith(codecs.BOM_UTF8):
            warn_of_mark(self._notes)
            raw = raw[len(codecs.BOM_UTF8) :]
            self._byte_column = len(codecs.BOM_UTF8)
        self._pending = raw

    def look(self) -> str:
        """Return the next character that is no white space, "" at the end; go there."""
        while True:
            found = _SPACE.match(self._text, self._at)
            self._go(found.end() if found else self._at)
            if self._at < len(self._text) or self._ended:
                return self._text[self._at : self._at + 1]
            self._fill(CHUNK_BYTES)

    def step(self) -> None:
        """Go one character on."""
        self._go(self._at + 1)

    def decode(self, limit: int) -> tuple[object, bool]:
        """Return the value that begins here, and whether it is sound; go behind it.

        Raises `TooLongError` beyond `limit` characters, `json.JSONDecodeError` where the syntax breaks.
        """
        while True:
            room = len(self._text) - self._at
            try:
                value, end = self.decoder.decode_at(self._text, self._at)
                if end - self._at > limit:
                    raise TooLongError
                if end < len(self._text) or self._ended:
                    first = self.line
                    self._go(end)
                    return value, self._bad_lines.isdisjoint(range(first, self.line + 1))
            except json.JSONDecodeError as error:
                if self._ended or not self._may_be_cut(error):
                    raise
            if room > limit:
                raise TooLongError
            self._fill(max(CHUNK_BYTES, room))  # as much again, so that a long value is not decoded too often

    def _may_be_cut(self, error: json.JSONDecodeError) -> bool:
        return error.msg.startswith("Unterminated string") or error.pos >= len(self._text) - _CUT

    def make_error(self, message: str) -> json.JSONDecodeError:
        """Return an error at the next character."""
        return json.JSONDecodeError(message, self._text, self._at)

    def locate(self, error: json.JSONDecodeError) -> tuple[int, int]:
        """Return line and column (from 1) of an error raised here."""
        line = self.line + self._text.count("\n", self._at, error.pos)
        newline = self._text.rfind("\n", 0, error.pos)
        return line, error.pos - newline if newline >= 0 else self._column + error.pos + 1

    def _go(self, at: int) -> None:
        self.line += self._text.count("\n", self._at, at)
        self._at = at

    def _fill(self, size: int) -> None:
        """Let go of what lies behind, and read on."""
        newline = self._text.rfind("\n", 0, self._at)
        self._column = self._at - newline - 1 if newline >= 0 else self._column + self._at
        raw = self._stream.read(size)
        self._ended = not raw
        self._text = self._text[self._at :] + self._decode_bytes(self._pending + raw)
        self._at = 0

    def _decode_bytes(self, data: bytes) -> str:
        try:
            text, used = codecs.utf_8_decode(data, "strict", self._ended)
        except UnicodeDecodeError:
            text, used = codecs.utf_8_decode(data, "replace", self._ended)
            self._note_bad(data[:used])
        else:
            if "\0" in text:
                self._note_bad(data[:used])
        self._pending = data[used:]
        newline = data.rfind(b"\n", 0, used)
        self._byte_line += data.count(b"\n", 0, used)
        self._byte_column = used - newline - 1 if newline >= 0 else self._byte_column + used
        return text.replace("\0", "\ufffd")

    def _note_bad(self, data: bytes) -> None:
        for line, byte, message in _find_bad(data):
            number = self._byte_line + line
            place = byte + (self._byte_column if line == 0 else 0)
            if number not in self._bad_lines:
                self._notes.fault(number, f"byte {place} of the line {message}")
            self._bad_lines.add(number)


def _find_bad(data: bytes) -> Iterator[tuple[int, int, str]]:
    """Yield the line (from 0), the byte (from 1) and a message for each line with something that is no text."""
    for line, raw in enumerate(data.split(b"\n")):
        nul = raw.find(b"\0")
        if nul >= 0:
            yield line, nul + 1, "is a NUL character. Remove it; if the file is UTF-16, save it as UTF-8."
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError as error:
            said = f"(0x{raw[error.start]:02X}) is not UTF-8. Save the file as UTF-8 (`seeds check --fix` does)."
            yield line, error.start + 1, said

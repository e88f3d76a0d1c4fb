"""What the commands print, and where: results to stdout, everything else to stderr.

Promise: no control character of the data, of a server or of a file's name reaches a terminal, and a reader who has gone
(`| head`) ends no run.
"""

from __future__ import annotations

import json
import os
import re
import sys
import unicodedata
from collections.abc import Mapping
from typing import Any, TextIO

FAULTY = 2  # the exit status for bad input
# C0 and C1 but for tab and line feed, the separators and overrides that reorder a line, and lone surrogates
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def escape(text: str) -> str:
    """Return the text with everything that could steer a terminal written out as a JSON escape."""
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def count_columns(text: str) -> int:
    """Return how many columns of a terminal a line takes: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def say(text: str) -> None:
    """Print a note to stderr."""
    _print(text, sys.stderr)


def say_error(text: str) -> None:
    """Print an error to stderr."""
    say(f"error: {text}")


def show(text: str) -> None:
    """Print a result to stdout."""
    _print(text, sys.stdout)


def show_json(value: Mapping[str, Any]) -> None:
    """Print the one JSON object of `--json` to stdout."""
    is_utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    show(json.dumps(value, ensure_ascii=not is_utf8))  # what `escape` writes out is an escape of JSON, too


def _print(text: str, stream: TextIO) -> None:
    safe = escape(text) + "\n"
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(safe.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())

"""What the commands print, and where: results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any


def say(text: str) -> None:
    """Print a note to stderr."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def say_error(text: str) -> None:
    """Print an error to stderr."""
    say(f"error: {text}")


def show(text: str) -> None:
    """Print a result to stdout."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def show_json(value: Mapping[str, Any]) -> None:
    """Print the one JSON object of `--json` to stdout."""
    show(json.dumps(value, ensure_ascii=False))

"""Where the prompts and seeds that ship lie: beside the packages in a checkout, inside them in a wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def find_shipped(name: str) -> Path:
    """Return the shipped folder `prompts` or `seeds`."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name

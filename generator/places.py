"""Where things lie: the prompts and seeds that ship (beside the packages, or inside them in a wheel), and paths as shown."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def find_shipped(name: str) -> Path:
    """Return the shipped folder `prompts` or `seeds`."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def shorten_path(path: str | Path) -> Path:
    """Return the path as seen from here where it lies below, for a person to read."""
    here = Path.cwd()
    return Path(path).relative_to(here) if Path(path).is_relative_to(here) else Path(path)


def address_database(path: Path) -> str:
    """Return the address of a database for SQLite; one that may not be written here can be read all the same."""
    is_fixed = path.is_file() and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))
    return path.absolute().as_uri() + ("?immutable=1" if is_fixed else "")

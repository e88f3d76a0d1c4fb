"""The lists of what can be read: containers by file ending, shapes in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from generator.seed_files.containers.csv import CSV
from generator.seed_files.containers.json import JSON
from generator.seed_files.containers.jsonl import JSONL
from generator.seed_files.records import Container, Shape
from generator.seed_files.shapes.alpaca import ALPACA
from generator.seed_files.shapes.own import OWN
from generator.seed_files.shapes.self_instruct import SELF_INSTRUCT

CONTAINERS: dict[str, Container] = {
    ".jsonl": JSONL,
    ".ndjson": JSONL,
    ".json": JSON,
    ".csv": CSV,
}

SHAPES: tuple[Shape, ...] = (SELF_INSTRUCT, ALPACA, OWN)  # the most particular first


def find_container(path: Path) -> Container | None:
    """Return the container of a file by its ending, in either case; None where it is not known."""
    return CONTAINERS.get(path.suffix.lower())


def find_shape(values: Mapping[str, object]) -> Shape | None:
    """Return the shape of a record by its field names; None where no shape knows them."""
    return next((shape for shape in SHAPES if shape.matches(values)), None)


def list_endings() -> str:
    """Return the endings that can be read, for a message."""
    return ", ".join(CONTAINERS)

"""The lists of what can be read: containers by file ending, shapes in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from generator.seed_files.containers.csv import CSV, TSV
from generator.seed_files.containers.json import JSON
from generator.seed_files.containers.jsonl import JSONL
from generator.seed_files.containers.parquet import PARQUET
from generator.seed_files.containers.yaml import YAML
from generator.seed_files.records import Container, Shape
from generator.seed_files.shapes.alpaca import ALPACA
from generator.seed_files.shapes.argilla import ARGILLA
from generator.seed_files.shapes.chatml import CHATML
from generator.seed_files.shapes.choices import CHOICES
from generator.seed_files.shapes.comparison import COMPARISON
from generator.seed_files.shapes.dolly import DOLLY
from generator.seed_files.shapes.flan import FLAN
from generator.seed_files.shapes.hh_rlhf import HH_RLHF
from generator.seed_files.shapes.moss import MOSS
from generator.seed_files.shapes.natural_instructions import NATURAL_INSTRUCTIONS
from generator.seed_files.shapes.oasst import OASST
from generator.seed_files.shapes.openai_messages import OPENAI_MESSAGES
from generator.seed_files.shapes.own import OWN
from generator.seed_files.shapes.preference import PREFERENCE
from generator.seed_files.shapes.prompt_completion import PROMPT_COMPLETION
from generator.seed_files.shapes.question_answer import QUESTION_ANSWER
from generator.seed_files.shapes.ranked import RANKED
from generator.seed_files.shapes.self_instruct import SELF_INSTRUCT
from generator.seed_files.shapes.sharegpt import SHAREGPT
from generator.seed_files.shapes.slots import SLOTS
from generator.seed_files.shapes.squad import SQUAD
from generator.seed_files.shapes.text import TEXT
from generator.seed_files.shapes.webgpt import WEBGPT
from generator.seed_files.unpack import PACKED_ENDINGS, strip_packing

CONTAINERS: dict[str, Container] = {
    ".jsonl": JSONL, ".ndjson": JSONL, ".json": JSON, ".csv": CSV, ".tsv": TSV, ".yaml": YAML, ".yml": YAML,
    ".parquet": PARQUET,
}  # fmt: skip

SHAPES: tuple[Shape, ...] = (  # the most particular first
    ARGILLA, OASST, HH_RLHF, PREFERENCE, SHAREGPT, OPENAI_MESSAGES, MOSS, CHATML, WEBGPT, COMPARISON, RANKED, SQUAD,
    NATURAL_INSTRUCTIONS, FLAN, SELF_INSTRUCT, SLOTS, CHOICES, QUESTION_ANSWER, PROMPT_COMPLETION, DOLLY, ALPACA, OWN, TEXT,
)  # fmt: skip


def find_container(path: Path) -> Container | None:
    """Return the container of a file by its ending, in either case; None where it is not known."""
    return CONTAINERS.get(Path(strip_packing(path.name)).suffix.lower())


def find_shape(values: Mapping[str, object]) -> Shape | None:
    """Return the shape of a record by its field names; None where no shape knows them."""
    return next((shape for shape in SHAPES if shape.matches(values)), None)


def list_endings() -> str:
    """Return the endings that can be read, for a message."""
    return f"{', '.join(CONTAINERS)}, or one of them with {' or '.join(PACKED_ENDINGS)}"

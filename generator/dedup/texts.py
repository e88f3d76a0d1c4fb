"""Which text of a record is compared, and how long a record is."""

from __future__ import annotations

from typing import Literal

from generator.types import Example

TextChoice = Literal["instruction", "instruction+input", "all"]


def choose_text(example: Example, choice: TextChoice) -> str:
    """Return the text to compare: the instruction; it and its input; or the earlier turns and the response as well."""
    if choice == "instruction":
        return example.instruction
    parts = [example.instruction, example.input] if choice == "instruction+input" else _list_parts(example)
    return "\n".join(filter(None, parts))


def measure_length(example: Example) -> int:
    """Return the characters of everything a record says."""
    return sum(map(len, _list_parts(example)))


def _list_parts(example: Example) -> list[str]:
    return [*(turn.content for turn in example.history), example.instruction, example.input, example.response]

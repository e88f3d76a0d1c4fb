"""The labels of the Self-Instruct and Alpaca forms, in English and Chinese, and where they stand in a text.

Promise: a label is one only at the start of a line, so a text that speaks of "Output: …" within a line stays whole.

Source: the labelled forms of Self-Instruct (arXiv:2212.10560, appendix A) and of Alpaca's `prompt.txt`.

Deviations: Chinese labels and full-width colons and digits; Markdown's emphasis around a label is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

KINDS = {
    "instruction": "instruction", "指令": "instruction", "任务": "instruction", "input": "input", "输入": "input",
    "output": "output", "输出": "output", "example": "example",
    "示例": "example", "例子": "example",
}  # fmt: skip

DECORATION = r"[ \t]*(?:#{1,4}[ \t]*)?\*{0,2}"
NUMBER = r"(?P<number>\d{1,4})[ \t]?(?:\\?\.(?!\d)|[)\u3001\uff0e\u3002\uff09])"  # `9.` `9)` `9\.`, not `9.5`

_BLOCK_LABEL = re.compile(
    rf"^{DECORATION}(?:{NUMBER}[ \t]{{0,4}}\*{{0,2}})?(?P<name>Instruction|Input|Output|指令|任务|输入|输出)"
    r"[ \t]?\*{0,2}[:\uff1a]\*{0,2}",
    re.IGNORECASE | re.MULTILINE,
)
_INSTANCE_LABEL = re.compile(
    rf"^{DECORATION}(?:(?P<name>Input|Output|输入|输出)[ \t]?\d{{0,3}}[ \t]?\*{{0,2}}[:\uff1a]\*{{0,2}}"
    r"|(?P<heading>Example|示例|例子)[ \t]?(?P<number>\d{0,3})[.:\uff1a]?\*{0,2}[ \t]*$)",
    re.IGNORECASE | re.MULTILINE,
)
_CLASS_LABEL = re.compile(
    rf"^{DECORATION}(?:(?:Class )?label|类别标签|类别|标签)[ \t]?\*{{0,2}}[:\uff1a]\*{{0,2}}",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Label:
    """A label: its kind, its number where it has one, and where its characters begin and end."""

    kind: str
    number: int | None
    start: int
    end: int


def find_block_labels(text: str) -> list[Label]:
    """Return the labels of Alpaca's blocks (instruction, input, output), numbered or not."""
    return [_make_label(hit, hit["name"]) for hit in _BLOCK_LABEL.finditer(text)]


def find_instance_labels(text: str) -> list[Label]:
    """Return the labels of the input-first form (example headings, input, output)."""
    return [_make_label(hit, hit["name"] or hit["heading"]) for hit in _INSTANCE_LABEL.finditer(text)]


def split_at_class_labels(text: str) -> list[str]:
    """Return what follows each class label, up to the next; what stands before the first is left out."""
    return _CLASS_LABEL.split(text)[1:]


def slice_text(text: str, labels: Sequence[Label]) -> list[str]:
    """Return the stripped text after each label, up to the next."""
    stops = [label.start for label in labels[1:]] + [len(text)]
    return [text[label.end : stop].strip() for label, stop in zip(labels, stops, strict=True)]


def _make_label(hit: re.Match[str], name: str) -> Label:
    number = hit["number"]
    return Label(KINDS[name.lower()], int(number) if number else None, hit.start(), hit.end())

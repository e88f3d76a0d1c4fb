"""The originals' own parsers, faults included: for replaying recorded runs and for comparing against them.

Promise: what they kept, these keep; what they lost, these lose. Filtering is not done here: the rule set `COMPAT` of
`evaluators.elimination.instruction_rules` holds the originals' filters.

Source: the behaviour of Self-Instruct's instruction and instance parsers (repository yizhongw/self-instruct) and of
Alpaca's block parser (tatsu-lab/stanford_alpaca), as their published runs show it.
"""

from __future__ import annotations

import re

from generator.parsing.reply_text import fold_space

CUT = "length"  # the one finish reason that the originals know

_ITEM_NUMBER = re.compile(r"\n\d+\s?\. ")
_EXAMPLE = re.compile(r"Example\s?\d*\.?")
_OUTPUT = re.compile(r"Output\s*(?:\d+\s*)?:")
_INPUT_PREFIX = re.compile(r"\AInput\s*(?:\d+\s*)?:")
_CLASS_LABEL = "Class label:"
_ALPACA_FIELDS = 3  # Instruction, Input, Output; a block that has not exactly these is lost

Instances = tuple[tuple[str, str], ...]  # (input, output)


def split_list(text: str, finish_reason: str) -> tuple[str, ...]:
    """Return Self-Instruct's items: any number that begins a line splits; all but the first letter become lower-case.

    A completion that was cut off yields nothing at all.
    """
    if finish_reason == CUT:
        return ()
    items = (fold_space(piece).capitalize() for piece in _ITEM_NUMBER.split(text))
    return tuple(item for item in items if item)


def parse_output_first(text: str, finish_reason: str) -> Instances:
    """Return (input, output) of each class label: the rest of its line, then what follows as it stands."""
    pieces = text.strip().split(_CLASS_LABEL)[1:]
    found = []
    for piece in pieces:
        label, _, rest = piece.strip().partition("\n")
        found.append((rest.strip(), label.strip()))
    return _drop_last_if_cut(found, finish_reason)


def parse_input_first(text: str, finish_reason: str) -> Instances:
    """Return (input, output) of each example; a reply without the words `Example` and `Output:` yields nothing."""
    stripped = text.strip()
    if _EXAMPLE.search(stripped):
        pieces = [piece for piece in _EXAMPLE.split(stripped) if piece.strip()]
    else:
        pieces = [stripped] if _OUTPUT.search(stripped) else []
    return _drop_last_if_cut([_split_input_output(piece) for piece in pieces], finish_reason)


def _split_input_output(text: str) -> tuple[str, str]:
    """Split at the first `Output:`, up to the second; without one the whole text is the output."""
    pieces = _OUTPUT.split(text.strip())
    if len(pieces) == 1:
        return "", text.strip()
    return _INPUT_PREFIX.sub("", pieces[0].strip()).strip(), pieces[1].strip()


def _drop_last_if_cut(instances: list[tuple[str, str]], finish_reason: str) -> Instances:
    return tuple(instances[:-1] if finish_reason == CUT else instances)


def parse_alpaca_blocks(text: str, shown: int, finish_reason: str) -> tuple[tuple[str, str, str], ...]:
    """Return (instruction, input, output) of Alpaca's blocks after `shown` demonstrations.

    The reply begins within block `shown` + 1. `###` anywhere separates; a block whose labels do not carry exactly the
    number of its position is lost; only `<noinput>` means none.
    """
    pieces = f"{shown + 1}. Instruction:{text}".split("###")
    if finish_reason == CUT:
        pieces.pop()
    blocks = []
    for number, piece in enumerate(pieces, start=shown + 1):
        fields = re.split(rf"{number}\.\s+(?:Instruction|Input|Output):", piece)[1:]
        if len(fields) == _ALPACA_FIELDS:
            instruction, task_input, output = (field.strip() for field in fields)
            blocks.append((instruction, "" if task_input.lower() == "<noinput>" else task_input, output))
    return tuple(blocks)

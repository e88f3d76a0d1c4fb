"""The items of one Self-Instruct reply, in either form."""

from __future__ import annotations

from dataclasses import dataclass

from generator.errors import ReplyError
from generator.parsing.lists import parse_blocks, parse_numbered_list
from generator.types import Completion


@dataclass(frozen=True, slots=True)
class Item:
    """One proposed task: `number` is its position in the reply, from 1; `fault` names what is wrong with its form."""

    number: int
    instruction: str
    input: str = ""
    response: str | None = None
    fault: str | None = None
    raw: str = ""


def read_items(form: str, completion: Completion, first: int) -> list[Item]:
    """Return the items in order; those that were cut off come last, with the fault `truncated`.

    Raises `ReplyError` (`no_items`) where there is none.
    """
    items = _read_blocks(completion, first) if form == "blocks" else _read_list(completion, first)
    if not items:
        raise ReplyError("no_items", "the reply holds no item", raw=completion.text)
    return items


def _read_blocks(completion: Completion, first: int) -> list[Item]:
    blocks = parse_blocks(completion.text, first, completion.finish_reason)
    return [
        Item(number, block.instruction, block.input, block.output, block.fault, completion.text)
        for number, block in enumerate(blocks, 1)
    ]


def _read_list(completion: Completion, first: int) -> list[Item]:
    parsed = parse_numbered_list(completion.text, first, completion.finish_reason)
    items = [Item(number, text, raw=text) for number, text in enumerate(parsed.items, 1)]
    cut = [
        Item(number, text, fault="truncated", raw=text) for number, text in enumerate(parsed.dropped, len(items) + 1)
    ]
    return items + cut

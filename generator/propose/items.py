"""The items of one Self-Instruct reply, in either form."""

from __future__ import annotations

from dataclasses import dataclass

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
    """Return the items in order; those that were cut off come last, with the fault `truncated`."""
    if form == "blocks":
        blocks = parse_blocks(completion.text, first, completion.finish_reason)
        return [
            Item(number, block.instruction, block.input, block.output, block.fault, completion.text)
            for number, block in enumerate(blocks, 1)
        ]
    parsed = parse_numbered_list(completion.text, first, completion.finish_reason)
    items = [Item(number, text, raw=text) for number, text in enumerate(parsed.items, 1)]
    cut = [
        Item(number, text, fault="truncated", raw=text) for number, text in enumerate(parsed.dropped, len(items) + 1)
    ]
    return items + cut

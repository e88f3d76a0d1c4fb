"""ChatML: the whole conversation as one text with its control tokens.

A text that holds such a token itself could forge a turn, so its record is left out.
Source: OpenAI, `chatml.md`: `<|im_start|>ROLE`, the text, `<|im_end|>`.
"""

from __future__ import annotations

from generator.export.form import Form, Rows
from generator.export.messages import CHAT, JOINED, NO_RESPONSE, make_messages
from generator.types import Example

START, END = "<|im_start|>", "<|im_end|>"


def make_rows(example: Example) -> Rows:
    """Return the record's row."""
    if not example.response:
        return NO_RESPONSE
    messages = make_messages(example)
    if any(token in text for one in messages for text in one.values() for token in (START, END)):
        return "with a control token of ChatML in a text"
    return [{"text": "".join(f"{START}{one['role']}\n{one['content']}{END}\n" for one in messages)}]


CHATML = Form("chatml", ".jsonl", CHAT, make_rows, joins=JOINED)

"""TRL's SFT, conversational: messages, one conversation a line.

Source: TRL, "Dataset formats and types".
"""

from __future__ import annotations

from generator.export.form import Form, Rows
from generator.export.messages import CHAT, JOINED, NO_RESPONSE, make_messages
from generator.types import Example


def make_rows(example: Example) -> Rows:
    """Return the record's row."""
    return [{"messages": make_messages(example)}] if example.response else NO_RESPONSE


TRL_SFT = Form("trl_sft", ".jsonl", CHAT, make_rows, joins=JOINED)

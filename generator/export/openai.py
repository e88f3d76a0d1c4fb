"""OpenAI's form for fine-tuning: one object a line with messages of the roles system, user and assistant.

Source: OpenAI's guide to supervised fine-tuning. A tool's message needs the id of the call that it answers, which a record
does not have; records with one are left out.
"""

from __future__ import annotations

from generator.export.form import Form, Rows
from generator.export.messages import CHAT, JOINED, NO_RESPONSE, make_messages
from generator.types import Example

ROLES = frozenset({"system", "user", "assistant"})


def make_rows(example: Example) -> Rows:
    """Return the record's row."""
    if not example.response:
        return NO_RESPONSE
    messages = make_messages(example)
    if any(one["role"] not in ROLES for one in messages):
        return "with a turn that is not of system, user or assistant"
    return [{"messages": messages}]


OPENAI = Form("openai", ".jsonl", CHAT, make_rows, joins=JOINED)

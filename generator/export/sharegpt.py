"""ShareGPT: an array of conversations, each a list of from (system, human, gpt) and value.

Source: the published ShareGPT sets, and LLaMA-Factory's and Axolotl's documentation of the form.
"""

from __future__ import annotations

from generator.export.form import Form, Rows
from generator.export.messages import CHAT, JOINED, NO_RESPONSE, make_messages
from generator.types import Example

ROLES = {"user": "human", "assistant": "gpt"}  # other roles keep their names


def make_rows(example: Example) -> Rows:
    """Return the record's row."""
    if not example.response:
        return NO_RESPONSE
    turns = [{"from": ROLES.get(one["role"], one["role"]), "value": one["content"]} for one in make_messages(example)]
    return [{"conversations": turns}]


SHAREGPT = Form("sharegpt", ".json", CHAT, make_rows, joins=JOINED, also=(".jsonl",))

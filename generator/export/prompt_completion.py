"""Prompt and completion, plain texts, one pair a line.

Source: OpenAI's legacy form for fine-tuning; TRL's standard prompt-completion form.
"""

from __future__ import annotations

from generator.export.form import Form, Rows
from generator.export.messages import JOINED, NO_RESPONSE, join_task
from generator.types import Example


def make_rows(example: Example) -> Rows:
    """Return the record's row."""
    if not example.response:
        return NO_RESPONSE
    return [{"prompt": join_task(example), "completion": example.response}]


PROMPT_COMPLETION = Form(
    "prompt_completion", ".jsonl", frozenset({"instruction", "response"}), make_rows, joins=JOINED
)  # fmt: skip

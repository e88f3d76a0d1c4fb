"""TRL's KTO: prompt, completion, and whether the completion is wanted.

A response is wanted, unless code found one of its checks not met; what lost against it is not.
Source: TRL, "Dataset formats and types", unpaired preference.
"""

from __future__ import annotations

from typing import Any

from generator.export.form import Form, Rows
from generator.export.messages import CHAT, JOINED, NO_RESPONSE, make_prompt, make_reply
from generator.types import Example


def make_rows(example: Example) -> Rows:
    """Return a row for each of the record's responses."""
    labels = [(example.response, all(check.verdict is not False for check in example.checks))]
    labels += [(example.rejected or "", False)]
    prompt = make_prompt(example)
    rows: list[dict[str, Any]] = [
        {"prompt": prompt, "completion": make_reply(text), "label": label} for text, label in labels if text
    ]
    return rows or NO_RESPONSE


TRL_KTO = Form("trl_kto", ".jsonl", CHAT | {"rejected"}, make_rows, joins=JOINED)

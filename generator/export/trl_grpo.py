"""TRL's GRPO: prompts with what code can check about an answer, for `evaluators.rewards:verify_reward`.

`checks` is JSON in a text, because the parameters of different checks differ in type and a column must not; `input` is
what checks that look at the task's material need, `reference` the response that is known.
Source: TRL, "GRPO Trainer": a reward function is given completions and the data set's other columns.
"""

from __future__ import annotations

import json

from generator.export.form import Form, Rows
from generator.export.messages import make_prompt
from generator.types import Example


def make_rows(example: Example) -> Rows:
    """Return the record's row."""
    if not example.checks:
        return "without a check that code can make"
    checks = [check.model_dump(mode="json") for check in example.checks]
    row = {
        "prompt": make_prompt(example), "checks": json.dumps(checks, ensure_ascii=False), "input": example.input,
        "reference": example.response,
    }  # fmt: skip
    return [row]


TRL_GRPO = Form(
    "trl_grpo", ".jsonl", frozenset({"instruction", "input", "response", "system", "history", "checks"}), make_rows
)

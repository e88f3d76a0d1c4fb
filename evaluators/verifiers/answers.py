"""Answers that are right or wrong: one that is given, and one that code computes from the task's input.

The final answer is everything after the last line that starts with "Answer:" (or 答案：), or else as many last lines as
the expected answer has. Both sides are compared line by line after NFC and folding of white space; blank lines, fences
of code, and Markdown bold around the label or around a whole line are not part of an answer. Nothing else is forgiven.

Source: our own; the form is that of datasets with a gold answer on the last line (GSM8K, Cobbe et al. 2021,
arXiv:2110.14168).
"""

from __future__ import annotations

import re
import unicodedata

from evaluators.verifiers.groups import LAST_LINE
from evaluators.verifiers.kind import Param, Params, Rule, choice, clean_params, text
from evaluators.verifiers.operations import OPERATIONS, compute

MAX_ANSWER = 4000  # characters

_LABEL = re.compile(r"[#*\s]*(?:answer|答案)\s*\*{0,2}[:：]\*{0,2}(.*)", re.IGNORECASE)


def fold_lines(answer: str) -> list[str]:
    """Return the lines of an answer as they are compared."""
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", answer).split("\n"))
    plain = (line[2:-2].strip() if len(line) > 4 and line[:2] == line[-2:] == "**" else line for line in lines)
    return [line for line in plain if line and not line.startswith(("```", "~~~"))]


def gives_answer(response: str, answer: str) -> bool:
    """Say whether the response's final answer is this one."""
    expected = fold_lines(answer)
    if not expected:
        return False
    lines = response.split("\n")
    for index in range(len(lines) - 1, -1, -1):
        if label := _LABEL.fullmatch(lines[index].rstrip()):
            rest = label[1].strip()
            bold = lines[index].strip().startswith("**") and not rest.startswith("**") and rest.endswith("**")
            return fold_lines("\n".join([rest.removesuffix("**") if bold else rest, *lines[index + 1 :]])) == expected
    return fold_lines(response)[-len(expected) :] == expected


def refine_operation(params: Params) -> Params:
    """Return the operation with its own parameters, clean. Raises `ReplyError`."""
    name = params["operation"]
    given = {key: value for key, value in params.items() if key != "operation" and value is not None}
    return {"operation": name, **clean_params(f"computed ({name})", OPERATIONS[name].params, given)}


COMPUTED_PARAMS = {"operation": Param(choice(*OPERATIONS))} | {
    key: Param(param.clean, required=False)
    for operation in OPERATIONS.values()
    for key, param in operation.params.items()
}

ANSWER_RULES: dict[str, Rule] = {
    "exact_answer": Rule(
        {"answer": Param(text(MAX_ANSWER))},
        lambda response, params, _: gives_answer(response, params["answer"]),
        LAST_LINE,
    ),
    "computed": Rule(
        COMPUTED_PARAMS,
        lambda response, params, task_input: gives_answer(response, compute(params["operation"], task_input, params)),
        LAST_LINE,
        refine_operation,
    ),
}

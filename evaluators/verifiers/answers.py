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
from typing import Any

from evaluators.verifiers.arithmetic import MAX_EXPRESSION, evaluate, read_value, rounds_to
from evaluators.verifiers.groups import LAST_LINE
from evaluators.verifiers.kind import Clean, Param, Params, Rule, choice, clean_params, refuse, text
from evaluators.verifiers.operations import OPERATIONS, compute
from generator.errors import ReplyError

MAX_ANSWER = 4000  # characters
LEAST_PLACES = 2  # decimal places that a rounded value must show at least, as its wording says

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
    labelled = find_labelled(response)
    return labelled == expected if labelled is not None else fold_lines(response)[-len(expected) :] == expected


def find_labelled(response: str) -> list[str] | None:
    """Return the lines after the last label (`Answer:`, 答案：), as they are compared; None where there is no label."""
    lines = response.split("\n")
    for index in range(len(lines) - 1, -1, -1):
        if label := _LABEL.fullmatch(lines[index].rstrip()):
            rest = label[1].strip()
            bold = lines[index].strip().startswith("**") and not rest.startswith("**") and rest.endswith("**")
            return fold_lines("\n".join([rest.removesuffix("**") if bold else rest, *lines[index + 1 :]]))
    return None


def gives_value(response: str, expression: str) -> bool:
    """Say whether the response's final answer is the value of the expression, or that rounded to two places or more."""
    labelled = find_labelled(response)
    final = fold_lines(response)[-1:] if labelled is None else labelled
    try:
        value, places = read_value(final[0] if len(final) == 1 else "")
    except ReplyError:
        return False
    exact = evaluate(expression)
    return value == exact or (places >= LEAST_PLACES and rounds_to(exact, value, places))


def clean_expression(value: Any) -> str:
    """Return an expression that has a value. Raises `ReplyError`."""
    expression: str = text(MAX_EXPRESSION)(value)
    try:
        evaluate(expression)
    except ReplyError as error:
        raise refuse(f"has no value: {error}") from None
    return expression


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
    "equals_expression": Rule(
        {"expression": Param(Clean('"arithmetic with + - * / // % ** ( )"', clean_expression))},
        lambda response, params, _: gives_value(response, params["expression"]),
        LAST_LINE,
    ),
    "computed": Rule(
        COMPUTED_PARAMS,
        lambda response, params, task_input: gives_answer(response, compute(params["operation"], task_input, params)),
        LAST_LINE,
        refine_operation,
    ),
}

"""Capital and small letters; only for languages that have them (English here).

Source: the change-case constraints of IFEval (Zhou et al. 2023, arXiv:2311.07911, table 1).
"""

from __future__ import annotations

from evaluators.verifiers.groups import CASE
from evaluators.verifiers.kind import Param, Params, Rule, whole
from evaluators.verifiers.segment import find_words

MIN_CAPITALS = 2  # letters of a word in capitals: "I" and "A" are none


def is_lowercase(response: str, _params: Params, _: str) -> bool:
    """Say whether there is a small letter and no capital letter."""
    return any(map(str.islower, response)) and not any(map(str.isupper, response))


def is_uppercase(response: str, _params: Params, _: str) -> bool:
    """Say whether there is a capital letter and no small letter."""
    return any(map(str.isupper, response)) and not any(map(str.islower, response))


def count_capital_words(response: str) -> int:
    """Count the words of two letters or more without a small letter."""
    return sum(
        1 for word in find_words(response)
        if sum(char.isupper() for char in word) >= MIN_CAPITALS and not any(char.islower() for char in word)
    )  # fmt: skip


CASE_RULES: dict[str, Rule] = {
    "all_lowercase": Rule(
        {},
        is_lowercase, CASE | {"title", "headings", "sections", "postscript"},
    ),
    "all_uppercase": Rule(
        {},
        is_uppercase, CASE | {"code_block", "json_object", "json_array", "tags", "sections"},
    ),
    "uppercase_words": Rule(
        {"count": Param(whole(1, 1000))},
        lambda response, params, _: count_capital_words(response) >= params["count"], CASE,
    ),
}  # fmt: skip

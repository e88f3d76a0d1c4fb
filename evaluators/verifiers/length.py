"""How long: words, characters, sentences, paragraphs and lines (`segment` defines them), with exact bounds.

Source: the length constraints of IFEval (Zhou et al. 2023, arXiv:2311.07911, table 1).
Deviations: a count of words works for Chinese too (a character is a word); "at least" and "at most" are kinds of
their own instead of a relation parameter, and no bound is "around".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from evaluators.verifiers.groups import ABOUT_PROSE, JSON, SENTENCES, WORDS
from evaluators.verifiers.kind import Param, Params, Rule, refuse, whole
from evaluators.verifiers.segment import (
    count_words,
    find_lines,
    find_list_items,
    find_paragraphs,
    find_sentences,
)  # fmt: skip

COUNT = {"count": Param(whole())}


def check_order(params: Params) -> Params:
    """Return the parameters. Raises `ReplyError` where `min` is above `max`."""
    if params["min"] > params["max"]:
        raise refuse("word_range: min must not be above max")
    return params


def each_within(items: tuple[str, ...], params: Params) -> bool:
    """Say whether there are items and each has at most `count` words."""
    return bool(items) and all(count_words(item) <= params["count"] for item in items)


def counts(find: Callable[[str], tuple[Any, ...]]) -> Callable[[str, Params, str], bool]:
    """Return a check that exactly `count` of what `find` finds are there."""
    return lambda response, params, _: len(find(response)) == params["count"]


LENGTH_RULES: dict[str, Rule] = {
    "min_words": Rule(
        COUNT,
        lambda response, params, _: count_words(response) >= params["count"],
        WORDS | JSON,
    ),
    "max_words": Rule(
        COUNT,
        lambda response, params, _: count_words(response) <= params["count"],
        WORDS | JSON | {"max_characters"},
    ),
    "word_range": Rule(
        {"min": Param(whole()), "max": Param(whole())},
        lambda response, params, _: params["min"] <= count_words(response) <= params["max"],
        WORDS | JSON | {"max_characters"}, check_order,
    ),
    "max_characters": Rule(
        COUNT,
        lambda response, params, _: len(response.strip()) <= params["count"],
        JSON,
    ),
    "sentence_count": Rule(
        COUNT,
        counts(find_sentences),
        SENTENCES | JSON | {"table", "headings"},
    ),
    "min_sentences": Rule(
        COUNT,
        lambda response, params, _: len(find_sentences(response)) >= params["count"],
        SENTENCES | JSON | {"table", "headings"},
    ),
    "max_sentences": Rule(
        COUNT,
        lambda response, params, _: len(find_sentences(response)) <= params["count"],
        SENTENCES | JSON | {"table", "headings"},
    ),
    "sentence_max_words": Rule(
        COUNT,
        lambda response, params, _: each_within(find_sentences(response), params),
        JSON | {"table"},
    ),
    "list_item_max_words": Rule(
        COUNT,
        lambda response, params, _: each_within(find_list_items(response), params),
        JSON,
    ),
    "paragraph_count": Rule(
        COUNT,
        counts(find_paragraphs),
        JSON | {"sections", "separator", "title", "headings", "table"},
    ),
    "line_count": Rule(
        COUNT,
        counts(find_lines),
        JSON | {"sections", "separator", "table", "paragraph_count"} | ABOUT_PROSE,
    ),
}  # fmt: skip

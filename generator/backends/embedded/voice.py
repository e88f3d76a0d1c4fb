"""Speaks one language with one generator of random numbers: draws phrasings and fills them with values.

Promise: what a seed says is only ever a value. It is never a template, so braces in it are just braces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from generator.backends.embedded import (
    fields_en,
    fields_zh,
    items_en,
    items_zh,
    materials_en,
    materials_zh,
    parts_en,
    parts_zh,
    phrases_en,
    phrases_zh,
    questions_en,
    questions_zh,
    steps_en,
    steps_zh,
)
from generator.errors import RefusedError

BANKS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "en": phrases_en.PHRASES
    | fields_en.FIELDS
    | parts_en.PARTS
    | materials_en.MATERIALS
    | questions_en.QUESTIONS
    | steps_en.STEPS
    | items_en.ITEMS,
    "zh": phrases_zh.PHRASES
    | fields_zh.FIELDS
    | parts_zh.PARTS
    | materials_zh.MATERIALS
    | questions_zh.QUESTIONS
    | steps_zh.STEPS
    | items_zh.ITEMS,
}
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Voice:
    """A language (`en` or `zh`) and the generator that draws its phrasings."""

    language: str
    rng: Random

    @property
    def chinese(self) -> bool:
        """Whether it speaks Chinese."""
        return self.language == "zh"

    def say(self, key: str, **values: object) -> str:
        """Return a phrasing of `key`, filled with the values."""
        return self.rng.choice(BANKS[self.language][key]).format(**values)

    def draw(self, items: Sequence[Item], low: int, high: int) -> list[Item]:
        """Return between `low` and `high` of the items, drawn without replacement, in their order."""
        size = self.rng.randint(min(low, len(items)), min(high, len(items)))
        return [items[place] for place in sorted(self.rng.sample(range(len(items)), size))]

    def quote(self, terms: Sequence[str], last: str = "and") -> str:
        """Return the terms in quotation marks as prose: “a”, “b” and “c”. `last` is `and` or `or`."""
        marked = [f"“{term}”" for term in terms]
        comma, joint = ("、", {"and": "和", "or": "或"}[last]) if self.chinese else (", ", f" {last} ")
        return joint.join([comma.join(marked[:-1]), marked[-1]] if len(marked) > 1 else marked)

    def join(self, sentences: Sequence[str]) -> str:
        """Return the sentences as running text."""
        return ("" if self.chinese else " ").join(sentence for sentence in sentences if sentence)

    def list(self, items: Sequence[str]) -> str:
        """Return the items of a line that lists them, between semicolons."""
        return ("；" if self.chinese else "; ").join(items)

    def label(self, label: str, value: str) -> str:
        """Return a labelled line."""
        return f"{label}：{value}" if self.chinese else f"{label}: {value}"

    def count(self, size: int) -> str:
        """Return a number of times as it is said: `twice`, `3 times`, `3次`."""
        if self.chinese:
            return f"{size}次"
        return {1: "once", 2: "twice"}.get(size, f"{size} times")

    def times(self, share: float) -> bool:
        """Return True in this share of cases (0 to 1)."""
        return self.rng.random() < share


def make_voice(language: str, *seed: object) -> Voice:
    """Return a voice whose generator is seeded by the parts. Raises `RefusedError` for a language it does not speak."""
    code = language.split("-")[0].split("_")[0].lower()
    if code not in BANKS:
        raise RefusedError(
            f"the embedded back end works by rules and speaks English and Chinese, not {language!r}: "
            "give an OpenAI-compatible or a vLLM back end for this language"
        )
    return Voice(code, Random("/".join(map(str, seed))))

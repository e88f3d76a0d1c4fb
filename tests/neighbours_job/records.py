"""The records that the neighbours are given: every field in use, many scripts, several responses to one task."""

from __future__ import annotations

import sys
from pathlib import Path

from generator.types import Check, Example, Lineage, Turn

TEXTS = (
    "plain", "two\nlines\tand a tab", 'a "quote", a comma; a semicolon', "emoji 👩‍👩‍👧‍👦 🎉", "עברית וערבית مرحبا",
    "汉字，标点。",
    "=SUM(A1)", "back\\slash \\n", "\u2028 separator", "x" * 2000,
)  # fmt: skip
TASKS = 60
RESPONSES = 2  # to every third task


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def make_examples() -> list[Example]:
    return [
        make_example(number, answer) for number in range(TASKS) for answer in range(RESPONSES if number % 3 == 0 else 1)
    ]


def make_example(number: int, answer: int) -> Example:
    text = TEXTS[number % len(TEXTS)]
    turns = (Turn(role="user", content=f"before {text}"), Turn(role="assistant", content="yes"))
    checks = (Check(kind="max_words", params={"count": 5}, verdict=True), Check(kind="no_commas", verdict=answer == 0))
    return Example(
        id=f"record-{number}-{answer}", instruction=f"task {number}: {text}", input=text if number % 2 else "",
        response=f"answer {answer} {text}", system="be brief" if number % 4 == 0 else None,
        history=turns if number % 5 == 0 else (), rejected="worse" if number % 7 == 0 else None,
        language="zh" if "汉" in text else "en", tags={"domain": f"d{number % 3}"},
        scores={"critic.overall": 9.0 - answer, "novelty.rouge_l": None if number % 2 else 0.25},
        lineage=Lineage(recipe="evol_instruct", operator="deepen", round=1, seeds=(f"seed-{number % 12}",), model="tiny"),
        checks=checks if number % 2 else (),
    )  # fmt: skip


def write_examples(path: Path) -> int:
    """Write the records; return how many there are."""
    examples = make_examples()
    path.write_text("".join(example.model_dump_json() + "\n" for example in examples), encoding="utf-8")
    return len(examples)

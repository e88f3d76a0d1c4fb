"""What of a task is compared: its instruction, or its input too."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from generator.catalog import make_pool
from generator.config import make_config
from generator.types import Example, Lineage

ASKED = "Sort these words by their length."


def make_task(key: str, task_input: str = "") -> Example:
    return Example(id=key, instruction=ASKED, input=task_input, lineage=Lineage(recipe="seed"))


@pytest.mark.parametrize(("text", "found"), [("instruction", [1.0, 1.0]), ("instruction+input", [1.0, None])])
def test_the_text_that_is_compared(text: str, found: list[float | None]) -> None:
    pool = make_pool(make_config({"novelty": {"text": text}}))
    pool.add_seeds([make_task("seed", "a list of seven long words that nobody knows")])

    def look(task: Example) -> Any:
        probe = asyncio.run(pool.prepare(pool.choose_text(task), task.id))
        assert probe is not None
        return probe, pool.look(probe)

    tasks = [
        make_task("same", "a list of seven long words that nobody knows"),
        make_task("other", "pear fig plum apple"),
    ]
    alike = [look(task)[1] for task in tasks]
    assert [one and one.neighbour.similarity for one in alike] == found
    assert alike[0].neighbour.text == pool.choose_text(tasks[0])


def test_an_accepted_task_is_held_as_it_was_compared() -> None:
    pool = make_pool(make_config({"novelty": {"text": "instruction+input"}}))
    task = make_task("first", "one two three four five")
    probe = asyncio.run(pool.prepare(pool.choose_text(task), task.id))
    assert probe is not None
    pool.add(task, probe)
    again = asyncio.run(pool.prepare(pool.choose_text(task), "second"))
    assert again is not None
    alike = pool.look(again)
    assert alike is not None
    assert alike.neighbour.text == f"{ASKED}\none two three four five"


def test_a_text_without_a_token_is_not_measured() -> None:
    pool = make_pool(make_config({}))
    assert asyncio.run(pool.prepare("👍🏽 … !!")) is None

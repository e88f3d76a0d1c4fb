"""Augmentations by rules: each has a response that meets what it states, made of responses that are there, or is refused."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from evaluators.language import identify_language
from evaluators.verifiers.verify import verify_all
from generator.augment.augmenting import Augmenting
from generator.augment.methods import BY_RULES, make_methods
from generator.augment.partners import choose_partner
from generator.backends.embedded.augment import NAMES, plan_augmentation
from generator.backends.embedded.backend import EmbeddedBackend
from generator.backends.embedded.parts import read_numbered, split_task
from generator.backends.embedded.plan import Task
from generator.errors import RefusedError
from generator.prompter import Prompter
from generator.seed_files.read import read_seeds
from generator.settings.augment import AugmentConfig
from generator.templates import Templates
from generator.types import Example, Outcome, SeedTask, Turn

ROOT = Path(__file__).parent.parent
TEMPLATES = Templates(ROOT / "prompts")
SEEDS = [task.to_example() for task in read_seeds([ROOT / "seeds"])]
LISTED = SeedTask(
    instruction="Answer the following questions:\n1. What is the capital of France?\n2. How many legs has a spider?",
    response="1. Paris.\n2. Eight.", language="en",
)  # fmt: skip
CHINESE = SeedTask(
    instruction="请回答下列问题：\n1、法国的首都是哪里？\n2、蜘蛛有几条腿？",
    response="1、巴黎。\n2、八条。",
    language="zh",
)


def augment(method: str, record: Example, recent: list[Example] | None = None) -> list[Example | Outcome]:
    ask = Prompter(TEMPLATES, EmbeddedBackend(), "rules")
    config = AugmentConfig(methods=(method,))
    methods = make_methods(config, TEMPLATES, ask, identify_language, 0)
    maker = Augmenting(methods, ask, identify_language, seed=0, similarity=config.similarity, judge=None)

    async def work() -> list[Example | Outcome]:
        made = await maker.propose(0, record, recent or [])
        return [one if isinstance(one, Outcome) else await maker.respond(0, one) for one in made]

    return asyncio.run(work())


def test_the_rules_are_those_that_are_offered() -> None:
    assert set(BY_RULES) == {*NAMES, "substitution"}


@pytest.mark.parametrize("method", ["combine", "complex_instruct", "extend"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_made_meets_what_it_states(method: str, language: str) -> None:
    seeds = [seed for seed in SEEDS if seed.language == language][:24]
    made: list[Example] = []
    for place, seed in enumerate(seeds):
        recent = seeds[:place]
        if method != "combine" or choose_partner(seed, recent) is not None:
            made += [one for one in augment(method, seed, recent) if isinstance(one, Example)]
    assert len(made) > len(seeds) // 2
    for record in made:
        assert all(check.verdict for check in verify_all(record.checks, record.response, record.input))
        assert all((record.instruction, record.response, record.lineage.model == "rules"))
    if method == "extend":
        assert all(record.history[-1].role == "assistant" != record.response for record in made)
        assert all(record.response != record.history[-1].content for record in made)
    if method == "complex_instruct":
        assert all(len(record.checks) > 1 for record in made)
    if method == "combine":
        assert all(len(record.lineage.parents) == 2 for record in made)


@pytest.mark.parametrize("seed", [LISTED, CHINESE])
def test_a_task_in_numbered_parts_is_split_with_its_answers(seed: SeedTask) -> None:
    made = augment("split", seed.to_example())
    assert all(isinstance(one, Example) for one in made)
    _, asked = read_numbered(seed.instruction)
    _, answered = read_numbered(seed.response)
    assert [(one.instruction, one.response) for one in made if isinstance(one, Example)] == list(
        zip(asked, answered, strict=True)
    )


@pytest.mark.parametrize("change", [
    {"instruction": "Answer:\n1. What is Rome?\n2. When was it founded?"},  # points back
    {"instruction": "In the story of the fox:\n1. What does a fox eat?\n2. How many legs has a fox?"},  # needs its lead
    {"response": "1. Paris."}, {"response": "Paris and eight."}, {"input": "A text."},
    {"instruction": "1. What is Rome?\n3. How many legs has a fox?"},
])  # fmt: skip
def test_parts_that_do_not_stand_alone_stay_together(change: dict[str, Any]) -> None:
    parts = {"instruction": LISTED.instruction, "response": LISTED.response} | change
    assert split_task(Task(**parts)) == ()


def test_the_same_facts_give_the_same_and_what_has_no_rule_is_refused() -> None:
    parent = {"instruction": SEEDS[0].instruction, "response": SEEDS[0].response}
    facts = {"rng": "0/a", "operator": "extend", "parent": parent, "partner": None, "language": "en"}
    assert plan_augmentation(facts) == plan_augmentation(dict(facts))
    for change in ({"operator": "persona"}, {"language": "fr"}, {"parent": {"instruction": "Hi.", "response": ""}}):
        with pytest.raises(RefusedError):
            plan_augmentation(facts | change)


def test_a_follow_up_keeps_the_turns_before_it() -> None:
    turns = (Turn(role="user", content="Hello."), Turn(role="assistant", content="Hello, how can I help?"))
    seeds = [seed.model_copy(update={"history": turns}) for seed in SEEDS[:6]]
    made = [one for seed in seeds for one in augment("extend", seed) if isinstance(one, Example)]
    assert {one.history[:2] for one in made} == {turns}

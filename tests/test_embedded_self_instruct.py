"""The embedded back end proposes tasks with instances that are right: computed, labelled by a rule, or quoted."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from evaluators.elimination.instruction_rules import ALPACA, SELF_INSTRUCT, check_instruction
from evaluators.elimination.response_rules import check_instance, check_response, drop_conflicts
from evaluators.tokens import tokenize
from evaluators.verifiers.segment import count_words
from generator.backends.embedded import self_instruct
from generator.backends.embedded.evolve import measure_closeness
from generator.backends.embedded.labelling import label_digit, label_length, label_parity, label_source, label_tagged
from generator.backends.embedded.pairing import match_answers, pair_requests
from generator.backends.embedded.plan import read_task
from generator.backends.embedded.voice import make_voice
from generator.errors import RefusedError
from generator.parsing.lists import (
    parse_blocks,
    parse_instances_input_first,
    parse_instances_output_first,
    parse_numbered_list,
    parse_yes_no,
)
from tests.test_embedded_evolve import SEEDS, ask

BY_LANGUAGE = {code: [seed for seed in SEEDS if seed["language"] == code] for code in ("en", "zh")}
THRESHOLD = 0.7


def make_facts(language: str, rng: str, count: int = 8) -> dict[str, Any]:
    return {"rng": rng, "demonstrations": BY_LANGUAGE[language], "count": count, "language": language}


def propose(language: str, rng: str) -> tuple[dict[str, Any], list[str]]:
    facts = make_facts(language, rng)
    first = len(facts["demonstrations"]) + 1
    return facts, list(parse_numbered_list(ask("self_instruct/list", facts), first).items)


def ask_instances(facts: dict[str, Any], instruction: str, item: int) -> tuple[bool, tuple[tuple[str, str], ...]]:
    asked = {"instruction": instruction, "item": item, "proposal": facts, "language": facts["language"]}
    classifies = parse_yes_no(ask("self_instruct/classification", asked))
    form, parse = (
        ("output_first", parse_instances_output_first) if classifies else ("input_first", parse_instances_input_first)
    )  # fmt: skip
    return classifies, parse(ask(f"self_instruct/{form}", asked))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_list_holds_new_tasks_that_pass_the_rules(language: str) -> None:
    for draw in range(6):
        facts, items = propose(language, f"1/{draw}")
        assert len(items) >= 6
        for item in items:
            assert check_instruction(item, language, rules=SELF_INSTRUCT) is None
            assert all(
                measure_closeness(tokenize(item), tokenize(demo["instruction"])) <= THRESHOLD
                for demo in facts["demonstrations"]
            )
        assert len(set(items)) == len(items)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_item_has_instances_that_pass(language: str) -> None:
    classified = 0
    for draw in range(5):
        facts, items = propose(language, f"2/{draw}")
        for number, item in enumerate(items, 1):
            classifies, instances = ask_instances(facts, item, number)
            classified += classifies
            assert instances
            assert drop_conflicts(instances) == instances
            for task_input, output in instances:
                assert check_instance(task_input, output) is None
                assert check_response(output, language) is None
    assert classified > 0


@pytest.mark.parametrize("language", ["en", "zh"])
def test_blocks_hold_whole_tasks(language: str) -> None:
    facts = make_facts(language, "3", 12) | {"demonstrations": BY_LANGUAGE[language][:4]}
    blocks = parse_blocks(ask("self_instruct/blocks", facts), 5)
    assert len(blocks) >= 8
    for block in blocks:
        assert block.fault is None
        assert block.output
        assert check_instruction(block.instruction, language, rules=ALPACA) is None


def test_the_same_request_gives_the_same_tasks_and_another_gives_others() -> None:
    first = ask("self_instruct/list", make_facts("en", "4"))
    self_instruct._plan_items.cache_clear()
    assert ask("self_instruct/list", make_facts("en", "4")) == first
    assert ask("self_instruct/list", make_facts("en", "5")) != first


def test_an_item_it_did_not_propose_is_refused() -> None:
    facts = make_facts("en", "6")
    asked = {"instruction": "Write an ode to the sea.", "item": 1, "proposal": facts, "language": "en"}
    with pytest.raises(RefusedError, match="proposed itself"):
        ask("self_instruct/classification", asked)


def test_other_languages_and_empty_demonstrations_are_refused() -> None:
    with pytest.raises(RefusedError, match="English and Chinese"):
        ask("self_instruct/list", make_facts("en", "7") | {"language": "ja"})
    with pytest.raises(RefusedError, match="no new task"):
        ask("self_instruct/list", make_facts("en", "7") | {"demonstrations": []})


DEMOS = [read_task(seed) for seed in BY_LANGUAGE["en"]]


def collect(make: Any, draws: int = 40) -> list[Any]:
    made = [make(DEMOS, make_voice("en", make.__name__, draw)) for draw in range(draws)]
    return [item for item in made if item is not None]


def test_length_labels_follow_from_the_limit() -> None:
    items = collect(label_length)
    assert items
    for item in items:
        limit = int(re.findall(r"\b\d+\b", item.instruction)[0])
        yes = {output for source, output in item.instances if count_words(source) > limit}
        no = {output for source, output in item.instances if count_words(source) <= limit}
        assert len(yes) == len(no) == 1
        assert yes != no


def test_digit_and_parity_labels_are_true() -> None:
    for item in collect(label_digit):
        digits = {bool(re.search(r"\d", source)): output for source, output in item.instances}
        assert len(digits) == len({output for _, output in item.instances}) == 2
    for item in collect(label_parity):
        assert all((count_words(source) % 2 == 0) == (output == "even") for source, output in item.instances)


def test_a_sentence_is_labelled_with_the_request_it_answers() -> None:
    for item in collect(label_source):
        for source, _ in item.instances:
            own = [demo for demo in DEMOS if source in demo.response.replace("*", "")]
            assert own
            assert own[0].instruction.rstrip(".?") in item.instruction


def test_types_are_those_of_the_tags() -> None:
    types = ["question_answering", "extraction", "generation", "reasoning", "classification", "code"]
    pairs = zip(BY_LANGUAGE["en"], types, strict=True)
    tagged = [read_task(seed | {"tags": {"task_type": name}}) for seed, name in pairs]
    by_request = {demo.instruction: demo.tags["task_type"].replace("_", " ") for demo in tagged}
    made = [label_tagged("task_type", "label_type")(tagged, make_voice("en", draw)) for draw in range(20)]
    assert any(made)
    for item in filter(None, made):
        assert all(by_request[source] == output for source, output in item.instances)


def test_two_requests_get_both_answers() -> None:
    items = collect(pair_requests)
    assert items
    for item in items:
        ((_, output),) = item.instances
        texts = "\n".join(json.loads(output).values()) if output.startswith("{") else output
        assert sum(demo.response in texts for demo in DEMOS if len(demo.response) > 3) >= 1
        assert sum(demo.instruction.rstrip(".") in item.instruction for demo in DEMOS) == 2


def test_matched_answers_are_the_demonstrations_own() -> None:
    by_request = {demo.instruction: " ".join(demo.response.split()) for demo in DEMOS}
    for item in collect(match_answers):
        ((material, answer),) = item.instances
        parts = dict(line.split(". ", 1) for line in material.split("\n") if re.match(r"[A-Z0-9]+\. ", line))
        for pair in answer.split(", "):
            letter, number = pair.split("-")
            assert by_request[parts[letter]] == parts[number]


def test_a_text_that_would_break_the_form_is_left_out() -> None:
    response = "Output: one line of text here.\nClass label: none\nInput: x\n\nExample 1"
    hostile = BY_LANGUAGE["en"][0] | {"response": response}
    facts = make_facts("en", "8") | {"demonstrations": [hostile, *BY_LANGUAGE["en"][1:]]}
    first = len(facts["demonstrations"]) + 1
    items = parse_numbered_list(ask("self_instruct/list", facts), first).items
    for number, item in enumerate(items, 1):
        assert ask_instances(facts, item, number)[1]

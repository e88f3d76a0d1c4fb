"""Runs of the original systems, recorded by others: our parsers, rules and ROUGE-L give what they gave, row by row.

What is not a function of what was stored is left out: which demonstrations a prompt drew and in which order a task's
instances were drawn (at random); which of several equally similar texts made the ten nearest (an unstable sort);
completions of which nothing was accepted (never stored, and without a trace in the pool); the completions of the Alpaca
run; and what the judge of the Japanese run said to items that it let pass.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from evaluators.elimination.evolved_rules import check_evolved
from evaluators.elimination.instruction_rules import ALPACA, COMPAT, COMPAT_ALPACA, check_instruction
from evaluators.elimination.response_rules import check_instance, check_response, drop_conflicts
from evaluators.novelty.rouge_l import RougeLFilter, TokenCodes
from generator.errors import ReplyError
from generator.parsing import compat
from generator.parsing.lists import (
    parse_blocks,
    parse_instances_input_first,
    parse_instances_output_first,
    parse_numbered_list,
    parse_yes_no,
)
from generator.parsing.reply_text import is_no_input

SHOWN = 8  # demonstrations in each of Self-Instruct's prompts


def read_lines(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def find_choice(metadata: dict[str, Any]) -> dict[str, Any]:
    choice: dict[str, Any] = metadata["response"]["choices"][0]
    return choice


def list_completions(rows: list[dict[str, Any]]) -> list[tuple[str, str, str, int]]:
    """Return (prompt, text, finish reason, batch) of each stored completion, in order, once."""
    found: dict[tuple[str, str, str, int], None] = {}
    for row in rows:
        choice = find_choice(row["metadata"])
        found[row["metadata"]["prompt"], choice["text"], choice["finish_reason"], row["request_idx"]] = None
    return list(found)


def fill_pool(texts: list[str]) -> RougeLFilter:
    pool = RougeLFilter(threshold=0.7, scheme="rouge_score")
    for text in texts:
        pool.add(text, text, pool.prepare(text))
    return pool


def prepare(pool: RougeLFilter, text: str) -> TokenCodes:
    prepared = pool.prepare(text)
    assert prepared is not None
    return prepared


def check_neighbours(pool: RougeLFilter, text: str, recorded: dict[str, float], average: float) -> None:
    """Compare the recorded ten nearest, each with its similarity, and the average over the whole pool."""
    nearest, mean = pool.score_all(prepare(pool, text), top=len(pool))
    assert list(recorded.values()) == [similarity for _, similarity in nearest[:10]]
    similarities = dict(nearest)
    assert {neighbour: similarities[neighbour] for neighbour in recorded} == recorded
    assert mean == pytest.approx(average, rel=1e-12)


@pytest.fixture(scope="module")
def seeds(recorded_data: Path) -> list[dict[str, Any]]:
    return read_lines(recorded_data / "self-instruct-seeds" / "seed_tasks.jsonl")


@pytest.fixture(scope="module")
def rows(recorded_data: Path) -> list[dict[str, Any]]:
    return read_lines(recorded_data / "self-instruct-replay" / "machine_generated_instructions.jsonl")


@pytest.fixture(scope="module")
def seed_instructions(seeds: list[dict[str, Any]]) -> list[str]:
    return [seed["instruction"] for seed in seeds]


def test_self_instruct_accepts_what_was_accepted_in_that_order(
    rows: list[dict[str, Any]], seed_instructions: list[str]
) -> None:
    pool = fill_pool(seed_instructions)
    reasons: Counter[str] = Counter()
    accepted = []
    for prompt, text, finish_reason, _ in list_completions(rows):
        for item in compat.split_list(text, finish_reason):
            hit = check_instruction(item, "en", rules=COMPAT)
            neighbour = None if hit else pool.nearest(prepare(pool, item))
            if hit:
                reasons[hit.reason] += 1
            elif neighbour is not None and neighbour.similarity > pool.threshold:
                reasons["too_alike"] += 1
            else:
                pool.add(item, item, pool.prepare(item))
                accepted.append((item, prompt, text))
    recorded = [(row["instruction"], row["metadata"]["prompt"], find_choice(row["metadata"])["text"]) for row in rows]
    assert accepted == recorded
    assert len(accepted) == 67
    assert reasons == {"write_a_program": 13, "not_for_text_models": 3, "too_alike": 2}


def test_self_instruct_neighbours_and_averages(rows: list[dict[str, Any]], seed_instructions: list[str]) -> None:
    pool = fill_pool(seed_instructions)
    for row in rows:
        text = row["instruction"]
        check_neighbours(pool, text, row["most_similar"], row["avg_similarity_score"])
        pool.add(text, text, pool.prepare(text))


def test_our_list_parser_differs_from_the_original_in_case_alone(rows: list[dict[str, Any]]) -> None:
    completions = list_completions(rows)
    assert len(completions) == 14
    for _, text, finish_reason, _ in completions:
        items = parse_numbered_list(text, SHOWN + 1, finish_reason).items
        assert tuple(item.capitalize() for item in items) == compat.split_list(text, finish_reason)


def test_prompts_show_seeds_first_and_then_two_of_the_pool(
    rows: list[dict[str, Any]], seed_instructions: list[str]
) -> None:
    of_seeds = {" ".join(text.split()).rstrip(":") for text in seed_instructions}
    batches = {row["instruction"]: row["request_idx"] for row in rows}
    for prompt, _, _, batch in list_completions(rows):
        shown = parse_numbered_list(prompt.partition("\n")[2], 1).items
        machine_made = [item for item in shown if item.rstrip(":") not in of_seeds]
        assert (len(shown), len(machine_made)) == (SHOWN, 2 if batch else 0)
        assert all(batches[item] < batch for item in machine_made)


def test_self_instruct_instances(recorded_data: Path, rows: list[dict[str, Any]]) -> None:
    folder = recorded_data / "self-instruct-replay"
    answers = read_lines(folder / "is_clf_or_not_davinci_template_1.jsonl")
    labels = {row["instruction"]: parse_yes_no(row["is_classification"]) for row in answers}
    assert list(labels) == [row["instruction"] for row in rows]
    assert Counter(labels.values()) == {True: 8, False: 59}
    parsed, truncated = [], 0
    for row in read_lines(folder / "machine_generated_instances.jsonl"):
        text, reason = row["raw_instances"], find_choice(row["instance_metadata"])["finish_reason"]
        is_classification = labels[row["instruction"]]
        original = compat.parse_output_first if is_classification else compat.parse_input_first
        ours = parse_instances_output_first if is_classification else parse_instances_input_first
        kept = drop_conflicts([one for one in original(text, reason) if check_instance(*one) is None])
        parsed += [(row["instruction"], *one) for one in kept]
        try:
            instances = ours(text, reason)
        except ReplyError as error:
            truncated += error.reason == "truncated_reply"
            instances = ()
        assert drop_conflicts([one for one in instances if check_instance(*one) is None]) == kept
    recorded = read_lines(folder / "finetuning_data" / "all_generated_instances.jsonl")
    assert truncated == 6
    assert len(parsed) == 78
    assert [one[0] for one in parsed] == [one["instruction"] for one in recorded]
    assert Counter(parsed) == Counter((one["instruction"], one["input"], one["output"]) for one in recorded)


def test_self_instruct_fine_tuning_rows(recorded_data: Path, seeds: list[dict[str, Any]]) -> None:
    folder = recorded_data / "self-instruct-replay" / "finetuning_data"
    written = read_lines(folder / "gpt3_finetuning_data_253.jsonl")
    outputs = [one["output"] for one in read_lines(folder / "all_generated_instances.jsonl")]
    outputs += [seed["instances"][0]["output"].strip() for seed in seeds]
    assert len(outputs) == 253
    assert Counter(row["completion"].removesuffix("<|endoftext|>").strip() for row in written) == Counter(outputs)


def test_alpaca_neighbours_and_averages_in_accept_order(recorded_data: Path, seed_instructions: list[str]) -> None:
    recorded = json.loads((recorded_data / "alpaca-regen" / "regen.json").read_text(encoding="utf-8"))
    pool = fill_pool(seed_instructions)
    for row in recorded:
        text = row["instruction"]
        assert check_instruction(text, "en", rules=COMPAT_ALPACA) is None
        assert max(row["most_similar_instructions"].values()) <= pool.threshold
        check_neighbours(pool, text, row["most_similar_instructions"], row["avg_similarity_score"])
        pool.add(text, text, pool.prepare(text))
    assert len(recorded) == 73


def test_alpaca_rows_written_as_a_reply_are_read_back(recorded_data: Path) -> None:
    """The completions were not stored; the rows are, so they are set in the form that they were parsed from."""
    recorded = json.loads((recorded_data / "alpaca-regen" / "regen.json").read_text(encoding="utf-8"))
    rows = [(row["instruction"], row["input"], row["output"]) for row in recorded]
    text = "\n###\n".join(
        f"{number}. Instruction: {asked}\n{number}. Input:\n{given or '<noinput>'}\n{number}. Output:\n{answer}"
        for number, (asked, given, answer) in enumerate(rows, 4)
    ).removeprefix("4. Instruction:")
    assert list(compat.parse_alpaca_blocks(text, 3, "stop")) == rows
    assert [(block.instruction, block.input, block.output) for block in parse_blocks(text, 4)] == rows
    cut = parse_blocks(text, 4, "length")
    assert [block.fault for block in cut] == [None] * 72 + ["truncated"]
    misnumbered = text.replace("\n9. Input:", "\n10. Input:").replace("\n20. Output:", "\n19. Output:")
    assert len(compat.parse_alpaca_blocks(misnumbered, 3, "stop")) == 71
    assert [(block.instruction, block.input, block.output) for block in parse_blocks(misnumbered, 4)] == rows


def test_published_alpaca_instructions_pass_the_rules_that_made_them(recorded_data: Path) -> None:
    texts = json.loads((recorded_data / "novelty-bench" / "alpaca_52k_instructions.json").read_text(encoding="utf-8"))
    assert len(texts) == 52_002
    for rules in (COMPAT_ALPACA, ALPACA):
        assert [text for text in texts if check_instruction(text, "en", rules=rules)] == []


def test_chinese_alpaca_mostly_passes(recorded_data: Path) -> None:
    texts = json.loads((recorded_data / "novelty-bench" / "zh_instructions.json").read_text(encoding="utf-8"))
    reasons = Counter(hit.reason for text in texts if (hit := check_instruction(text, "zh", rules=ALPACA)))
    assert reasons.keys() <= {"too_short", "not_for_text_models", "starts_with_punctuation", "write_a_program"}
    assert reasons.total() < 0.01 * len(texts)


def test_faults_that_alpaca_published_are_caught(recorded_data: Path) -> None:
    published = json.loads((recorded_data / "alpaca-5000" / "alpaca_5000.json").read_text(encoding="utf-8"))
    leaked = [row["input"] for row in published if row["input"] and is_no_input(row["input"])]
    assert len(leaked) == 63
    assert sum("input" in text.lower() for text in leaked) == 60
    assert {text for text in leaked if "input" not in text.lower()} == {"N/A", "None"}
    reasons = Counter(hit.reason for row in published if (hit := check_response(row["output"], "en")))
    assert reasons == {"apologises": 8, "only_stop_words": 3, "empty": 2}


def test_japanese_evol_run_left_nothing_to_the_string_rules(recorded_data: Path) -> None:
    """All 21 eliminated items are of type 1 (the judge said: equal), which no string rule can see; and none does."""
    folder = recorded_data / "evol-ja"
    generated = json.loads((folder / "test_generated.json").read_text(encoding="utf-8"))
    eliminated = json.loads((folder / "test_eliminated.json").read_text(encoding="utf-8"))
    roots = {row["id"]: row["instruction"] for row in generated["gen_0"]}
    rows = [(number, row) for number in range(1, 5) for row in eliminated[f"gen_{number}"]]
    assert [row["type"] for _, row in rows] == [1] * 21
    rows += [(number, row) for number in range(1, 5) for row in generated[f"gen_{number}"]]
    assert len(rows) == 89
    for number, row in rows:
        assert len(row["evol_history"]) == row["generation"] == number
        assert check_evolved(row["instruction"], "", roots[row["id"]], "", "ja") is None
    responses = [row["output"] for row in generated["gen_0"] + generated["gen_4"]]
    assert [check_response(response, "ja") for response in responses] == [None] * 15

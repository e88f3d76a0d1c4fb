"""What a run will probably take, before anything is spent: calls, tokens, cost, accepted records.

It renders the real prompts over the real seeds, and takes the yield of each stage and the length of each kind of reply from
the earlier runs that lie in the same folder; where there are none, from assumed values, and says so. A forecast, not a
promise: limits are what `--max-…` is for.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from generator.client.prices import NANO_USD, Price, find_price
from generator.config import DEFAULT_ROUNDS, RunConfig
from generator.judging.seats import count_verdicts, list_critics
from generator.preparation import Prepared
from generator.run_folder import RunFolder
from generator.templates import VARIABLES
from generator.types import STAGES, Example, Usage

# Assumed where no earlier run tells: the share that passes a stage, and the tokens of a reply.
ASSUMED_YIELD = {"equal": 0.8, "respond": 0.97, "critic": 0.8, "novelty": 0.9, "eliminate": 0.97, "parse": 0.98}
ASSUMED_REPLY_TOKENS = {"evolve": 90, "judge": 60, "respond": 350, "critic": 160, "self_instruct": 200}
CHARACTERS_A_TOKEN = 4.0  # Latin script, the usual rule for byte-pair vocabularies
TOKENS_A_CJK_CHARACTER = 0.75
SEEDS_RENDERED = 64  # prompts rendered to measure their length, at most
WORDS_A_ROUND_TOKENS = 20  # a round of evolution adds 10 to 20 words (WizardLM)


@dataclass(frozen=True, slots=True)
class Experience:
    """What earlier runs tell: how many there were, the yield of each stage, the tokens of each family's replies."""

    runs: int
    yields: Mapping[str, float]
    reply_tokens: Mapping[str, float]


def learn(folders: Iterable[RunFolder], recipe: str, backend: str) -> Experience:
    """Return what the runs of a recipe on a kind of back end tell, and assumed values for the rest."""
    entered, passed, tokens, replies = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    runs = 0
    for folder in folders:
        stages = folder.read_funnel().get("candidates", {}).get("by_stage")
        if not stages or folder.read_kind() != (recipe, backend):
            continue
        runs += 1
        for stage in STAGES:
            entered[stage] += stages[stage]["entered"]
            passed[stage] += stages[stage]["passed"]
        for family, count, total in _read_reply_lengths(folder):
            replies[family] += count
            tokens[family] += total
    yields = {stage: passed[stage] / entered[stage] for stage in STAGES if entered[stage]}
    lengths = {family: tokens[family] / replies[family] for family in replies if replies[family]}
    return Experience(runs, ASSUMED_YIELD | yields, ASSUMED_REPLY_TOKENS | lengths)


def _read_reply_lengths(folder: RunFolder) -> list[tuple[str, int, int]]:
    query = """
        SELECT substr(template, 1, instr(template, '/') - 1), COUNT(*), SUM(n) FROM
            (SELECT template, json_extract(completion, '$.usage.completion_tokens') AS n FROM completions)
        WHERE n IS NOT NULL GROUP BY 1
    """
    try:
        with sqlite3.connect(f"file:{folder.journal}?mode=ro", uri=True) as journal:
            return [(str(family), int(count), int(total)) for family, count, total in journal.execute(query)]
    except sqlite3.Error:
        return []


def estimate_tokens(text: str) -> float:
    """Return about how many tokens a text has."""
    wide = sum(char >= "\u2e80" for char in text)
    return wide * TOKENS_A_CJK_CHARACTER + (len(text) - wide) / CHARACTERS_A_TOKEN


def forecast(prepared: Prepared, experience: Experience, prices: Mapping[str, Price]) -> dict[str, Any]:
    """Return the forecast, JSON-able: calls by kind, tokens, cost (None where a price is unknown), accepted."""
    calls = _count_calls(prepared, experience)
    families: defaultdict[str, float] = defaultdict(float)
    for template, count in calls.items():
        families[template.partition("/")[0]] += count
    prompts = {template: count * _measure_prompt(prepared, template) for template, count in calls.items()}
    replies = {
        template: count * experience.reply_tokens.get(template.partition("/")[0], 0.0)
        for template, count in calls.items()
    }
    prompt, completion = sum(prompts.values()), sum(replies.values())
    costs = [_find_cost(prepared.config, prices, template, prompts[template], replies[template]) for template in calls]
    cost = None if None in costs else sum(filter(None, costs))
    accepted = sum(count for name, count in calls.items() if name.startswith("respond")) * _multiply(
        experience, "respond", "verify", "critic"
    )
    return {
        "calls": round(sum(families.values())),
        "calls_by_kind": {family: round(count) for family, count in families.items()},
        "prompt_tokens": round(prompt), "completion_tokens": round(completion),
        "cost_usd": None if cost is None else round(cost / NANO_USD, 6),
        "accepted": round(accepted), "earlier_runs": experience.runs,
    }  # fmt: skip


def _find_cost(
    config: RunConfig, prices: Mapping[str, Price], template: str, prompt: float, completion: float
) -> int | None:
    """Return what the calls by a template cost, in nano-dollars; of several jurors, the mean. None where it is unknown."""
    seats = list_critics(config) if template.startswith("critic/") else [config.backend]
    costs = []
    for seat in seats:
        price = find_price(prices, seat.model or "")
        cost = price.compute_cost(Usage(round(prompt), round(completion))) if price else None
        if cost is None:
            return None
        costs.append(cost)
    return sum(costs) // len(costs)


def _multiply(experience: Experience, *stages: str) -> float:
    share = 1.0
    for stage in stages:
        share *= experience.yields.get(stage, 1.0)
    return share


def _count_calls(prepared: Prepared, experience: Experience) -> dict[str, float]:
    """Return the expected number of calls by template."""
    config = prepared.config
    novel = _multiply(experience, "propose", "parse", "eliminate", "novelty")
    critic = _multiply(experience, "respond", "verify") if config.policy.critic else 0.0
    calls: defaultdict[str, float] = defaultdict(float)
    lanes = float(len(prepared.seeds))
    wanted = config.target if config.recipe == "self-instruct" else config.evolve.bootstrap - len(prepared.seeds)
    if wanted and wanted > 0:
        items = (
            config.self_instruct.blocks_items if config.self_instruct.form == "blocks" else config.self_instruct.items
        )
        candidates = wanted / max(0.01, novel * _multiply(experience, "respond", "verify", "critic"))
        calls[f"self_instruct/{config.self_instruct.form}"] += candidates / items
        if config.self_instruct.form == "list":
            calls["self_instruct/classification"] += candidates * novel
            calls["self_instruct/input_first"] += candidates * novel
        for template, count in count_verdicts(config, prepared.templates).items():
            calls[template] += candidates * novel * critic * count
        lanes += wanted
    if config.recipe == "evolve":
        candidates = lanes * (config.rounds or DEFAULT_ROUNDS)
        weight = sum(operator.weight for operator in prepared.operators)
        for operator in prepared.operators:
            calls[f"evolve/{operator.name}"] += candidates * operator.weight / weight
        different = experience.yields.get("equal", 1.0) if config.evolve.judge_equal else 1.0
        calls["judge/equal"] += candidates * novel if config.evolve.judge_equal else 0.0
        calls["respond/answer"] += candidates * novel * different
        for template, count in count_verdicts(config, prepared.templates).items():
            calls[template] += candidates * novel * different * critic * count
    return {template: count for template, count in calls.items() if count > 0}


def _measure_prompt(prepared: Prepared, template: str) -> float:
    """Return the mean tokens of a prompt over (at most `SEEDS_RENDERED` of) the seeds."""
    seeds = prepared.seeds[:SEEDS_RENDERED]
    total = 0.0
    for seed in seeds:
        prompt = prepared.templates.get(template, seed.language)
        total += sum(estimate_tokens(text) for _, text in prompt.render(_make_variables(template, seed)))
    return total / len(seeds) + WORDS_A_ROUND_TOKENS


def _make_variables(template: str, seed: Example) -> dict[str, Any]:
    shown = {"instruction": seed.instruction, "input": seed.input, "output": seed.response}
    demonstrations = [shown] * 3 if template == "self_instruct/blocks" else [seed.instruction] * 8
    return dict.fromkeys(VARIABLES[template.partition("/")[0]], "") | {
        "instruction": seed.instruction, "input": seed.input, "response": seed.response, "system": seed.system,
        "first_instruction": seed.instruction, "first_input": seed.input, "second_instruction": seed.instruction,
        "second_input": seed.input, "demonstrations": demonstrations, "first": 9, "last": 16, "count": 8,
    }  # fmt: skip

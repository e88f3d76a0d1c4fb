"""What a run will probably take, before anything is spent: calls, tokens, cost, accepted records.

It renders the real prompts over the real seeds, and takes the yield of each stage and the length of each kind of reply from
the earlier runs that lie in the same folder; where there are none, from assumed values, and says so. A forecast, not a
promise: limits are what `--max-…` is for.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from generator import catalog
from generator.client.prices import NANO_USD, Price, find_price
from generator.client.yields import CRITIC
from generator.config import DEFAULT_ROUNDS, RunConfig
from generator.places import address_database
from generator.preparation.prepared import Prepared
from generator.run_folder import RunFolder
from generator.seats import count_verdicts, list_critics
from generator.settings.recipes import AUGMENT, JUDGING
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
    if not folder.journal.is_file():
        return []
    try:
        with closing(sqlite3.connect(address_database(folder.journal), uri=True)) as journal:
            return [(str(family), int(count), int(total)) for family, count, total in journal.execute(query)]
    except sqlite3.Error:
        return []


def estimate_tokens(text: str) -> float:
    """Return about how many tokens a text has."""
    wide = sum(char >= "\u2e80" for char in text)
    return wide * TOKENS_A_CJK_CHARACTER + (len(text) - wide) / CHARACTERS_A_TOKEN


def forecast(prepared: Prepared, experience: Experience, prices: Mapping[str, Price]) -> dict[str, Any]:
    """Return the forecast, JSON-able: calls by kind, tokens, cost (None where a price is unknown), accepted."""
    calls, accepted = _count_calls(prepared, experience)
    count: defaultdict[str, float] = defaultdict(float)
    prompt: defaultdict[str, float] = defaultdict(float)
    completion: defaultdict[str, float] = defaultdict(float)
    for template, expected in calls.items():
        family = template.partition("/")[0]
        count[family] += expected
        prompt[family] += expected * _measure_prompt(prepared, template)
        completion[family] += expected * experience.reply_tokens.get(family, 0.0)
    tokens = {family: Usage(round(prompt[family]), round(completion[family])) for family in count}
    cost = _compute_cost(prepared.config, tokens, prices)
    return {
        "calls": round(sum(count.values())),
        "calls_by_kind": {family: round(number) for family, number in count.items()},
        "prompt_tokens": round(sum(prompt.values())), "completion_tokens": round(sum(completion.values())),
        "cost_usd": None if cost is None else round(cost / NANO_USD, 6),
        "accepted": round(accepted), "earlier_runs": experience.runs,
    }  # fmt: skip


def _compute_cost(config: RunConfig, tokens: Mapping[str, Usage], prices: Mapping[str, Price]) -> int | None:
    """Return the cost in nano-dollars, the critic's calls at the price of its own model; jurors take equal shares."""
    total = 0
    for family, usage in tokens.items():
        seats = list_critics(config) if family == CRITIC else [config.backend]
        costs = [
            price.compute_cost(usage)
            if (price := find_price(prices, seat.model or config.backend.model or ""))
            else None
            for seat in seats
        ]
        known = [cost for cost in costs if cost is not None]
        if len(known) < len(costs):
            return None
        total += round(sum(known) / len(known))
    return total


def _multiply(experience: Experience, *stages: str) -> float:
    share = 1.0
    for stage in stages:
        share *= experience.yields.get(stage, 1.0)
    return share


def _count_calls(prepared: Prepared, experience: Experience) -> tuple[dict[str, float], float]:
    """Return the expected number of calls by template, and of accepted records."""
    config, count = prepared.config, float(prepared.count)
    calls: defaultdict[str, float] = defaultdict(float)
    if config.recipe in JUDGING:
        accepted = _count_verdicts(prepared, experience, count, calls)
    elif config.recipe == AUGMENT:
        accepted = _count_augmenting(prepared, experience, count, calls)
    else:
        accepted = _count_making(prepared, experience, calls)
        accepted += _count_augmenting(prepared, experience, accepted, calls)
    return {template: count for template, count in calls.items() if count > 0}, accepted


def _count_making(prepared: Prepared, experience: Experience, calls: defaultdict[str, float]) -> float:
    """Count the calls of the recipes that make tasks; return how many records are accepted."""
    config = prepared.config
    novel = _multiply(experience, "propose", "parse", "eliminate", "novelty")
    lanes, accepted = float(len(prepared.seeds)), 0.0
    wanted = config.target if config.recipe == "self-instruct" else config.evolve.bootstrap - len(prepared.seeds)
    if wanted and wanted > 0:
        own, form = config.self_instruct, config.self_instruct.form
        candidates = wanted / max(0.01, novel * _multiply(experience, "respond", "verify", "critic"))
        calls[f"self_instruct/{form}"] += candidates / (own.blocks_items if form == "blocks" else own.items)
        if form == "list":
            calls["self_instruct/classification"] += candidates * novel
            calls["self_instruct/input_first"] += candidates * novel
        accepted += _count_verdicts(prepared, experience, candidates * novel, calls)
        lanes += wanted
    if config.recipe == "evolve":
        candidates = lanes * (config.rounds or DEFAULT_ROUNDS)
        weight = sum(operator.weight for operator in prepared.operators)
        for operator in prepared.operators:
            calls[f"evolve/{operator.name}"] += candidates * operator.weight / weight
        different = experience.yields.get("equal", 1.0) if config.evolve.judge_equal else 1.0
        calls["judge/equal"] += candidates * novel if config.evolve.judge_equal else 0.0
        calls["respond/answer"] += candidates * novel * different
        accepted += _count_verdicts(prepared, experience, candidates * novel * different, calls)
    return accepted


def _count_augmenting(
    prepared: Prepared, experience: Experience, records: float, calls: defaultdict[str, float]
) -> float:
    """Count the calls that augmenting so many records takes; return how many new ones are accepted."""
    of_one, made = catalog.count_augmenting_calls(prepared.config, prepared.templates)
    for template, count in of_one.items():
        calls[template] += records * count
    kept = records * made * _multiply(experience, "meaning", "equal", "eliminate", "novelty")
    return _count_verdicts(prepared, experience, kept, calls)


def _count_verdicts(
    prepared: Prepared, experience: Experience, records: float, calls: defaultdict[str, float]
) -> float:
    """Count the critic's calls about so many records that are to be answered; return how many are accepted."""
    if prepared.config.policy.critic:
        judged = records * _multiply(experience, "respond", "verify")
        for template, count in count_verdicts(prepared.config, prepared.templates).items():
            calls[template] += judged * count
    return records * _multiply(experience, "respond", "verify", "critic")


def _measure_prompt(prepared: Prepared, template: str) -> float:
    """Return the mean tokens of a prompt over (at most `SEEDS_RENDERED` of) the seeds, or the records."""
    seeds = list(itertools.islice(prepared.records() if prepared.records else prepared.seeds, SEEDS_RENDERED))
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


def describe_forecast(row: Mapping[str, Any]) -> list[str]:
    """Return a forecast as lines for a person."""
    basis = f"the yields of {row['earlier_runs']} earlier runs" if row["earlier_runs"] else "assumed yields"
    cost = "cost unknown (no price for the model)" if row["cost_usd"] is None else f"{row['cost_usd']:.2f} USD"
    kinds = ", ".join(f"{family} {count}" for family, count in row["calls_by_kind"].items())
    return [
        f"forecast, from {basis}: about {row['accepted']} records accepted",
        f"  calls: {row['calls']} ({kinds})",
        f"  tokens: {row['prompt_tokens']} prompt + {row['completion_tokens']} completion; {cost}",
        "  nothing was spent. --max-calls, --max-tokens-total and --max-cost-usd set hard limits.",
    ]

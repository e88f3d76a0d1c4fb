"""Holds a critic against labels: asks it, or takes what is recorded of it, and makes the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evaluators.agreement.pairs import JudgedPair
from evaluators.critic.pairwise import PairwiseCritic
from generator.calibration.judging import ChoiceJudge, PairJudge, RubricJudge, judge_pairs, judge_records
from generator.calibration.labels import Labels, read_recorded_verdicts
from generator.calibration.recorded import replay_pairs, take_verdicts
from generator.calibration.report import report_choices, report_dimensions, report_people
from generator.errors import ConfigError
from generator.parsing.choices import FORMS
from generator.protocols import Ask, Critic
from generator.templates import Templates


async def ask_critic(
    labels: Labels, ask: Ask, critic: Critic, pairwise: PairwiseCritic, reply: str, *, columns: Mapping[str, str],
    at_once: int, seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Return the report on a critic that is asked now: about pairs in both orders, about records by its rubrics.

    `columns` are the critic's, by the dimensions that people scored.
    """
    if labels.records:
        items = await judge_records(critic, labels.records, columns, at_once=at_once)
        return {"form": labels.form, "people": None, "critic": report_dimensions(items, seed=seed)}
    judge: PairJudge = ChoiceJudge(ask, reply) if reply in FORMS else RubricJudge(pairwise)
    judged = await judge_pairs(judge, labels.pairs, at_once=at_once)
    return _report_pairs(labels, judged, judge.unparsed, reply, seed)


async def replay_critic(
    labels: Labels, templates: Templates, verdicts: Path | None, form: str | None, *, seed: int
) -> dict[str, Any]:
    """Return the report on recorded verdicts: replies in the labels' own file, or choices in another. Raises `ConfigError`."""
    if verdicts is not None:
        judged = take_verdicts(labels.pairs, read_recorded_verdicts(verdicts))
        return _report_pairs(labels, judged, {}, "recorded", seed)
    if not any(pair.recorded or pair.ratings for pair in labels.pairs):
        raise ConfigError("the file of labels holds no recorded replies. Name a file of verdicts, or ask a critic.")
    found = await replay_pairs(templates, labels.pairs, form)
    return _report_pairs(labels, found.judged, found.unparsed, found.form, seed)


def _report_pairs(
    labels: Labels, judged: Sequence[JudgedPair], unparsed: Mapping[str, int], reply: str, seed: int
) -> dict[str, Any]:
    return {
        "form": labels.form,
        "reply": reply,
        "people": report_people(labels),
        "without_majority": len(labels.pairs) - len(judged),
        "critic": report_choices(labels, judged, seed=seed),
        "unparsed_by_reason": dict(sorted(unparsed.items())),
    }

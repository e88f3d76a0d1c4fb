"""The critic of a run, held against labels before anything is generated: below what was set, the run stops."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from evaluators.critic.pairwise import PairwiseCritic
from evaluators.critic.rubric import read_rubric
from generator.calibration.calibrate import ask_critic
from generator.calibration.labels import read_labels
from generator.calibration.report import check_gates
from generator.config import RunConfig
from generator.errors import SeedbedError
from generator.judging.bench import make_manner
from generator.protocols import Ask, Critic
from generator.settings.backend import BackendConfig
from generator.settings.critic import take_backend
from generator.templates import Templates

PAIR_RUBRIC = "pairwise"
CALIBRATE = "calibrate"  # the recipe that only reports


async def hold_against_people(
    config: RunConfig, templates: Templates, find_ask: Callable[[BackendConfig], Ask], critic: Critic, *, at_once: int
) -> dict[str, Any]:
    """Return the report on the critic. Raises the `InputError` family for labels that cannot be used."""
    assert config.calibration.labels is not None
    labels = read_labels(Path(config.calibration.labels))
    ask = find_ask(take_backend(config.critic))
    pairwise = PairwiseCritic(ask, read_rubric(templates, PAIR_RUBRIC, ""), make_manner(config.critic))
    return await ask_critic(labels, ask, critic, pairwise, config.calibration.reply, at_once=at_once, seed=config.seed)


def require_agreement(config: RunConfig, report: dict[str, Any]) -> None:
    """Raise `SeedbedError` where the critic of a generating run does not reach what was set; `calibrate` only reports."""
    missed = check_gates(report["critic"], config.calibration.at_least)
    if missed and config.recipe != CALIBRATE:
        raise SeedbedError(
            f"the critic does not agree well enough with {config.calibration.labels}: {'; '.join(missed)}. Nothing was"
            " generated. Choose another --critic-model or rubric, or change `calibration.at_least`."
        )

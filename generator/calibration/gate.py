"""The critic of a run, held against labels before anything is generated: below what was set, the run stops.

That the labels can be read, that the critic judges what they label, and that what it must reach can be measured on them
is checked before anything is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from evaluators.critic.pairwise import PairwiseCritic
from evaluators.critic.rubric import PAIR, Rubric, read_rubric, read_rubrics
from generator import catalog
from generator.calibration.calibrate import ask_critic
from generator.calibration.labels import Labels, read_labels
from generator.calibration.report import check_gates, check_measures
from generator.config import RunConfig
from generator.errors import ConfigError, SeedbedError, SeedError
from generator.judging.bench import make_manner
from generator.protocols import Ask, Critic
from generator.seats import list_rubrics
from generator.settings.backend import BackendConfig
from generator.settings.critic import take_backend
from generator.settings.recipes import CALIBRATE
from generator.templates import Templates

PAIR_RUBRIC = "pairwise"  # what pairs are judged by where the critic has no rubric of its own for them


def check_gate(config: RunConfig, templates: Templates) -> Labels:
    """Check the labels and what must be reached on them; return the labels. Raises the `InputError` family."""
    assert config.calibration.labels is not None
    if not config.policy.critic:
        raise ConfigError("`policy.critic` is false: without a critic there is nothing to hold against labels.")
    labels = read_labels(Path(config.calibration.labels), catalog.load_language_identifier())
    check_measures(config.calibration.at_least, labels)
    if labels.records:
        find_columns(labels, config, templates)
        return labels
    find_pair_rubric(config, templates)
    if config.critic.kind == "embedded":
        raise ConfigError(
            f"{config.calibration.labels} holds pairs, and the embedded back end has no rules to compare two responses by."
            " Give the critic a model's server (--base-url)."
        )
    return labels


def find_columns(labels: Labels, config: RunConfig, templates: Templates) -> dict[str, str]:
    """Return the critic's column of each dimension that people scored, by the dimension's name.

    A name without its rubric's stands for the one column that ends with it. Raises `SeedError` for a dimension that the
    critic does not score, or that several rubrics do.
    """
    rubrics = read_rubrics(templates, list_rubrics(config), ()).values()
    known = list(dict.fromkeys([*(column for rubric in rubrics for column in rubric.list_columns()), "overall"]))
    found = {}
    for name in dict.fromkeys(name for record in labels.records for name in record.scores):
        fits = [name] if name in known else [column for column in known if column.endswith(f".{name}")]
        if len(fits) != 1:
            several = f"several of the critic's columns are called that: {', '.join(fits)}"
            none = f"the critic does not. It scores {', '.join(known)}; --rubrics chooses what it judges by"
            raise SeedError(f"{config.calibration.labels}: people scored `{name}`, and {several if fits else none}.")
        found[name] = fits[0]
    return found


def find_pair_rubric(config: RunConfig, templates: Templates) -> Rubric:
    """Return the rubric that pairs are judged by: the critic's first one that looks at a pair, else `pairwise`."""
    own = read_rubrics(templates, list_rubrics(config), ()).values()
    return next((rubric for rubric in own if rubric.looks_at == PAIR), None) or read_rubric(templates, PAIR_RUBRIC, "")


async def hold_against_people(
    config: RunConfig, templates: Templates, find_ask: Callable[[BackendConfig], Ask], critic: Critic, *, at_once: int
) -> dict[str, Any]:
    """Return the report on the critic. Raises the `InputError` family for labels that cannot be used."""
    labels = check_gate(config, templates)
    columns = find_columns(labels, config, templates)
    ask = find_ask(take_backend(config.critic))
    pairwise = PairwiseCritic(ask, find_pair_rubric(config, templates), make_manner(config.critic))
    return await ask_critic(
        labels, ask, critic, pairwise, config.calibration.reply, columns=columns, at_once=at_once, seed=config.seed
    )


def require_agreement(config: RunConfig, report: dict[str, Any]) -> None:
    """Raise `SeedbedError` where the critic of a generating run does not reach what was set; `calibrate` only reports."""
    missed = check_gates(report["critic"], config.calibration.at_least)
    if missed and config.recipe != CALIBRATE:
        raise SeedbedError(
            f"the critic does not agree well enough with {config.calibration.labels}: {'; '.join(missed)}. Nothing was"
            " generated. Choose another --critic-model or rubric, or change `calibration.at_least`."
        )

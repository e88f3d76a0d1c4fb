"""The recipes that make a run: how each finds what it works on, and what it checks before anything is spent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from generator.config import RunConfig
from generator.config_faults import Source
from generator.preparation.augmenting import choose_set, describe_augmenting, prepare_augmenting
from generator.preparation.calibrating import describe_calibrating, prepare_calibrating
from generator.preparation.generating import choose_seeds, describe_generating, prepare_generating
from generator.preparation.judging import describe_judging, prepare_judging
from generator.preparation.prepared import Prepared, Tell
from generator.preparation.records import choose_source
from generator.preparation.settling import settle_files


@dataclass(frozen=True, slots=True)
class Recipe:
    """`choose` fills in what the run works on, by absolute paths; `describe` says it in a few words."""

    choose: Callable[[RunConfig], RunConfig]
    prepare: Callable[[RunConfig, Source, Tell], Prepared]
    describe: Callable[[Prepared], str]


GENERATING = Recipe(choose_seeds, prepare_generating, describe_generating)
RECIPES: Mapping[str, Recipe] = {
    "evolve": GENERATING,
    "self-instruct": GENERATING,
    "augment": Recipe(choose_set, prepare_augmenting, describe_augmenting),
    "judge": Recipe(choose_source, prepare_judging, describe_judging),
    "calibrate": Recipe(settle_files, prepare_calibrating, describe_calibrating),
}


def choose_places(config: RunConfig) -> RunConfig:
    """Fill in what the run works on, and make all paths absolute. Raises `ConfigError` for what is not there."""
    return RECIPES[config.recipe].choose(config)


def prepare(config: RunConfig, source: Source | None = None, tell: Tell = lambda _: None) -> Prepared:
    """Read and check everything that the run needs; `tell` is told what is odd. Raises the `InputError` family.

    `source` says where each setting came from, for the messages.
    """
    return RECIPES[config.recipe].prepare(config, source or Source(), tell)


def describe(prepared: Prepared) -> str:
    """Say in a few words what a run works on, and with which models."""
    return RECIPES[prepared.config.recipe].describe(prepared)

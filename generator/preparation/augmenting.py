"""What is checked before records are augmented: the source, once through; methods, prompts, the critic."""

from __future__ import annotations

from generator import catalog
from generator.against.digests import settle_against
from generator.config import RunConfig
from generator.config_faults import Source
from generator.errors import ConfigError
from generator.preparation.prepared import Prepared, Tell, load_templates
from generator.preparation.records import choose_source, survey
from generator.seats import list_rubrics


def choose_set(config: RunConfig) -> RunConfig:
    """Return the configuration with its source, and the digests of what it is held against. Raises `ConfigError`."""
    return settle_against(choose_source(config))


def prepare_augmenting(config: RunConfig, given: Source, tell: Tell) -> Prepared:
    """Check all that augmenting a source needs. Raises the `InputError` family."""
    if not config.augment.methods:
        raise ConfigError(f"{given.name('augment.methods')}: say what to make of each record: --with NAME,NAME.")
    templates = load_templates(config)
    catalog.check_augmentations(config, templates)
    found = survey(config, tell)
    if config.policy.critic:
        catalog.load_judging_check()(config, templates, found.languages, given.name("policy.rules"))
    names = [*catalog.list_augmenting_prompts(config, templates), "respond/answer"]
    names += [f"critic/{rubric}" for rubric in list_rubrics(config)]
    templates.try_out_all(names, found.languages)
    return Prepared(config, templates, records=found.read, count=found.count)


def describe_augmenting(prepared: Prepared) -> str:
    """Say what is augmented, how, and by which model."""
    config = prepared.config
    return f"{prepared.count} records, {', '.join(config.augment.methods)}, model {config.backend.model}"

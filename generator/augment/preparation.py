"""Everything that is checked before records are augmented: the source, once through; methods, prompts, the critic."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from generator import catalog
from generator.config import RunConfig
from generator.config_faults import Source as Given
from generator.errors import ConfigError
from generator.judging.preparation import survey
from generator.judging.seats import list_rubrics
from generator.places import find_shipped
from generator.preparation import Prepared, shorten_path
from generator.sources import find_source, read_examples
from generator.templates import Templates
from generator.types import Example


def prepare_augmenting(config: RunConfig, given: Given, say: Callable[[str], None]) -> Prepared:
    """Check all that augmenting a source needs. Raises the `InputError` family."""
    if not config.augment.methods:
        raise ConfigError(f"{given.name('augment.methods')}: say what to make of each record: --with NAME,NAME.")
    source = find_source(config.seeds[0], config.runs_dir)
    templates = Templates(find_shipped("prompts"), shorten_path(config.prompts) if config.prompts else None)
    templates.check_overlay()
    catalog.check_augmentations(config, templates)
    found = survey(source, say)
    if config.policy.critic:
        catalog.load_judging_check()(config, templates, found.languages, given.name("policy.rules"))
    names = [*catalog.list_augmenting_prompts(config, templates), "respond/answer"]
    names += [f"critic/{rubric}" for rubric in list_rubrics(config)]
    for name in names:
        for language in sorted(found.languages):
            templates.try_out(name, language)

    def read() -> Iterator[Example]:
        return read_examples(source, on_fault=lambda *_: None, identify=catalog.load_language_identifier())

    return Prepared(config, (), templates, (), records=read, count=found.count)

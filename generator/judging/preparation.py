"""Everything that is checked before records are judged: the source, once through; rubrics, policy, prompts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from evaluators.critic.manner import FindReference, find_none
from generator import catalog
from generator.config import RunConfig
from generator.config_faults import Source as Given
from generator.errors import ConfigError
from generator.judging.seats import list_rubrics
from generator.preparation import Prepared, load_templates
from generator.seed_files.faults import Fault
from generator.settling import settle_files
from generator.sources import Source, find_source, read_examples
from generator.types import Example

SAY_EVERY_S = 5.0


@dataclass(slots=True)
class Survey:
    """What a source holds: records, lines with a fault, records with a reference answer; languages, columns, who wrote them."""

    count: int = 0
    faults: int = 0
    referenced: int = 0
    languages: set[str] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)


def choose_source(config: RunConfig, text: str | None) -> RunConfig:
    """Return the configuration with its files settled, its source among them. Raises `ConfigError` where there is none."""
    if text is None and len(config.seeds) != 1:
        raise ConfigError("say what to judge: a run, a file of records or a folder of such (SOURCE).")
    name = text or config.seeds[0]
    source = find_source(name, config.runs_dir)
    place = source.run or Path(name)
    return settle_files(config).model_copy(update={"seeds": (str(place.absolute()),)})


def survey(source: Source, say: Callable[[str], None], find_reference: FindReference = find_none) -> Survey:
    """Read a source once through; nothing of it is held. Raises `ConfigError` where there is no record in it."""
    found = Survey()
    said = time.monotonic()

    def count_fault(path: Path, fault: Fault) -> None:
        found.faults += 1

    for example in read_examples(source, on_fault=count_fault, identify=catalog.load_language_identifier()):
        found.count += 1
        found.languages.add(example.language)
        found.columns.update(example.scores)
        found.referenced += bool(find_reference(example))
        if example.lineage.model:
            found.models.add(example.lineage.model)
        if time.monotonic() - said > SAY_EVERY_S:
            said = time.monotonic()
            say(f"reading {source.name}: {found.count} records")
    if found.faults:
        say(f"warning: {found.faults} lines of {source.name} are no records, and are left out.")
    if not found.count:
        raise ConfigError(f"SOURCE {source.name}: there is no record in it.")
    return found


def make_reader(source: Source) -> Callable[[], Iterator[Example]]:
    """Return what reads a source from the first record on, its faults passed over: they were told."""
    identify = catalog.load_language_identifier()
    return lambda: read_examples(source, on_fault=lambda *_: None, identify=identify)


def prepare_judging(
    config: RunConfig, given: Given, say: Callable[[str], None], rules: str | None = None
) -> tuple[Prepared, Survey]:
    """Check all that judging a source needs; also return what it holds. Raises the `InputError` family.

    `rules` names the file of the policy's rules where they have one of their own.
    """
    if not config.policy.critic:
        raise ConfigError(f"{given.name('policy.critic')}: without a critic there is nothing to judge by.")
    source = find_source(config.seeds[0], config.runs_dir)
    templates = load_templates(config)
    find_reference = catalog.load("generator.judging.bench:make_manner")(config.critic).find_reference
    found = survey(source, say, find_reference)
    if find_reference is not find_none:
        say(f"references: {found.referenced} of {found.count} records have a reference answer")
    catalog.load_judging_check()(
        config, templates, found.languages, rules or given.name("policy.rules"), sorted(found.columns)
    )
    for rubric in list_rubrics(config):
        for language in sorted(found.languages):
            templates.try_out(f"critic/{rubric}", language)
    return Prepared(config, (), templates, (), records=make_reader(source), count=found.count), found


def warn_self_preference(models: set[str], say: Callable[[str], None]) -> None:
    """Say once where a model judges what it wrote: models favour their own prose (arXiv:2404.13076)."""
    if models:
        named = ", ".join(sorted(models))
        say(f"warning: {named} judges what it wrote itself, and models favour their own prose. Choose --critic-model.")

"""Everything that is checked before records are judged: the source, once through; rubrics, policy, prompts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from generator import catalog
from generator.config import RunConfig
from generator.config_faults import Source as Given
from generator.errors import ConfigError
from generator.judging.seats import list_rubrics
from generator.places import find_shipped
from generator.preparation import Prepared, shorten_path
from generator.seed_files.faults import MAX_SHOWN, format_fault, name_path
from generator.sources import FaultCounter, Source, find_source, read_examples
from generator.templates import Templates
from generator.types import Example

SAY_EVERY_S = 5.0


@dataclass(slots=True)
class Survey:
    """What a source holds: how many records, languages, columns, who wrote them."""

    count: int = 0
    languages: set[str] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)


def choose_source(config: RunConfig, text: str | None) -> RunConfig:
    """Return the configuration with its source by an absolute path. Raises `ConfigError` where there is none."""
    if text is None and len(config.seeds) != 1:
        raise ConfigError("say what to judge: a run, a file of records or a folder of such (SOURCE).")
    name = text or config.seeds[0]
    source = find_source(name, config.runs_dir)
    place = source.run or Path(name)
    files = {"references": config.critic.references, "prescreen": config.critic.prescreen}
    critic = config.critic.model_copy(update={name: _resolve(path) for name, path in files.items()})
    return config.model_copy(
        update={
            "seeds": (str(place.absolute()),), "runs_dir": str(Path(config.runs_dir).absolute()),
            "prompts": _resolve(config.prompts), "critic": critic,
        }
    )  # fmt: skip


def _resolve(path: str | None) -> str | None:
    return str(Path(path).absolute()) if path else None


def survey(source: Source, say: Callable[[str], None]) -> Survey:
    """Read a source once through; nothing of it is held. What cannot be read is told by line. Raises `ConfigError`."""
    found = Survey()
    said = time.monotonic()
    faults = FaultCounter(lambda path, fault: say(f"fault: {format_fault(shorten_path(path), fault)}"), MAX_SHOWN)
    for example in read_examples(source, on_fault=faults, identify=catalog.load_language_identifier()):
        found.count += 1
        found.languages.add(example.language)
        found.columns.update(example.scores)
        if example.lineage.model:
            found.models.add(example.lineage.model)
        if time.monotonic() - said > SAY_EVERY_S:
            said = time.monotonic()
            say(f"reading {source.name}: {found.count} records")
    name = name_path(Path(shorten_path(source.name)))
    if faults.count:
        say(f"warning: {faults.count} records of {name} cannot be read, and are left out.")
    if not found.count:
        raise ConfigError(f"SOURCE {name}: there is no record in it.")
    return found


def prepare_judging(
    config: RunConfig, given: Given, say: Callable[[str], None], rules: str | None = None
) -> tuple[Prepared, Survey]:
    """Check all that judging a source needs; also return what it holds. Raises the `InputError` family.

    `rules` names the file of the policy's rules where they have one of their own.
    """
    if not config.policy.critic:
        raise ConfigError(f"{given.name('policy.critic')}: without a critic there is nothing to judge by.")
    source = find_source(config.seeds[0], config.runs_dir)
    overlay = shorten_path(config.prompts) if config.prompts else None
    templates = Templates(find_shipped("prompts"), overlay)
    templates.check_overlay()
    found = survey(source, say)
    catalog.load_judging_check()(
        config, templates, found.languages, rules or given.name("policy.rules"), sorted(found.columns)
    )
    for rubric in list_rubrics(config):
        for language in sorted(found.languages):
            templates.try_out(f"critic/{rubric}", language)

    def read() -> Iterator[Example]:
        return read_examples(source, on_fault=lambda *_: None, identify=catalog.load_language_identifier())

    return Prepared(config, (), templates, (), records=read, count=found.count), found


def warn_self_preference(models: set[str], say: Callable[[str], None]) -> None:
    """Say once where a model judges what it wrote: models favour their own prose (arXiv:2404.13076)."""
    if models:
        named = ", ".join(sorted(models))
        say(f"warning: {named} judges what it wrote itself, and models favour their own prose. Choose --critic-model.")

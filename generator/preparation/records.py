"""A source of records that are there already: found, and read once through before anything is spent."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from evaluators.critic.manner import FindReference, find_none
from generator import catalog
from generator.config import RunConfig
from generator.errors import ConfigError
from generator.places import shorten_path
from generator.preparation.prepared import Tell
from generator.preparation.settling import settle_files
from generator.seed_files.faults import MAX_SHOWN, format_fault, name_path
from generator.sources import FaultCounter, find_source, read_examples
from generator.types import Example

SAY_EVERY_S = 5.0


@dataclass(slots=True)
class Survey:
    """What a source holds: records, those with a reference answer, languages, columns, who wrote them.

    `read` reads the records, from the first on.
    """

    read: Callable[[], Iterator[Example]]
    count: int = 0
    referenced: int = 0
    languages: set[str] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)


def choose_source(config: RunConfig) -> RunConfig:
    """Return the configuration with its files settled, its source among them. Raises `ConfigError` where there is none."""
    if len(config.seeds) != 1:
        raise ConfigError(f"say what to {config.recipe}: a run, a file of records or a folder of such (SOURCE).")
    source = find_source(config.seeds[0], config.runs_dir)
    place = source.run or Path(config.seeds[0])
    return settle_files(config).model_copy(update={"seeds": (str(place.absolute()),)})


def survey(config: RunConfig, tell: Tell, find_reference: FindReference = find_none) -> Survey:
    """Read the source once through; nothing of it is held. What cannot be read is told by line.

    Raises `ConfigError` where there is no record in it.
    """
    source = find_source(config.seeds[0], config.runs_dir)
    identify = catalog.load_language_identifier()
    found = Survey(lambda: read_examples(source, on_fault=lambda *_: None, identify=identify))
    faults = FaultCounter(lambda path, fault: tell(f"fault: {format_fault(shorten_path(path), fault)}"), MAX_SHOWN)
    said = time.monotonic()
    for example in read_examples(source, on_fault=faults, identify=identify):
        found.count += 1
        found.languages.add(example.language)
        found.columns.update(example.scores)
        found.referenced += bool(find_reference(example))
        if example.lineage.model:
            found.models.add(example.lineage.model)
        if time.monotonic() - said > SAY_EVERY_S:
            said = time.monotonic()
            tell(f"reading {source.name}: {found.count} records")
    name = name_path(Path(shorten_path(source.name)))
    if faults.count:
        tell(f"warning: {faults.count} records of {name} cannot be read, and are left out.")
    if not found.count:
        raise ConfigError(f"SOURCE {name}: there is no record in it.")
    return found

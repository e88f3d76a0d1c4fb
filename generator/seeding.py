"""Seed files → the first members of the pool: languages told, quotas kept, cleaned where that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from generator import catalog
from generator.cleaning.clean import Cleaner
from generator.cleaning.profiles import find_profile
from generator.errors import SeedError
from generator.places import find_shipped, shorten_path
from generator.seed_files.folder import Folder
from generator.seed_files.read import read_folders
from generator.settings.seeds import ReadingConfig
from generator.types import Example, SeedTask

_LANGUAGE_SAMPLE = 2000  # characters of a task that tell its language


def find_seed_paths(given: Sequence[str] = ()) -> list[str]:
    """Return the seeds to read: those given, else `./seeds`, else the seeds that ship; absolute paths."""
    if given:
        return [str(Path(path).absolute()) for path in given]
    here = Path("seeds")
    return [str((here if here.is_dir() else find_shipped("seeds")).absolute())]


def load_seeds(
    paths: Sequence[str], warn: Callable[[str], None] | None = None, reading: ReadingConfig | None = None
) -> list[Example]:
    """Read the seeds as members of the pool, each with its language; exact duplicates once; cleaned where asked for.

    A folder's own profiles (`seeds.toml`) win over those of `reading`. Raises `SeedError` and `ConfigError`.
    """
    reading, warn = reading or ReadingConfig(), warn or (lambda _: None)
    if reading.clean:
        find_profile(reading.clean)  # a wrong name is told before anything is read
    seeds = read_folders([shorten_path(path) for path in paths], warn, all_paths=reading.trees == "all")
    for share in seeds.shares:
        if share.used < share.count:
            warn(f"{shorten_path(share.name)}: {share.used} of {share.count} tasks, by the quota of its seeds.toml.")
    cleaning = _Cleaning(reading.clean)
    identify = catalog.load_language_identifier()
    examples: dict[str, Example] = {}
    for seed, folder in seeds.tasks:
        language = seed.language or identify(f"{seed.instruction}\n{seed.input}"[:_LANGUAGE_SAMPLE])
        example = cleaning.clean(seed.model_copy(update={"language": language}), folder)
        if example is not None:
            examples.setdefault(example.id, example)
    for line in cleaning.summarise():
        warn(line)
    if not examples:
        raise SeedError("cleaning left no seed task. Choose another profile, or add seeds that it lets through.")
    return list(examples.values())


class _Cleaning:
    """One cleaner for each choice of profiles; those without any let everything through."""

    def __init__(self, default: str | None) -> None:
        self._default = default
        self._cleaners: dict[str, Cleaner] = {}

    def clean(self, seed: SeedTask, folder: Folder) -> Example | None:
        """Return the seed as a member of the pool; None where it was dropped."""
        names = folder.settings.clean or self._default
        if not names:
            return seed.to_example()
        if names not in self._cleaners:
            self._cleaners[names] = Cleaner(find_profile(names))
        return self._cleaners[names].clean(seed.to_example(), seed.source)

    def summarise(self) -> list[str]:
        """Return what each cleaner did, a line each."""
        return [cleaner.summarise() for cleaner in self._cleaners.values()]

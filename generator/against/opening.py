"""From the configuration to what candidates are held against: indexes opened, benchmarks read."""

from __future__ import annotations

from pathlib import Path

from evaluators.novelty.contamination import ContaminationScreen
from generator.against.benchmarks import index_benchmarks
from generator.against.digests import NamedSource, check_held, find_sources
from generator.against.index import Against, AgainstScreen, SourceIndex, Tell, build_index, make_measure
from generator.config import RunConfig
from generator.protocols import Screen

FOLDER = ".against"  # below the folder of runs


def build_indexes(config: RunConfig, tell: Tell) -> None:
    """Build the indexes that are not there yet, so that a run need not wait for them. `tell` is told how far it is."""
    if config.against.novel:
        measure = make_measure(config.novelty)
        for source in _find_novel(config):
            build_index(source, _find_folder(config), measure, tell)


def open_against(config: RunConfig) -> Against | None:
    """Open the indexes of the sources that candidates must differ from; None where there are none.

    Raises `ConfigError` for a source that is not there, or not what the configuration says; `SeedError`.
    """
    if not config.against.novel:
        return None
    measure = make_measure(config.novelty)
    indexes = [
        SourceIndex(source.name, build_index(source, _find_folder(config), measure, _say_nothing), measure)
        for source in _find_novel(config)
    ]
    return Against(indexes, measure)


def open_screens(config: RunConfig) -> list[Screen]:
    """Return what rejects by the sources and by the benchmarks, where there are some. Raises as above and below."""
    against, screen = open_against(config), open_screen(config)
    screens: list[Screen] = [] if against is None else [AgainstScreen(against, make_measure(config.novelty))]
    return screens if screen is None else [*screens, screen]


def open_screen(config: RunConfig) -> ContaminationScreen | None:
    """Read the benchmarks; None where there are none. Raises `ConfigError`, `SeedError` as above."""
    if not config.against.benchmarks:
        return None
    benchmarks = find_sources(config.against, config.runs_dir)[1]
    for one in benchmarks:
        check_held(one, "benchmark", config.against.holds)
    return ContaminationScreen(index_benchmarks(benchmarks, config.against.ngrams))


def _find_novel(config: RunConfig) -> list[NamedSource]:
    sources = find_sources(config.against, config.runs_dir)[0]
    for one in sources:
        check_held(one, "novel", config.against.holds)
    return sources


def _find_folder(config: RunConfig) -> Path:
    return Path(config.runs_dir) / FOLDER


def _say_nothing(_: str, __: int) -> None:
    pass

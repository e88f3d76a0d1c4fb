"""What a run is held against is part of what its data set is: sources by name, and the digest of what they hold.

Where a source lies is not: it may be moved. A source that has changed since a run began belongs to another run.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from generator.config import RunConfig
from generator.errors import ConfigError
from generator.settings.against import AgainstConfig
from generator.sources import Source, find_source


@dataclass(frozen=True, slots=True)
class NamedSource:
    """A source under the name that evidence calls it by, and the SHA-256 of its content."""

    name: str
    source: Source
    digest: str

    def describe(self, kind: str) -> str:
        """Return the source as the configuration notes it."""
        return f"{kind} {self.name} sha256:{self.digest}"


def find_sources(config: AgainstConfig, runs_dir: str) -> tuple[list[NamedSource], list[NamedSource]]:
    """Return the sources to differ from, and the benchmarks; by name, so that their order says nothing.

    Raises `ConfigError` where one is not there, or two share a name.
    """
    return (
        _name_sources(config.novel, runs_dir, "--novel-against"),
        _name_sources(config.benchmarks, runs_dir, "--benchmark"),
    )


def _name_sources(given: Sequence[str], runs_dir: str, given_as: str) -> list[NamedSource]:
    sources: dict[tuple[str, str], NamedSource] = {}
    for text in given:
        source = find_source(text, runs_dir, given_as)
        named = NamedSource((source.run or Path(text).absolute()).name, source, compute_digest(source))
        sources.setdefault((named.name, named.digest), named)
    names = Counter(name for name, _ in sources)
    twice = [name for name, count in names.items() if count > 1]
    if twice:
        places = " and ".join(str(one.source.name) for one in sources.values() if one.name == twice[0])
        raise ConfigError(f"{places} are both called `{twice[0]}`, and evidence could not tell them apart. Rename one.")
    return [sources[key] for key in sorted(sources)]


def compute_digest(source: Source) -> str:
    """Return the SHA-256 of what a source holds: of its file, or of its files by name."""
    digests = [(path.name, _digest_file(path)) for path in source.files]
    if len(digests) == 1:
        return digests[0][1]
    return hashlib.sha256("".join(f"{name}\0{digest}\n" for name, digest in digests).encode()).hexdigest()


def _digest_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def settle_against(config: RunConfig) -> RunConfig:
    """Return the configuration with absolute paths of what it is held against, and what that holds.

    Raises `ConfigError` where a source is not there, or holds something else than the configuration says.
    """
    against = config.against
    if not against.novel and not against.benchmarks:
        if against.holds:
            raise ConfigError(
                "against.holds names what no source is given for; give --novel-against and --benchmark too."
            )
        return config
    novel, benchmarks = find_sources(against, config.runs_dir)
    holds = tuple([one.describe("novel") for one in novel] + [one.describe("benchmark") for one in benchmarks])
    changed = [f"  {one.partition(' sha256:')[0]}" for one in against.holds if one not in holds]
    if changed:
        listed = "\n".join(changed)
        raise ConfigError(
            f"what the run is held against has changed since its configuration was saved:\n{listed}\n"
            "Bring back what it held, or begin another run (another --run, no `against.holds`)."
        )
    places = {"novel": _list_places(novel), "benchmarks": _list_places(benchmarks), "holds": holds}
    return config.model_copy(update={"against": against.model_copy(update=places)})


def list_held(config: AgainstConfig, kind: str) -> list[str]:
    """Return the names of the sources of a kind (`novel`, `benchmark`) that the configuration says it holds."""
    return [one.removeprefix(f"{kind} ").rpartition(" ")[0] for one in config.holds if one.startswith(f"{kind} ")]


def check_held(source: NamedSource, kind: str, holds: Sequence[str]) -> None:
    """Check that a source holds what the configuration says, where it says so. Raises `ConfigError`."""
    if holds and source.describe(kind) not in holds:
        raise ConfigError(f"{source.source.name} has changed while the run was made ready. Run the same command again.")


def _list_places(sources: Sequence[NamedSource]) -> tuple[str, ...]:
    return tuple(str(one.source.run or Path(one.source.name).absolute()) for one in sources)

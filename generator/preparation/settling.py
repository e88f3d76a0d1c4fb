"""Settles where the files that a configuration names lie, and what those hold that verdicts depend on.

Promise: the saved configuration runs the same again from anywhere; where a file holds something else by then, it says so.
The files' digests stand in `critic.holds`, and in the manifest of a run that came to its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from generator.config import RunConfig
from generator.errors import ConfigError
from generator.manifest import describe_file
from generator.settings.critic import FILES


def settle_files(config: RunConfig) -> RunConfig:
    """Return the configuration with its paths absolute and the digests of the critic's files filled in.

    Raises `ConfigError` where one cannot be read, or holds something else than the configuration says.
    """
    critic = config.critic.model_copy(update={name: _resolve(getattr(config.critic, name)) for name in FILES})
    holds = tuple(f"{name} sha256:{_compute_digest(path)}" for name, path in critic.list_files())
    for said in critic.holds:
        if said not in holds:
            name = said.partition(" ")[0]
            raise ConfigError(
                f"critic.{name}: the file has changed, or is not given, since the configuration was saved (critic.holds)."
                " Bring back what it held, or take `critic.holds` out to judge by what it holds now."
            )
    calibration = config.calibration.model_copy(update={"labels": _resolve(config.calibration.labels)})
    places = {name: _resolve(getattr(config, name)) for name in ("runs_dir", "prompts", "prices")}
    return config.model_copy(
        update={**places, "critic": critic.model_copy(update={"holds": holds}), "calibration": calibration}
    )


def list_changed_files(before: RunConfig, now: RunConfig) -> Iterator[str]:
    """Yield, for a person, which of the critic's files hold something else than when the run was last gone on with."""
    known = dict(said.split(" ", 1) for said in before.critic.holds)
    for name, path in now.critic.list_files():
        if name in known and f"{name} {known[name]}" not in now.critic.holds:
            yield (
                f"critic.{name}: {path} has changed since this run began. What it bears on is judged anew; the rest comes from"
                " the journal."
            )


def _resolve(path: str | None) -> str | None:
    return str(Path(path).absolute()) if path else None


def _compute_digest(path: str) -> str:
    try:
        digest: str = describe_file(Path(path))["sha256"]
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}).") from error
    return digest

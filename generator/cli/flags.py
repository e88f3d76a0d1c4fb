"""From a command's parameters to settings: one table says which flag sets what, over a configuration file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generator.balance.target import DIMENSIONS, read_target
from generator.config import RunConfig, drop_unset, list_leaves, make_config, merge_settings
from generator.config_faults import Source
from generator.config_file import read_config
from generator.errors import ConfigError
from generator.judging.policy_file import read_policy

SETTINGS: Mapping[str, str] = {
    **{name: name for name in (
        "seeds", "run", "target", "concurrency", "seed", "max_candidates", "runs_dir", "prompts", "prices",
        "retry_refused",
    )},
    **{name: f"limits.{name}" for name in ("max_calls", "max_tokens_total", "max_cost_usd")},
    "backend": "backend.kind", "model": "backend.model", "base_url": "backend.base_url",
    "critic_backend": "critic.kind", "critic_model": "critic.model", "critic_base_url": "critic.base_url",
    "rubrics": "critic.rubrics", "clean": "reading.clean", "novel_against": "against.novel",
    "benchmark": "against.benchmarks", "rounds": "evolve.rounds", "bootstrap": "evolve.bootstrap",
    "form": "self_instruct.form",
}  # fmt: skip


def collect_flags(recipe: str, given: Mapping[str, Any], **more: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that what was given to a command makes; what was not given is None.

    `more` are sections of the command's own, laid over. Raises `ConfigError` for a list or a policy that cannot be used.
    """
    flags: dict[str, Any] = {"recipe": recipe}
    for name, setting in SETTINGS.items():
        if name in given:
            section, _, key = setting.rpartition(".")
            value = read_names(given[name], "--rubrics") if name == "rubrics" else given[name]
            (flags.setdefault(section, {}) if section else flags)[key] = None if value == [] else value
    if given.get("source") is not None:
        flags["seeds"] = [given["source"]]
    if given.get("policy"):
        flags["policy"] = read_policy(given["policy"])
    for section, settings in more.items():
        flags[section] = {**flags.get(section, {}), **settings}
    return flags


def load_config(config_path: str | None, flags: Mapping[str, Any]) -> tuple[RunConfig, Source]:
    """Return the checked settings of the file overlaid with the flags, and where each came from. Raises `ConfigError`."""
    given = frozenset(name for name, _ in list_leaves(drop_unset(flags)))
    if config_path is None:
        source = Source(given)
        return make_config(drop_unset(flags), source), source
    settings, text = read_config(Path(config_path), "--config")
    source = Source(given, config_path, text)
    wanted = settings.get("recipe", flags["recipe"])
    if wanted != flags["recipe"]:
        raise ConfigError(f"{source.place('recipe')}: the file is for the command `{wanted}`.")
    return make_config(merge_settings(_free_critic(settings, flags), flags), source), source


def _free_critic(settings: Mapping[str, Any], flags: Mapping[str, Any]) -> dict[str, Any]:
    """Return the file's settings without those in which its critic only follows a generator that the flags replace."""
    backend, critic = settings.get("backend"), settings.get("critic")
    if not isinstance(backend, Mapping) or not isinstance(critic, Mapping):
        return dict(settings)
    replaced = {name for name, value in flags["backend"].items() if value is not None}
    kept = {name: value for name, value in critic.items() if name not in replaced or value != backend.get(name)}
    return {**settings, "critic": kept}


def read_toward(path: str | None) -> dict[str, dict[str, float]] | None:
    """Return the shares of a target's file, as they stand there. Raises `ConfigError`."""
    if path is None:
        return None
    read_target(Path(path), flag="--toward")  # checks it
    table = read_config(Path(path))[0]
    return {name: {key: float(share) for key, share in table[name].items()} for name in DIMENSIONS if name in table}


def read_names(text: str | None, flag: str) -> list[str] | None:
    """Return the names of a list like `a,b`; None where there is none. Raises `ConfigError` where it names nothing."""
    if text is None:
        return None
    names = [name for name in (part.strip() for part in text.split(",")) if name]
    if not names:
        raise ConfigError(f"{flag} names none. Write some, like a,b, or leave it out.")
    return names


def read_operators(text: str | None) -> dict[str, float] | None:
    """Return operators and weights from `a,b` or `a=2,b=1`. Raises `ConfigError`."""
    if text is None:
        return None
    operators = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, weight = (side.strip() for side in part.partition("="))
        try:
            operators[name] = float(weight) if weight else 1.0
        except ValueError as error:
            raise ConfigError(f"--operators {part}: the weight is not a number; write NAME or NAME=WEIGHT.") from error
    if not operators:
        raise ConfigError("--operators names none; leave it out to draw from all.")
    return operators

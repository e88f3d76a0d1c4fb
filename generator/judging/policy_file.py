"""A policy in a file of its own: TOML, the settings of `[policy]`, under that heading or without it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from generator.config_faults import Source, explain_fault
from generator.config_file import read_config
from generator.errors import ConfigError
from generator.settings.policy import PolicyConfig


def read_policy(path: str) -> dict[str, Any]:
    """Return the settings of a policy's file as they stand there, checked. Raises `ConfigError` with the line."""
    settings, text = read_config(Path(path), "--policy")
    table: Any = settings.get("policy", settings)
    if not isinstance(table, Mapping) or (table is not settings and len(settings) > 1):
        more = sorted(set(settings) - {"policy"})
        raise ConfigError(f"{path}: a policy's file holds `[policy]` alone{f', not `{more[0]}`' if more else ''}.")
    try:
        PolicyConfig.model_validate(table)
    except ValidationError as error:
        source = Source(file=path, text=text)
        prefix = "policy." if table is not settings else ""
        known = [prefix + name for name in PolicyConfig.model_fields]
        above = prefix.split(".")[:-1]
        said = [explain_fault({**fault, "loc": (*above, *fault["loc"])}, source, known) for fault in error.errors()]
        raise ConfigError("\n".join(said)) from error
    return dict(table)

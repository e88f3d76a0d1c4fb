"""From a command's parameters to settings: one table says which flag sets what, for every command that has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.cli.options import read_names
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
    """Return the settings that a command's parameters (its `locals()`) make; what was not given is None.

    `more` are sections of the command's own, laid over. Raises `ConfigError` for a list or a policy that cannot be used.
    """
    flags: dict[str, Any] = {"recipe": recipe}
    for name, setting in SETTINGS.items():
        if name in given:
            section, _, key = setting.rpartition(".")
            value = read_names(given[name]) if name == "rubrics" else given[name]
            (flags.setdefault(section, {}) if section else flags)[key] = None if value == [] else value
    if given.get("policy"):
        flags["policy"] = read_policy(given["policy"])
    for section, settings in more.items():
        flags[section] = {**flags.get(section, {}), **settings}
    return flags

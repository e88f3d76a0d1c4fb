"""Faults of a configuration in plain words, each with its place: the flag, or the line of the file.

Every setting that has a flag stands here once, for the messages and for `docs/configuration.md`.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

FLAGS = {
    "seeds": "SEEDS", "run": "--run", "runs_dir": "--runs-dir", "prompts": "--prompts", "seed": "--seed",
    "target": "--target", "max_candidates": "--max-candidates", "concurrency": "--concurrency",
    "backend.kind": "--backend", "backend.model": "--model", "backend.base_url": "--base-url",
    "critic.kind": "--critic-backend", "critic.model": "--critic-model", "critic.base_url": "--critic-base-url",
    "critic.rubrics": "--rubrics", "evolve.rounds": "--rounds", "evolve.bootstrap": "--bootstrap",
    "evolve.operators": "--operators", "balance.toward": "--toward", "self_instruct.form": "--form",
    "augment.methods": "--with", "reading.clean": "--clean", "prices": "--prices",
    "retry_refused": "--retry-refused", "limits.max_calls": "--max-calls",
    "limits.max_tokens_total": "--max-tokens-total", "limits.max_cost_usd": "--max-cost-usd",
    "against.novel": "--novel-against", "against.benchmarks": "--benchmark",
}  # fmt: skip
_KEY_NAMES = frozenset({"api_key", "apikey", "key", "token", "password", "secret"})
_MEANINGS = {
    "int_type": "must be a whole number", "float_type": "must be a number", "bool_type": "must be true or false",
    "string_type": "must be a text, in quotes", "tuple_type": "must be a list, in brackets",
    "dict_type": "must be a table of names and numbers", "model_type": "must be a section, a table of settings",
    "string_too_short": "must not be empty", "string_unicode": "must be UTF-8", "finite_number": "must be finite",
}  # fmt: skip
_PART = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_TABLE = re.compile(rf"\s*\[\[?\s*({_DOTTED})\s*\]")
_KEY = re.compile(rf"\s*({_DOTTED})\s*=")


@dataclass(frozen=True)
class Source:
    """What the settings of one invocation came from: flags (by the setting's name), and a file with its text.

    `files` names the file of a section that has one of its own.
    """

    flags: Collection[str] = ()
    file: str | None = None
    text: str = ""
    files: Mapping[str, str] = field(default_factory=dict)

    def name(self, setting: str) -> str:
        """Return the setting as the user knows it: its flag, or `FILE:LINE: setting`, or its plain name."""
        section, _, rest = setting.partition(".")
        if section in self.files:
            return f"{self.files[section]}: `{rest}`"
        flag = next((flag for flag in self.flags if setting == flag or setting.startswith(f"{flag}.")), None)
        if flag is not None:
            part = setting.removeprefix(flag).strip(".")
            return FLAGS.get(flag, flag) + (f" {part}" if part and not part.isdecimal() else "")
        return f"{self.place(setting)}: `{setting}`" if self.file else f"`{setting}`"

    def place(self, setting: str) -> str:
        """Return `FILE:LINE` of the setting in the file, or `FILE` where it is not there."""
        line = find_line(self.text, setting.split("."))
        return f"{self.file}:{line}" if line else f"{self.file}"


def find_line(text: str, path: Sequence[str]) -> int | None:
    """Return the line (from 1) of a TOML text that sets `path`, else the nearest that encloses it; None for none."""
    wanted = tuple(path)
    table: tuple[str, ...] = ()
    best: int | None = None
    depth = 0
    seen = Counter[tuple[str, ...]]()
    for number, line in enumerate(text.split("\n"), 1):
        if match := _TABLE.match(line):
            here = table = _split(match[1])
            if line.lstrip().startswith("[["):  # one of several tables, counted from 0
                seen[table] += 1
                here = table = (*table, str(seen[table] - 1))
        elif match := _KEY.match(line):
            here = (*table, *_split(match[1]))
        else:
            continue
        common = min(len(here), len(wanted))
        if here[:common] == wanted[:common] and common > depth:
            best, depth = number, common
    return best


def _split(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_PART, dotted))


def explain_fault(fault: Any, source: Source, known: Sequence[str]) -> str:
    """Return one of pydantic's faults in plain words; `known` are the names of all settings."""
    name = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{source.name(name)}: there is no such setting. {_suggest(name, known)}"
    said = _MEANINGS.get(fault["type"]) or fault["msg"].removeprefix("Value error, ")
    said = re.sub("^(Input|String) should", "must", said)
    value = f" {fault['input']}" if name in source.flags and isinstance(fault["input"], str | int | float) else ""
    return f"{source.name(name)}{value}: {said}."


def _suggest(name: str, known: Sequence[str]) -> str:
    last = name.rpartition(".")[2]
    if last.lower() in _KEY_NAMES:
        return "A key never stands in a file: set OPENAI_API_KEY, or name another variable in `api_key_env`."
    near = [setting for setting in known if setting.rpartition(".")[2] == last]
    near = near or difflib.get_close_matches(name, known, n=1)
    if near:
        return f"Do you mean {' or '.join(f'`{setting}`' for setting in near)}?"
    return "docs/configuration.md lists those there are."

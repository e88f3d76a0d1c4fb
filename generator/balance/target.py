"""The target distribution: shares of classes along task type, domain, difficulty, language and length.

    [domain]
    medicine = 0.5
    law = 0.3
    "*" = 0.2        # all the rest

    [length]         # words of the response; a character counts as one where no spaces are written
    "0-49" = 1
    "50-" = 2

Shares are weights: they are divided by their sum. What is neither named nor under `*` is not wanted.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from evaluators.tokens import tokenize
from generator.config_file import read_config
from generator.errors import ConfigError
from generator.types import Example

DIMENSIONS = ("task_type", "domain", "difficulty", "language", "length")
REST = "*"
_BAND = re.compile(r"(\d{1,9})-(\d{1,9})?")

Shares = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Target:
    """Wanted shares by dimension and class; each dimension's make 1. `size` is how many records, None for all there are."""

    shares: Shares
    size: int | None = None

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions, in our order."""
        return tuple(name for name in DIMENSIONS if name in self.shares)


def read_target(path: Path, by: Collection[str] = (), flag: str = "--target") -> Target:
    """Return the target of a TOML file, along the dimensions `by` (none: all of the file's). Raises `ConfigError`."""
    return make_target(read_config(path, flag)[0], str(path), by)


def make_target(table: Mapping[str, Any], where: str, by: Collection[str] = ()) -> Target:
    """Return the checked target of a table. Raises `ConfigError` that begins with `where`."""
    table = dict(table)
    size = table.pop("size", None)
    if size is not None and (not isinstance(size, int) or isinstance(size, bool) or size < 1):
        raise ConfigError(f"{where}: `size` must be a whole number of records.")
    unknown = [name for name in table if name not in DIMENSIONS]
    if unknown:
        raise ConfigError(f"{where}: `{unknown[0]}` is no dimension. There are {', '.join(DIMENSIONS)}.")
    missing = [name for name in by if name not in table]
    if missing:
        raise ConfigError(f"{where}: there is no [{missing[0]}] in it, which --by names.")
    shares = {name: _read_shares(name, table[name], where) for name in DIMENSIONS if name in (by or table)}
    if not shares:
        raise ConfigError(f"{where}: it names no dimension. There are {', '.join(DIMENSIONS)}.")
    return Target(shares, size)


def _read_shares(name: str, value: Any, where: str) -> dict[str, float]:
    if not isinstance(value, Mapping) or not value:
        raise ConfigError(f"{where}: [{name}] must be a table of classes and shares.")
    for key, share in value.items():
        if isinstance(share, bool) or not isinstance(share, int | float) or not math.isfinite(share) or share < 0:
            raise ConfigError(f"{where}: {name}.{key} must be a number, 0 or more.")
    total = math.fsum(value.values())
    if total <= 0:
        raise ConfigError(f"{where}: the shares of [{name}] make 0.")
    if name == "length":
        _check_bands(value, where)
    return {key: share / total for key, share in value.items()}


def _check_bands(classes: Collection[str], where: str) -> None:
    bands = sorted(_read_band(key, where) for key in classes if key != REST)
    for (_, high), (low, _) in pairwise(bands):
        if low <= high:
            raise ConfigError(f"{where}: two bands of [length] hold {low:g}.")


def _read_band(key: str, where: str) -> tuple[float, float]:
    found = _BAND.fullmatch(key)
    if found is None:
        raise ConfigError(f'{where}: length."{key}" is no band; write "FROM-TO" or "FROM-", in words.')
    low, high = float(found[1]), float(found[2]) if found[2] else math.inf
    if high < low:
        raise ConfigError(f'{where}: length."{key}" ends before it begins.')
    return low, high


class Classifier:
    """Says which class a record is in, along each dimension of a target."""

    def __init__(self, shares: Shares, identify: Callable[[str], str] | None = None) -> None:
        self._shares = shares
        self._dimensions = tuple(name for name in DIMENSIONS if name in shares)
        self._bands = [(key, *_read_band(key, "")) for key in shares.get("length", ()) if key != REST]
        self._identify = identify

    def classify(self, example: Example) -> tuple[str, ...]:
        """Return the record's class along each dimension; "" where it has none, and no class is for the rest."""
        return tuple(self._fold(name, self._find(name, example)) for name in self._dimensions)

    def _find(self, name: str, example: Example) -> str:
        if name == "length":
            words = len(tokenize(example.response))
            return next((key for key, low, high in self._bands if low <= words <= high), "")
        if name == "language":
            if not example.language and self._identify is not None:
                return self._identify(f"{example.instruction}\n{example.input}")
            return example.language
        return example.tags.get(name, "")

    def _fold(self, name: str, found: str) -> str:
        known = self._shares[name]
        return found if found in known else REST if REST in known else ""

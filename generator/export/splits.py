"""Splits without a leak: a family of descent stays on one side.

Two records are of one family where a chain of shared ids (their own, parents, seeds) or of equal tasks joins them. Which
family goes where is drawn under a seed by digests alone, so the order of the records does not matter. Of the records only
digests of 64 bits are held.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from generator.errors import ConfigError
from generator.types import Example

_NAME = re.compile(r"\w+(\.\w+)*")  # what the Hugging Face hub takes for the name of a split
_TOLERANCE = 1e-6


def read_splits(text: str) -> dict[str, float]:
    """Return the share of each split from `train=0.9,test=0.1`. Raises `ConfigError`."""
    shares: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, share = (side.strip() for side in part.partition("="))
        try:
            value = float(share)
        except ValueError:
            value = -1.0
        if not _NAME.fullmatch(name) or name in shares or not 0 < value <= 1:
            raise ConfigError(f"--split {part}: write NAME=SHARE, each name once, shares between 0 and 1.")
        shares[name] = value
    if abs(sum(shares.values()) - 1) > _TOLERANCE:
        raise ConfigError(f"--split {text}: the shares make {sum(shares.values()):g}; they must make 1.")
    return shares


def make_key(kind: str, *parts: str) -> int:
    """Return a digest of 64 bits."""
    text = "\0".join((kind, *parts))
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


class Families:
    """Joins records into families: a forest whose roots are the smallest key of their family, whatever the order."""

    def __init__(self) -> None:
        self._above: dict[int, int] = {}  # a key that is missing is a root
        self._count: Counter[int] = Counter()  # records by the root of their family as it was when they came

    def add(self, example: Example) -> None:
        """Join a record with its kin."""
        own = make_key("id", example.id)
        self._join(own, make_key("task", example.instruction, example.input))
        for other in (*example.lineage.parents, *example.lineage.seeds):
            self._join(own, make_key("id", other))
        self._count[self._find(own)] += 1

    def find(self, example: Example) -> int:
        """Return the root of a record's family."""
        return self._find(make_key("id", example.id))

    def count(self) -> Counter[int]:
        """Return the number of records by the root of their family."""
        totals: Counter[int] = Counter()
        for key, count in self._count.items():
            totals[self._find(key)] += count
        self._count = totals
        return totals

    def _find(self, key: int) -> int:
        above = self._above
        while (parent := above.get(key)) is not None:
            grand = above.get(parent)
            if grand is None:
                return parent
            above[key] = grand  # halves the path for the next who asks
            key = grand
        return key

    def _join(self, one: int, other: int) -> None:
        low, high = sorted((self._find(one), self._find(other)))
        if low != high:
            self._above[high] = low


@dataclass(frozen=True)
class Assignment:
    """Which split each family is in."""

    families: Families
    split_of: Mapping[int, str]

    def find(self, example: Example) -> str:
        """Return a record's split."""
        return self.split_of[self.families.find(example)]


def assign(families: Families, shares: Mapping[str, float], seed: int) -> Assignment:
    """Draw a split for each family. Raises `ConfigError` where there are fewer families than splits."""
    sizes = families.count()
    total = sizes.total()
    if len(sizes) < len(shares):
        raise ConfigError(
            f"--split: {len(shares)} splits of {total} records that are of {len(sizes)} "
            f"{'family' if len(sizes) == 1 else 'families'} of descent: a family is never cut, because its records tell "
            "of each other. Use more seed tasks, or leave --split out."
        )
    left = {name: share * total for name, share in shares.items()}
    empty = list(shares)
    split_of: dict[int, str] = {}
    order = sorted(sizes, key=lambda root: (make_key("split", str(seed), str(root)), root))
    for at, root in enumerate(order):
        rng = random.Random(f"split/{seed}/{root}")
        wanted = {name: left[name] for name in empty} if len(order) - at <= len(empty) else left
        chosen = _draw(rng, wanted, sizes[root])
        split_of[root] = chosen
        left[chosen] -= sizes[root]
        if chosen in empty:
            empty.remove(chosen)
    return Assignment(families, split_of)


def _draw(rng: random.Random, left: Mapping[str, float], size: int) -> str:
    """Return a split in which the family still fits, by how much is left there; else the one with the most left."""
    fitting = [name for name, room in left.items() if room >= size]
    if not fitting:
        return max(left, key=lambda name: left[name])
    return rng.choices(fitting, [left[name] for name in fitting])[0]

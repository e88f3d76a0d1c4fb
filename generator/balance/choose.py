"""Which records to keep: the quota of each cell, drawn under a seed by digests alone, in the order of the source.

Promise: neither the order of the records nor anything but their ids and the seed decides; one more record changes the
choice of at most a few others.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.balance.quota import Cell, choose_counts, make_quotas, measure_divergence
from generator.balance.target import Classifier, Target
from generator.types import Example, make_digest

NOT_WANTED = "(not in the target)"


def draw_key(example: Example, seed: int) -> int:
    """Return the record's place in the draw: 64 bits, uniform, the same in any order and on any machine."""
    return int(make_digest("balance", seed, example.id)[:16], 16)


@dataclass(frozen=True)
class Choice:
    """How many are kept of each cell, and up to which key."""

    counts: Mapping[Cell, int]
    last: Mapping[Cell, int]


class Balance:
    """A set against a target. Of the records only one number each is held."""

    def __init__(self, target: Target, classifier: Classifier, seed: int) -> None:
        self.target = target
        self._classifier = classifier
        self._seed = seed
        self._keys: dict[Cell, array[int]] = {}
        self.records = 0

    def count(self, examples: Iterable[Example]) -> None:
        """Take note of what is there."""
        for example in examples:
            self.records += 1
            cell = self._classifier.classify(example)
            self._keys.setdefault(cell, array("Q")).append(draw_key(example, self._seed))

    def choose(self, size: int | None = None) -> Choice:
        """Draw the records to keep, `size` at most (None: the target's own, else all that are there)."""
        self._quotas = make_quotas(self._list_shares(), size or self.target.size or self.records)
        self.counts = choose_counts(self._count_cells(), self._quotas)
        last = {cell: sorted(self._keys[cell])[count - 1] for cell, count in self.counts.items() if count}
        return Choice(self.counts, last)

    def pick(self, examples: Iterable[Example], choice: Choice) -> Iterator[Example]:
        """Yield the records that are kept, in the order given. Records that share an id share a key: the first ones go."""
        taken: Counter[Cell] = Counter()
        for example in examples:
            cell = self._classifier.classify(example)
            if cell not in choice.last or draw_key(example, self._seed) > choice.last[cell]:
                continue
            if taken[cell] < choice.counts[cell]:
                taken[cell] += 1
                yield example

    def _list_shares(self) -> list[Mapping[str, float]]:
        return [self.target.shares[name] for name in self.target.dimensions]

    def _count_cells(self) -> dict[Cell, int]:
        return {cell: len(keys) for cell, keys in self._keys.items()}

    def describe(self) -> dict[str, Any]:
        """Return, JSON-able, what is wanted, there, chosen and short by dimension and class, and the divergences."""
        there, cells = self._count_cells(), []
        divergence: dict[str, Any] = {}
        for at, name in enumerate(self.target.dimensions):
            came, kept = _sum_up(there, at), _sum_up(self.counts, at)
            shares = self.target.shares[name]
            for key, quota in sorted(self._quotas[at].items()):
                row = {"by": name, "class": key, "wanted": quota, "there": came[key], "chosen": kept[key]}
                cells.append(row | {"short": quota - kept[key]})
            if came[""]:
                cells.append({"by": name, "class": NOT_WANTED, "wanted": 0, "there": came[""], "chosen": 0, "short": 0})
            divergence[name] = {"before": measure_divergence(came, shares), "after": measure_divergence(kept, shares)}
        return {
            "records": {"there": self.records, "chosen": sum(self.counts.values())}, "cells": cells,
            "divergence": divergence,
        }  # fmt: skip

    def list_short(self) -> dict[str, dict[str, int]]:
        """Return how many are short, by dimension and class: a target for the next run. `*` stays what it is."""
        short: dict[str, dict[str, int]] = {}
        for row in self.describe()["cells"]:
            if row["short"] > 0:
                short.setdefault(row["by"], {})[row["class"]] = row["short"]
        return short


def _sum_up(counts: Mapping[Cell, int], at: int) -> Counter[str]:
    sums: Counter[str] = Counter()
    for cell, count in counts.items():
        sums[cell[at]] += count
    return sums

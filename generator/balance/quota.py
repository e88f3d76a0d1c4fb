"""From what is there and what is wanted to how many of each cell: raking, with no cell asked for more than it has.

A cell is one class along each dimension. Starting from the counts that are there, each dimension in turn is scaled to its
quotas, cells capped at what they hold, until nothing moves; at the end no quota is exceeded. Fractions go to the cells with
the largest remainders. So the shares come as near to the target as the records allow, and the mixture within them stays as
it was.

Source: Deming and Stephan 1940 (iterative proportional fitting); largest remainder (Hamilton).
Deviations: cells are capped, so quotas that cannot be met are left short rather than filled from others.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

Cell = tuple[str, ...]
ROUNDS = 200  # of scaling: far more than it takes to settle
SETTLED = 1e-9  # relative change in a round below which nothing moves any more


def make_quotas(shares: Sequence[Mapping[str, float]], size: int) -> list[dict[str, int]]:
    """Return whole quotas for each dimension; each dimension's make `size`."""
    quotas = []
    for dimension in shares:
        exact = {name: share * size for name, share in dimension.items()}
        quotas.append(round_down(exact, size, {name: size for name in exact}))
    return quotas


def choose_counts(there: Mapping[Cell, int], quotas: Sequence[Mapping[str, int]]) -> dict[Cell, int]:
    """Return how many to take of each cell: never more than are there, and in no dimension more than a quota."""
    wanted = {cell: float(count) for cell, count in sorted(there.items()) if all(cell)}
    for _ in range(ROUNDS):
        before = dict(wanted)
        for at, dimension in enumerate(quotas):
            _scale(wanted, at, dimension, there)
        if all(abs(wanted[cell] - before[cell]) <= SETTLED * max(1.0, before[cell]) for cell in wanted):
            break
    for at, dimension in enumerate(quotas):
        _scale(wanted, at, dimension, there, only_down=True)
    return _round(wanted, there, quotas)


def _scale(
    wanted: dict[Cell, float], at: int, quotas: Mapping[str, int], there: Mapping[Cell, int], *, only_down: bool = False
) -> None:  # fmt: skip
    sums: dict[str, float] = {}
    for cell, count in wanted.items():
        sums[cell[at]] = sums.get(cell[at], 0.0) + count
    for cell, count in wanted.items():
        factor = quotas.get(cell[at], 0) / sums[cell[at]] if sums[cell[at]] > 0 else 0.0
        wanted[cell] = min(float(there[cell]), count * (min(1.0, factor) if only_down else factor))


def _round(
    wanted: Mapping[Cell, float], there: Mapping[Cell, int], quotas: Sequence[Mapping[str, int]]
) -> dict[Cell, int]:  # fmt: skip
    """Return whole counts: rounded down, then one more by largest remainder where cell and quotas have room."""
    counts = {cell: math.floor(count + SETTLED) for cell, count in wanted.items()}
    left = [Counter(dimension) for dimension in quotas]
    for cell, count in counts.items():
        for at, name in enumerate(cell):
            left[at][name] -= count
    moved = True
    while moved:
        moved = False
        for cell in sorted(counts, key=lambda cell: (counts[cell] - wanted[cell], cell)):
            if counts[cell] < there[cell] and all(left[at][name] > 0 for at, name in enumerate(cell)):
                counts[cell] += 1
                for at, name in enumerate(cell):
                    left[at][name] -= 1
                moved = True
    return counts


def round_down(exact: Mapping[str, float], size: int, most: Mapping[str, int]) -> dict[str, int]:
    """Return whole numbers that make `size`, by largest remainder; ties by name."""
    counts = {name: min(most[name], math.floor(value + SETTLED)) for name, value in exact.items()}
    order = sorted(exact, key=lambda name: (counts[name] - exact[name], name))
    for name in order[: max(0, size - sum(counts.values()))]:
        counts[name] += 1
    return counts


def measure_divergence(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Return the Jensen–Shannon divergence of two distributions (any weights), in bits: 0 equal, 1 disjoint."""
    first, second = math.fsum(one.values()), math.fsum(other.values())
    if first <= 0 or second <= 0:
        return 1.0 if first != second else 0.0
    total = 0.0
    for name in sorted(one.keys() | other.keys()):
        p, q = one.get(name, 0.0) / first, other.get(name, 0.0) / second
        middle = (p + q) / 2
        total += sum(share / 2 * math.log2(share / middle) for share in (p, q) if share > 0)
    return max(0.0, total)

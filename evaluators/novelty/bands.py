"""Bands of MinHash signatures: texts that share one are hits, and the recall of that is known beforehand.

Source: Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", section 3.4: texts of Jaccard similarity s share one
of b bands of r values with the probability 1 - (1 - s**r)**b.
Deviations: the bands lie in one dictionary of integers (or in sorted arrays, for an index on disk) instead of
`datasketch.MinHashLSH`, which finds the same hits in several times the time and five times the memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from random import Random
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from evaluators.novelty.sketches import PERMUTATIONS, Signature, Signatures
from generator.errors import ConfigError

RECALL = 0.989  # of the texts exactly at the threshold (0.99 in two digits); above it recall is higher

KEY_BITS: Final = 60  # of a band's key; Python keeps that in two digits, a third of the memory less than in three
_DROPPED: Final = np.array(64 - KEY_BITS, dtype=np.uint64)

Keys = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Bands:
    """How a signature is cut: `count` bands of `rows` values; `recall` is the part found of texts at the threshold."""

    count: int
    rows: int
    recall: float


def choose_bands(threshold: float, recall: float = RECALL, permutations: int = PERMUTATIONS) -> Bands:
    """Return the longest bands (fewest hits to verify) that find that part of the texts at the threshold: 25 of 5 at 0.7.

    Bands of one row where even these find fewer (at thresholds below 0.04). Raises: ConfigError.
    """
    if not 0 < threshold <= 1:
        raise ConfigError(f"a threshold of Jaccard similarity lies above 0 and is at most 1, not {threshold}")
    if not 0 < recall < 1:
        raise ConfigError(f"a recall lies between 0 and 1, not at {recall}")
    for rows in range(permutations, 0, -1):
        count = permutations // rows
        expected = expect_recall(threshold, count, rows)
        if expected >= recall or rows == 1:
            break
    return Bands(count, rows, expected)


def expect_recall(similarity: float, count: int, rows: int) -> float:
    """Return the part of the texts of that Jaccard similarity that share a band."""
    expected: float = 1.0 - (1 - similarity**rows) ** count
    return expected


def describe_bands(threshold: float, recall: float) -> str:
    """Return in words what is found at a threshold with that recall wanted. Raises: ConfigError."""
    bands = choose_bands(threshold, recall)
    return (
        f"MinHash rejects above {threshold:g}: {bands.count} bands of {bands.rows} find {bands.recall:.2%} of the texts "
        "exactly at it, and of those above it more"
    )


class Cutter:
    """Cuts signatures into keys, one a band: equal where the bands are, and otherwise hardly ever."""

    def __init__(self, bands: Bands) -> None:
        self._bands = bands
        self._used = bands.count * bands.rows
        self._starts = np.arange(0, self._used, bands.rows)
        random = Random("minhash bands")
        drawn = [[random.getrandbits(64) | 1 for _ in range(bands.rows)] for _ in range(bands.count)]
        self._factors = np.array(drawn, dtype=np.uint64)
        self._flat = self._factors.reshape(-1)

    def cut(self, signature: Signature) -> list[int]:
        """Return the keys of one signature: the highest bits of a multilinear hash, whose factors are the band's own."""
        hashes = np.add.reduceat(signature[: self._used] * self._flat, self._starts)
        keys: list[int] = np.right_shift(hashes, _DROPPED, hashes).tolist()
        return keys

    def cut_many(self, signatures: Signatures) -> Keys:
        """Return the keys of several signatures (N, count)."""
        values = signatures[:, : self._used].reshape(-1, *self._factors.shape)
        keys = np.zeros((len(values), self._bands.count), dtype=np.uint64)
        for row in range(self._bands.rows):
            keys += values[:, :, row] * self._factors[:, row]
        return np.right_shift(keys, _DROPPED, keys)


class BandIndex(Protocol):
    """Which positions have a key."""

    def list_hits(self, keys: Sequence[int], since: int = 0) -> list[int]:
        """Return the positions from `since` on that have one of the keys, in order."""
        ...


class BandTable:
    """The keys of a pool that grows, in memory."""

    def __init__(self) -> None:
        """Start empty."""
        self._positions: dict[int, int | list[int]] = {}  # a list only where texts share a band: most don't

    def add(self, position: int, keys: Sequence[int]) -> None:
        """Note the keys of a position, higher than those before it."""
        before = list(map(self._positions.setdefault, keys, repeat(position)))
        if before.count(position) == len(keys):
            return
        for key, held in zip(keys, before, strict=True):
            if isinstance(held, list):
                held.append(position)
            elif held != position:
                self._positions[key] = [held, position]

    def list_hits(self, keys: Sequence[int], since: int = 0) -> list[int]:
        """Return the positions from `since` on that have one of the keys, in order."""
        if self._positions.keys().isdisjoint(keys):
            return []
        hits: set[int] = set()
        for held in map(self._positions.get, keys):
            if isinstance(held, list):
                hits.update(held)
            elif held is not None:
                hits.add(held)
        return sorted(position for position in hits if position >= since)


class SortedBands:
    """The keys of a finished pool, sorted, as arrays that may lie on disk: `keys_k`, and whose they are."""

    def __init__(self, keys_k: Keys, positions_k: npt.NDArray[np.uint32]) -> None:
        self._keys_k = keys_k
        self._positions_k = positions_k

    def list_hits(self, keys: Sequence[int], since: int = 0) -> list[int]:
        """Return the positions from `since` on that have one of the keys, in order."""
        wanted = np.array(keys, dtype=np.uint64)
        first = np.searchsorted(self._keys_k, wanted, "left")
        last = np.searchsorted(self._keys_k, wanted, "right")
        hits: set[int] = set()
        for number in np.flatnonzero(last > first).tolist():
            hits.update(self._positions_k[first[number] : last[number]].tolist())
        return sorted(position for position in hits if position >= since)

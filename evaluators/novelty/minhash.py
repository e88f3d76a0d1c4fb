"""MinHash novelty: the nearest text by Jaccard similarity of shingles, for pools too large to compare with every text.

Texts that share a band of their MinHash signatures are hits; each hit is verified by the exact Jaccard similarity of
the shingle sets, so a rejection is never wrong and its score is evidence. Above the threshold nearly every neighbour is
found (`choose_bands` says how many); **at or below it some are missed**, so None, or a low similarity, says "nothing
too like", not "nothing nearer". What is found depends on the texts and their order alone.

Source: Broder 1997, "On the resemblance and containment of documents"; Leskovec, Rajaraman and Ullman, "Mining of
Massive Datasets", section 3.4 (bands). Signatures are those of datasketch 2 (scheme affine32, seed 1, CRC-32 of the
shingle in UTF-8): comparable with sketches that datasketch makes so, not with those of datasketch 1.
Deviations: the bands lie in one dictionary of integers instead of `datasketch.MinHashLSH`, which finds the same hits in
about six times the time and five times the memory (9 KB a text), and draws a name from the global random state.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Final

import numpy as np
import numpy.typing as npt

from evaluators.tokens import is_spaceless, tokenize
from generator.errors import ConfigError
from generator.types import Neighbour

THRESHOLD = 0.7  # as for ROUGE-L; near-duplicate removal in the field uses 0.7 to 0.8
PERMUTATIONS = 128  # the usual number, and datasketch's default
SCHEME: Final = "affine32"
SEED = 1
WORD_SHINGLE = 3  # word 3-grams: of the same grain as what separates two instructions
CHARACTER_SHINGLE = 5  # characters, in scripts without spaces: about three words
LEAST_RECALL = 0.98  # of the texts exactly at the threshold; above it recall is higher
CACHED_SHINGLES = 2048  # shingle sets of hits kept: families of like instructions are hit again and again


@dataclass(frozen=True, slots=True)
class Shingles:
    """A text ready for comparison: its shingles, and the keys of its bands."""

    shingles: frozenset[str]
    bands: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bands:
    """How a signature is cut: `count` bands of `rows` values; `recall` is the part found of texts at the threshold."""

    count: int
    rows: int
    recall: float


def choose_bands(threshold: float, permutations: int = PERMUTATIONS) -> Bands:
    """Return the longest bands (fewest hits to verify) that find 98% of the texts at the threshold: 25 of 5 at 0.7.

    Bands of one row where even these find fewer (thresholds below 0.03 with 128 permutations). Raises: ConfigError.
    """
    if not 0 < threshold <= 1:
        raise ConfigError(f"a threshold of Jaccard similarity lies above 0 and is at most 1, not {threshold}")
    for rows in range(permutations, 0, -1):
        count = permutations // rows
        recall = 1.0 - (1 - threshold**rows) ** count
        if recall >= LEAST_RECALL or rows == 1:
            break
    return Bands(count, rows, recall)


def list_shingles(text: str) -> frozenset[str]:
    """Return the shingles of a text: word 3-grams, or character 5-grams where most tokens are spaceless characters.

    A text shorter than one shingle is one shingle of itself; a text without a token has none.
    """
    tokens = tokenize(text)
    if not text.isascii() and 2 * sum(map(is_spaceless, tokens)) > len(tokens):
        characters = "".join(tokens)
        starts = range(max(1, len(characters) - CHARACTER_SHINGLE + 1))
        return frozenset([characters[start : start + CHARACTER_SHINGLE] for start in starts])
    starts = range(max(1, len(tokens) - WORD_SHINGLE + 1) if tokens else 0)
    return frozenset([" ".join(tokens[start : start + WORD_SHINGLE]) for start in starts])


class MinHashFilter:
    """Finds the nearest text by Jaccard. A text without a token may be added (it is like nothing), not asked about."""

    name = "minhash"

    def __init__(self, threshold: float = THRESHOLD) -> None:
        """Raises: ConfigError for a threshold outside (0, 1]."""
        from datasketch import MinHash  # type: ignore[import-untyped, unused-ignore]

        self.threshold = threshold
        self.bands = choose_bands(threshold)
        self._sketch = MinHash(num_perm=PERMUTATIONS, seed=SEED, hashfunc=zlib.crc32, scheme=SCHEME)
        self._factors = _draw_factors(self.bands)
        self._keys: list[str] = []
        self._texts: list[str] = []
        self._sizes = array("L")  # shingles of each text
        self._positions: dict[int, int | list[int]] = {}  # by band; a list only where texts share it: most don't

    def __len__(self) -> int:
        """Count the texts."""
        return len(self._texts)

    def prepare(self, text: str) -> Shingles | None:
        """Return what `nearest` and `add` take; None where the text has no token."""
        shingles = list_shingles(text)
        return Shingles(shingles, self._cut(self.sign(shingles))) if shingles else None

    def sign(self, shingles: Iterable[str]) -> npt.NDArray[np.uint32]:
        """Return the MinHash signature of shingles: `datasketch.MinHash.hashvalues` (128,)."""
        self._sketch.clear()
        self._sketch.update_batch([shingle.encode() for shingle in shingles])
        values: npt.NDArray[np.uint32] = self._sketch.digest()
        return values

    def add(self, key: str, text: str, prepared: Shingles | None) -> None:
        """Append a text."""
        position = len(self._texts)
        self._keys.append(key)
        self._texts.append(text)
        self._sizes.append(len(prepared.shingles) if prepared else 0)
        for band in prepared.bands if prepared else ():
            held = self._positions.setdefault(band, position)
            if isinstance(held, list):
                held.append(position)
            elif held != position:
                self._positions[band] = [held, position]

    def nearest(self, prepared: Shingles, since: int = 0, above: float = 0.0) -> Neighbour | None:
        """Return the most similar hit among the positions `since`…, the earliest on a tie; None where there is none.

        The similarity is the exact Jaccard, higher than `above`. At or below the threshold a more similar text may be missed.
        """
        best, nearest = above, -1
        count = len(prepared.shingles)
        for position in self._list_hits(prepared, since):
            size = self._sizes[position]
            if min(size, count) <= best * max(size, count):  # no Jaccard exceeds the ratio of the sizes
                continue
            shared = len(prepared.shingles & _recall_shingles(self._texts[position]))
            similarity = shared / (size + count - shared)
            if similarity > best:
                best, nearest = similarity, position
        return Neighbour(self._keys[nearest], best, self._texts[nearest]) if nearest >= 0 else None

    def _list_hits(self, prepared: Shingles, since: int) -> list[int]:
        """Return the positions from `since` on that share a band, in order."""
        hits: set[int] = set()
        for band in prepared.bands:
            held = self._positions.get(band)
            if isinstance(held, list):
                hits.update(held)
            elif held is not None:
                hits.add(held)
        return sorted(position for position in hits if position >= since)

    def _cut(self, signature: npt.NDArray[np.uint32]) -> tuple[int, ...]:
        """Return the 64-bit keys of a signature's bands: equal where the bands are, and otherwise hardly ever."""
        values = signature[: self.bands.count * self.bands.rows].reshape(self.bands.count, self.bands.rows)
        salts, factors = self._factors[:, 0], self._factors[:, 1:]
        return tuple((salts + (values * factors).sum(axis=1)).tolist())


def _draw_factors(bands: Bands) -> npt.NDArray[np.uint64]:
    """Return a salt and a factor for each row, of each band (count, 1 + rows): a multilinear hash modulo 2**64."""
    random = Random("minhash bands")
    factors = [[random.getrandbits(64) | 1 for _ in range(1 + bands.rows)] for _ in range(bands.count)]
    return np.array(factors, dtype=np.uint64)


@lru_cache(maxsize=CACHED_SHINGLES)
def _recall_shingles(text: str) -> frozenset[str]:
    """Return the shingles of a text of the pool: made again when it is hit, so that the pool need not hold them."""
    return list_shingles(text)

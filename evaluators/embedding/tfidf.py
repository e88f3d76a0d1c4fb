"""Vectors of character n-grams for any language: TF-IDF, seen twice.

Half of a vector is TF-IDF reduced to its leading directions (truncated SVD, "latent semantic analysis"), in which texts
are near that share related n-grams; the other half is TF-IDF itself, sketched: in it texts are near only that share the
n-grams themselves. The first half alone calls two requests for a recipe the same, whatever is to be cooked; the second
alone misses rewordings. Together they find 2.6 times as many edited copies at the same rate of false ones as the SVD.

What it is fitted on is fixed when it is made, and a text's vector depends on that and on the text alone: the n-grams'
weights and the SVD come from `fit_texts`. With too few of those an SVD would know nothing of a new text, so that then
there is the sketch alone. n-grams that were not seen in fitting weigh most.

Source: Deerwester et al. 1990 (latent semantic analysis); Halko et al. 2011, arXiv:0909.4061 (randomised SVD);
Charikar et al. 2002 (count sketch: one signed place an n-gram, inner products unbiased).
Deviations: IDF is bounded, so that one rare character cannot outweigh a sentence.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from evaluators.embedding.grams import list_grams
from evaluators.embedding.vectors import Vectors, normalise
from generator.errors import ConfigError
from generator.types import make_digest

HASHED = 1 << 18  # n-grams told apart, but for collisions: 52,000 English instructions have 120,000
SKETCHED = 512  # dimensions of the sketch: cosines of unrelated texts within 0.04 of 0
COMPONENTS = 256  # dimensions of the SVD; fewer separate worse (see docs/novelty.md), more cost the square in fitting
LEAST_RELATED = 2  # texts that an n-gram must be in to be related to another: the rest only slows the SVD
LEAST_FOR_SVD = 2 * COMPONENTS  # texts to fit on: with fewer, most directions are single texts
MOST_FITTED = 10_000  # more change little and take long
MOST_IDF = 1 + math.log(200)  # of an n-gram in one text of 200; measured: unbounded, 8 points less recall in Chinese
SEED = 0


class TfidfEmbedder:
    """Embeds texts in any language. Threads may share it."""

    languages: frozenset[str] = frozenset()

    def __init__(self, fit_texts: Sequence[str]) -> None:
        """Fit on the first 10,000 of the texts. Raises `ConfigError` where scikit-learn is not installed."""
        try:
            from scipy.sparse import csr_matrix
            from sklearn.decomposition import TruncatedSVD
            from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
        except ImportError as error:
            raise ConfigError(
                f"the embedder `tfidf` needs a package that is not here ({error.name}): pip install 'seedbed[semantic]'."
            ) from error
        fit_texts = fit_texts[:MOST_FITTED]
        self._counter = HashingVectorizer(
            analyzer=list_grams, n_features=HASHED, alternate_sign=False, norm=None, dtype=np.float32
        )
        self._weights = TfidfTransformer(sublinear_tf=True)
        counts_nh = self._counter.transform(fit_texts or [""])
        self._weights.fit(counts_nh)
        self._weights.idf_ = np.minimum(self._weights.idf_, MOST_IDF)
        self._sketch_hs: Any = _make_sketch(csr_matrix)
        self._svd: Any = None
        self._related = np.flatnonzero(np.bincount(counts_nh.indices, minlength=HASHED) >= LEAST_RELATED)
        if len(fit_texts) >= LEAST_FOR_SVD and len(self._related) > COMPONENTS:
            self._svd = TruncatedSVD(COMPONENTS, n_iter=4, random_state=SEED)
            self._svd.fit(self._weights.transform(counts_nh)[:, self._related])
        self.dimensions = SKETCHED + (COMPONENTS if self._svd is not None else 0)
        kind = "tfidf-svd" if self._svd is not None else "tfidf"
        self.name = f"{kind}/{self.dimensions}/{make_digest(*fit_texts)[:8]}"  # two fits don't compare

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors (N, 768 or 512), float32, of length 1; zeros for a text without a letter or digit."""
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        weighted_nh = self._weights.transform(self._counter.transform(texts))
        sketch_ns = normalise((weighted_nh @ self._sketch_hs).toarray())
        if self._svd is None:
            return sketch_ns
        return normalise(np.hstack([normalise(self._svd.transform(weighted_nh[:, self._related])), sketch_ns]))


def _make_sketch(csr_matrix: Any) -> Any:
    """Return the matrix (HASHED, SKETCHED) of the count sketch: in each row 1 or -1 at one place."""
    draw = np.random.default_rng(SEED)
    places_h = draw.integers(0, SKETCHED, HASHED)
    signs_h = np.where(draw.integers(0, 2, HASHED) == 0, np.float32(-1), np.float32(1))
    return csr_matrix((signs_h, (np.arange(HASHED), places_h)), shape=(HASHED, SKETCHED))

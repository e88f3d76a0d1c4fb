"""ROUGE-L novelty: the nearest text of the pool, exact, at a speed that allows asking for every candidate.

The similarity is the F1 of the longest common subsequence of tokens, bit for bit the number that rouge-score gives, so
that "more than 0.7" means here what it means there, ties included. It is the true maximum over the whole pool, not
only a decision: what a verdict shows as evidence is the nearest text there is.

Tokens become code points, so that a text is a `str` and rapidfuzz compares it bit-parallel; signatures
(`evaluators/novelty/signatures.py`) say which texts can matter at all. Nothing is ever rebuilt: one more text costs the
same at any size of the pool, about 200 bytes beside the text itself.

Source: Wang et al. 2022 (arXiv:2212.10560, section 2.2 "Filtering and Postprocessing"); google-research/rouge,
`rouge_score/rouge_scorer.py` and `scoring.py` for the arithmetic.
Deviations: the tokenizer is by default ours (`evaluators/tokens.py`), which also reads scripts other than Latin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import LCSseq

from evaluators.novelty.signatures import ROUNDING, Floats, Signature, SignatureTable, sign
from evaluators.tokens import tokenize
from generator.errors import ConfigError, SeedbedError
from generator.types import Neighbour

THRESHOLD = 0.7  # Wang et al. 2022, section 2.2: too like above it, exactly 0.7 stays
RECORDED_NEIGHBOURS = 10  # the published runs record this many
SURROGATES = range(0xD800, 0xE000)  # code points that are no characters; not used as a code of a token
MAX_TYPES = 0x110000 - len(SURROGATES)  # 1,112,064 distinct tokens, a code point each
BLOCK = 1 << 16  # positions bounded at once: bounds the memory of a search whatever the pool
FEW = 64  # so many texts are compared faster than bounded
PROBES = 64  # so many of the highest bounds are looked at first: that finds the winner, or nearly, in most searches
PROBE_SHARE = 0.75  # … chosen among those within this share of the highest
NOWHERE = -1  # the position of a floor that nothing has exceeded yet
CHUNK = 512  # texts compared between two looks at whether the rest can still win

Positions = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class TokenCodes:
    """A text ready for comparison: its tokens as code points, and their signature."""

    codes: str
    signature: Signature


@dataclass(frozen=True, slots=True)
class _Best:
    """The highest similarity so far and the earliest position that has it."""

    similarity: float
    position: int

    @property
    def cut(self) -> float:
        """The bound below which a text can neither win nor tie; above 0, since at 0 the earliest position wins."""
        return max(self.similarity * (1 - ROUNDING), ROUNDING * ROUNDING)


class RougeLFilter:
    """Finds the nearest text by ROUGE-L. A text without a token may be added (it is like nothing), not asked about."""

    name = "rouge_l"

    def __init__(self, threshold: float = THRESHOLD, scheme: str = "multilingual") -> None:
        """`scheme` is a tokenizer's name. Raises: ConfigError for a threshold outside [0, 1] or an unknown scheme."""
        if not 0 <= threshold <= 1:
            raise ConfigError(f"a threshold of ROUGE-L lies between 0 and 1, not at {threshold}")
        tokenize("", scheme)
        self.threshold = threshold
        self._scheme = scheme
        self._types: dict[str, str] = {}
        self._keys: list[str] = []
        self._texts: list[str] = []
        self._codes: list[str] = []
        self._table = SignatureTable()

    def __len__(self) -> int:
        """Count the texts."""
        return len(self._texts)

    def prepare(self, text: str) -> TokenCodes | None:
        """Return what `nearest` and `add` take; None where the text has no token.

        Raises: SeedbedError beyond 1,112,064 distinct tokens.
        """
        codes = self._encode(tokenize(text, self._scheme))
        return TokenCodes(codes, sign(codes)) if codes else None

    def add(self, key: str, text: str, prepared: TokenCodes | None) -> None:
        """Append a text."""
        self._keys.append(key)
        self._texts.append(text)
        self._codes.append(prepared.codes if prepared else "")
        self._table.append(prepared.signature if prepared else None)

    def nearest(self, prepared: TokenCodes, since: int = 0, above: float = 0.0) -> Neighbour | None:
        """Return the most similar text among the positions `since`…, the earliest on a tie; None where there is none.

        The similarity is exact, 0 to 1; at 0 the neighbour is the first text there. With `above` only a similarity
        higher than that is wanted, which costs much less to find, or to find missing.
        """
        if since >= len(self):
            return None
        best = _Best(above, NOWHERE) if above else _Best(0.0, since)
        for start in range(since, len(self), BLOCK):
            best = self._search(prepared, start, min(start + BLOCK, len(self)), best)
        if best.position == NOWHERE:
            return None
        return Neighbour(self._keys[best.position], best.similarity, self._texts[best.position])

    def score_all(self, prepared: TokenCodes, top: int = RECORDED_NEIGHBOURS) -> tuple[list[tuple[str, float]], float]:
        """Return the `top` most similar texts with their similarity (earliest first on a tie) and the pool's average.

        This is what the published runs record. It compares with every text. An empty pool gives ([], 0.0).
        """
        if not self._texts:
            return [], 0.0
        similarities_n = _compare(prepared.codes, self._codes, self._table.lengths_n)
        least = np.partition(similarities_n, -top)[-top] if top < len(self) else 0.0
        leaders = np.flatnonzero(similarities_n >= least)
        leaders = leaders[np.argsort(-similarities_n[leaders], kind="stable")][:top]
        nearest = [(self._texts[i], float(similarities_n[i])) for i in leaders.tolist()]
        return nearest, float(np.mean(similarities_n))

    def _encode(self, tokens: Sequence[str]) -> str:
        """Write tokens as code points; a token not met before takes the next free one."""
        types = self._types
        try:
            return "".join([types[token] for token in tokens])
        except KeyError:
            for token in tokens:
                if token not in types:
                    types[token] = _choose_code(len(types))
            return "".join([types[token] for token in tokens])

    def _search(self, query: TokenCodes, start: int, stop: int, best: _Best) -> _Best:
        """Return the best of the positions start…stop and of `best`, which lies before them."""
        if stop - start <= FEW:
            return self._look(query, np.arange(start, stop), best)
        bounds_n = self._table.bound(query.signature, start, stop)
        highest = float(bounds_n.max())
        if highest < best.cut:
            return best
        probes = np.flatnonzero(bounds_n >= np.float32(highest * PROBE_SHARE))
        if len(probes) > PROBES:
            probes = probes[np.argpartition(bounds_n[probes], -PROBES)[-PROBES:]]
        best = self._look(query, probes + start, best)
        left = np.flatnonzero(bounds_n >= np.float32(best.cut))
        if len(left) <= CHUNK:
            return self._look(query, left + start, best) if len(left) else best
        return self._search_closer(query, left + start, best)

    def _search_closer(self, query: TokenCodes, positions: Positions, best: _Best) -> _Best:
        """Return the best of many positions and of `best`, by a bound that costs more and rules out more."""
        bounds_n = self._table.bound_closer(query.signature, positions)
        left = np.flatnonzero(bounds_n >= np.float32(best.cut))
        left = left[np.argsort(-bounds_n[left], kind="stable")]
        for first in range(0, len(left), CHUNK):
            chunk = left[first : first + CHUNK]
            chunk = chunk[bounds_n[chunk] >= np.float32(best.cut)]
            if not len(chunk):
                break
            best = self._look(query, positions[chunk], best)
        return best

    def _look(self, query: TokenCodes, positions: Positions, best: _Best) -> _Best:
        """Return the best of these positions and of `best`."""
        codes = [self._codes[position] for position in positions.tolist()]
        similarities = _compare(query.codes, codes, self._table.lengths_n[positions])
        similarity = float(similarities.max())
        position = int(positions[similarities == similarity].min())
        if (similarity, -position) > (best.similarity, -best.position):
            return _Best(similarity, position)
        return best


def _compare(query: str, codes: Sequence[str], lengths_n: Floats) -> npt.NDArray[np.float64]:
    """Return the similarity of the query with each text (N,), by the operations of rouge-score in their order."""
    lcs_n = process.cdist([query], codes, scorer=LCSseq.similarity, dtype=np.int32)[0]
    precision_n = lcs_n / len(query)
    recall_n = lcs_n / np.maximum(lengths_n, 1.0)
    both_n = precision_n + recall_n
    similarities_n = np.zeros(len(codes), dtype=np.float64)
    np.divide(2 * precision_n * recall_n, both_n, out=similarities_n, where=both_n > 0)
    return similarities_n


def _choose_code(index: int) -> str:
    """Return the code point of the token type number `index`. Two types never share one."""
    if index >= MAX_TYPES:
        raise SeedbedError(
            f"the pool holds more than {MAX_TYPES:,} distinct tokens, which the ROUGE-L filter cannot tell apart;"
            " use the MinHash filter for a pool of this size"
        )
    return chr(index if index < SURROGATES.start else index + len(SURROGATES))

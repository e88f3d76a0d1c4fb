"""ROUGE-L novelty: the nearest text of the pool, exact, at a speed that allows asking for every candidate.

The similarity is the F1 of the longest common subsequence (LCS) of tokens, bit for bit the number that rouge-score
gives, so that "more than 0.7" means here what it means there, ties included. It is the true maximum over the whole pool,
not only a decision: what a verdict shows as evidence is the nearest text there is.

Tokens become code points, so that a text is a `str` and rapidfuzz compares it bit-parallel; signatures
(`evaluators/novelty/signatures.py`) say which texts can matter at all; where they leave many, or where every score is
wanted, all are measured in one go (`evaluators/novelty/subsequences.py`). Nothing is ever rebuilt: one more text costs
the same at any size of the pool.

Source: Wang et al. 2022 (arXiv:2212.10560, section 2.2 "Filtering and Postprocessing"); google-research/rouge,
`rouge_score/rouge_scorer.py` and `scoring.py` for the arithmetic.
Deviations: the tokenizer is by default ours (`evaluators/tokens.py`), which also reads scripts other than Latin.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from evaluators.novelty.long_signatures import SHORT, LongSignatures, Rows
from evaluators.novelty.signatures import BLOCK, MIDDLE, ROUNDING, Floats, Positions, Signature, SignatureTable, sign
from evaluators.novelty.subsequences import Lengths, SubsequenceTable, measure_each
from evaluators.tokens import check_scheme, tokenize
from generator.errors import ConfigError, SeedbedError
from generator.types import Neighbour

THRESHOLD = 0.7  # Wang et al. 2022, section 2.2: too like above it, exactly 0.7 stays
RECORDED_NEIGHBOURS = 10  # the published runs record this many
SURROGATES = range(0xD800, 0xE000)  # code points that are no characters; not used as a code of a token
MAX_TYPES = 0x110000 - len(SURROGATES)  # 1,112,064 distinct tokens, a code point each
# The level that a search begins at where nothing is known: most instructions have a neighbour at 0.5 to 0.67.
FIRST_LEVEL = 0.6
FEW = 64  # so many texts are compared faster than sorted out
PROBES = 16  # so many of the highest bounds are looked at first: they hold the winner, or nearly, in most searches
MANY = 2048  # more than so many texts are measured faster all in one go
CROWD = 0.25  # … and where this share of all is left at a low similarity, without a look at their wide signatures
WORTH_INDEXING = 2  # … once so many times the texts that are not indexed yet were compared: indexing costs about seven
FOLDS = 16  # of all similarities, laid over each other: what ranks high among the maxima bounds what ranks high at all
NOWHERE: Final = -1  # the position of a floor that nothing has exceeded yet


class TokenCodes(NamedTuple):
    """A text ready for comparison: its tokens as code points, and their signature."""

    codes: str
    signature: Signature


class _Best(NamedTuple):
    """The highest similarity so far and the earliest position that has it."""

    similarity: float
    position: int

    @property
    def cut(self) -> float:
        """The bound below which a text can neither win nor tie; above 0, since at 0 the earliest position wins."""
        return max(self.similarity * (1 - ROUNDING), ROUNDING * ROUNDING)

    def compare(self, similarity: float, position: int) -> _Best:
        """Return the better of this and another text: the more similar, of equals the earlier."""
        is_better = similarity > self.similarity or (similarity == self.similarity and position < self.position)
        return _Best(similarity, position) if is_better else self


class RougeLFilter:
    """Finds the nearest text by ROUGE-L. A text without a token may be added (it is like nothing), not asked about."""

    name = "rouge_l"

    def __init__(self, threshold: float = THRESHOLD, scheme: str = "multilingual") -> None:
        """`scheme` is a tokenizer's name. Raises: ConfigError for a threshold outside [0, 1] or an unknown scheme."""
        if not 0 <= threshold <= 1:
            raise ConfigError(f"a threshold of ROUGE-L lies between 0 and 1, not at {threshold}")
        check_scheme(scheme)
        self.threshold = threshold
        self._scheme = scheme
        self._types: dict[str, str] = {}
        self._keys: list[str] = []
        self._texts: list[str] = []
        self._codes: list[str] = []
        self._signatures = SignatureTable(threshold)
        self._long = LongSignatures()
        self._subsequences = SubsequenceTable(self._codes)
        self._compared = 0  # texts looked at where they were many

    def __len__(self) -> int:
        """Count the texts."""
        return len(self._texts)

    def prepare(self, text: str) -> TokenCodes | None:
        """Return what `nearest` and `add` take; None where the text has no token.

        Raises: SeedbedError beyond 1,112,064 distinct tokens.
        """
        codes = self._encode(tokenize(text, self._scheme))
        return TokenCodes(codes, sign(codes)) if codes else None

    def prepare_many(self, texts: Sequence[str]) -> list[TokenCodes | None]:
        """Return the same for several texts."""
        return [self.prepare(text) for text in texts]

    def add(self, key: str, text: str, prepared: TokenCodes | None) -> None:
        """Append a text."""
        self._keys.append(key)
        self._texts.append(text)
        self._codes.append(prepared.codes if prepared else "")
        self._signatures.append(prepared.signature if prepared else None)
        if prepared is not None:
            self._long.append(len(self._texts) - 1, prepared.codes)

    @property
    def types(self) -> list[str]:
        """The distinct tokens met so far, in the order of their codes."""
        return list(self._types)

    def load(
        self, types: Iterable[str], keys: Sequence[str], texts: Sequence[str], codes: Sequence[str],
        wide_4n: npt.NDArray[np.uint64], length_n: npt.NDArray[np.uint32], long: Sequence[Rows],
    ) -> None:  # fmt: skip
        """Take over a stored pool, as if its texts had been added one by one; none can be added after.

        `wide_4n` are the words of the wide signatures, `length_n` the tokens of each text, `long` the signatures of the
        long ones by width.
        """
        self._types = {token: _choose_code(number) for number, token in enumerate(types)}
        self._keys, self._texts = cast("list[str]", keys), cast("list[str]", texts)
        self._codes = cast("list[str]", codes)
        self._signatures.load(wide_4n, length_n)
        self._long.load(long)
        self._subsequences = SubsequenceTable(self._codes)

    def nearest(self, prepared: TokenCodes, since: int = 0, above: float = 0.0) -> Neighbour | None:
        """Return the most similar text among the positions `since`…, the earliest on a tie; None where there is none.

        The similarity is exact, 0 to 1; at 0 the neighbour is the first text there. With `above` only a similarity
        higher than that is wanted, which costs less to find, or to find missing.
        """
        return self._find(prepared, since, len(self), above)

    def measure(self, prepared: TokenCodes, stop: int) -> Neighbour | None:
        """Return the most similar of the first `stop` texts, as `nearest` does."""
        return self._find(prepared, 0, stop, 0.0)

    def _find(self, prepared: TokenCodes, since: int, stop: int, above: float) -> Neighbour | None:
        if since >= stop:
            return None
        best = _Best(above, NOWHERE) if above else _Best(0.0, since)
        for start in range(since, stop, BLOCK):
            best = self._search(prepared, start, min(start + BLOCK, stop), best)
        if best.position == NOWHERE:
            return None
        return Neighbour(self._keys[best.position], best.similarity, self._texts[best.position])

    def score_all(self, prepared: TokenCodes, top: int = RECORDED_NEIGHBOURS) -> tuple[list[tuple[str, float]], float]:
        """Return the `top` most similar texts with their similarity (earliest first on a tie) and the pool's average.

        This is what the published runs record. It compares with every text. An empty pool gives ([], 0.0).
        """
        if not self._texts:
            return [], 0.0
        lcs_n = self._subsequences.measure(prepared.codes, 0, len(self))
        similarities_n = _score_pool(lcs_n, len(prepared.codes), self._signatures.lengths_n)
        leaders = _list_leaders(similarities_n, top)
        nearest = [(self._texts[i], float(similarities_n[i])) for i in leaders.tolist()]
        return nearest, float(np.add.reduce(similarities_n) / len(self))

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
        table = self._signatures
        if best.cut >= MIDDLE:
            table.compare(query.signature, start, stop)
        else:
            table.compare_closer(query.signature, start, stop)
            best = self._look(query, table.find_likely(start, stop, FEW), best)
        positions = table.sort_out(query.signature, start, stop, table.find_level(best.cut))
        return self._look_closer(query, positions, start, stop, best)

    def _look_closer(self, query: TokenCodes, positions: Positions, start: int, stop: int, best: _Best) -> _Best:
        """Return the best of these positions (out of start…stop) and of `best`, likely ones first."""
        if len(positions) <= FEW:
            return self._look(query, positions, best)
        is_short = len(query.codes) <= SHORT
        crowded = best.cut < MIDDLE and len(positions) > CROWD * (stop - start)
        if crowded and is_short and self._is_worth_indexing(len(positions)):
            return self._look_at_all(query, positions, start, stop, best)
        bounds_n = self._signatures.bound(query.signature, positions)
        if not is_short:
            positions = positions[bounds_n >= best.cut]
            bounds_n = self._long.tighten(query.codes, positions, bounds_n[bounds_n >= best.cut])
        left = np.flatnonzero(bounds_n >= best.cut)
        if len(left) > 2 * PROBES:
            likely = left[np.argpartition(bounds_n[left], -PROBES)[-PROBES:]]
            best = self._look(query, positions[likely], best)
            left = left[bounds_n[left] >= best.cut]
        if len(left) > MANY and self._is_worth_indexing(len(left)):
            return self._look_at_all(query, positions[left], start, stop, best)
        return self._look(query, positions[left], best)

    def _is_worth_indexing(self, count: int) -> bool:
        """Say whether so many texts are better measured in one go, given how many of the pool are not indexed yet."""
        self._compared += count
        return self._compared > WORTH_INDEXING * (len(self) - self._subsequences.indexed)

    def _look(self, query: TokenCodes, positions: Positions, best: _Best) -> _Best:
        """Return the best of these positions and of `best`."""
        if not len(positions):
            return best
        found = positions.tolist()
        texts = [self._codes[position] for position in found]
        return _choose(len(query.codes), found, texts, measure_each(query.codes, texts).tolist(), best)

    def _look_at_all(self, query: TokenCodes, positions: Positions, start: int, stop: int, best: _Best) -> _Best:
        """Return the same for many positions, in order, out of start…stop."""
        lcs_n = self._subsequences.measure(query.codes, start, stop)[positions - start]
        scores_n = _score_pool(lcs_n, len(query.codes), self._signatures.lengths_n[positions])
        first = int(scores_n.argmax())
        return best.compare(float(scores_n[first]), int(positions[first]))


def _choose(length: int, positions: Sequence[int], texts: Sequence[str], lcs: Sequence[int], best: _Best) -> _Best:
    """Return the best of texts whose LCS with a query of `length` tokens is known, and of `best`."""
    least = best.cut * length / (2 - best.cut)  # with a shorter LCS not even a text that is all LCS would do
    for at, text, common in zip(positions, texts, lcs, strict=True):
        if common >= least:
            precision, recall = common / length, common / len(text)
            best = best.compare(2 * precision * recall / (precision + recall), at)
    return best


def _list_leaders(similarities_n: Floats, top: int) -> Positions:
    """Return the positions of the `top` highest similarities, the highest first, of equals the earliest."""
    least, columns = 0.0, len(similarities_n) // FOLDS
    if columns >= top:
        highest = similarities_n[: FOLDS * columns].reshape(FOLDS, columns).max(axis=0)
        least = np.partition(highest, -top)[-top]  # at least `top` texts have it
    leaders = np.flatnonzero(similarities_n >= least)
    first: Positions = leaders[np.argsort(-similarities_n[leaders], kind="stable")][:top]
    return first


def _score_pool(lcs_n: Lengths, length: int, lengths_n: Lengths) -> Floats:
    """Return the similarity of texts with an LCS (N,): the same numbers come up often, so each is worked out once."""
    rows, columns = int(lcs_n.max()) + 1, int(lengths_n.max()) + 1
    if rows * columns >= len(lcs_n):
        return _score(lcs_n, length, lengths_n)
    scores = _score(np.arange(rows, dtype=np.uint32)[:, None], length, np.arange(columns, dtype=np.uint32))
    cells_n = lcs_n * np.uint32(columns)
    cells_n += lengths_n
    similarities_n: Floats = scores.reshape(-1).take(cells_n)
    return similarities_n


def _score(lcs: Lengths, length: int, lengths: Lengths) -> Floats:
    """Return the similarity of texts with an LCS, by the operations of rouge-score in their order."""
    precision = lcs / length
    recall = lcs / np.maximum(lengths, 1)
    both = precision + recall
    similarities = np.zeros(both.shape, dtype=np.float64)
    np.divide(2 * precision * recall, both, out=similarities, where=both > 0)
    return similarities


def _choose_code(index: int) -> str:
    """Return the code point of the token type number `index`. Two types never share one."""
    if index >= MAX_TYPES:
        raise SeedbedError(
            f"the pool holds more than {MAX_TYPES:,} distinct tokens, which the ROUGE-L filter cannot tell apart;"
            " use the MinHash filter for a pool of this size"
        )
    return chr(index if index < SURROGATES.start else index + len(SURROGATES))

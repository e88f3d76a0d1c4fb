"""Signatures of long texts, as wide as the text is long: which long texts can be as alike as wanted at all.

In a signature of fixed width every bit of a long text is set, so that it tells no two of them apart. Here a text of more
than `SHORT` tokens sets bits of one that has some eight times as many bits as the text has tokens; it is a few percent of
the size of the text itself. What it bounds, and why no text that matters is ever ruled out, is told in `signatures.py`.

Source: as `signatures.py`.
"""

from __future__ import annotations

from array import array
from typing import Final

import numpy as np
import numpy.typing as npt

from evaluators.novelty.signatures import GROWTH, OCCURRENCE_STRIDE, ROUNDING, Floats, Positions

SHORT: Final = 64  # tokens of a text that the signatures of fixed width tell apart
BITS_A_TOKEN: Final = 4  # at least; at most twice as many
WIDEST: Final = 1 << 16  # bits, which is 16,000 tokens; of longer texts the bits are set more densely
CHUNK_WORDS: Final = 1 << 17  # looked at in one go: a megabyte, which stays in the processor's cache
FIRST_ROWS: Final = 16

Words = npt.NDArray[np.uint64]


class LongSignatures:
    """The signatures of a pool's long texts, those of one width together."""

    def __init__(self) -> None:
        self._tables: dict[int, _Table] = {}  # by bits

    def append(self, position: int, codes: str) -> None:
        """Take the text at a position higher than those before it, written as one code point a token."""
        if len(codes) <= SHORT:
            return
        bits = min(1 << (BITS_A_TOKEN * len(codes) - 1).bit_length(), WIDEST)
        self._tables.setdefault(bits, _Table(bits)).append(position, mark(codes, bits), len(codes))

    def tighten(self, codes: str, positions_n: Positions, bounds_n: Floats) -> Floats:
        """Return bounds of the ROUGE-L F1 of a text with those at some positions, in order, none higher than before."""
        if len(codes) <= SHORT:
            return bounds_n
        tightened_n = bounds_n.copy()
        for bits, table in self._tables.items():
            held, rows = table.find(positions_n)
            if len(held):
                shared = table.share(mark(codes, bits), len(codes), rows)
                bounds = shared * (2 * (1 + ROUNDING)) / (table.lengths_r[rows] + len(codes))
                tightened_n[held] = np.minimum(tightened_n[held], bounds)
        return tightened_n


def mark(codes: str, bits: int) -> Words:
    """Return the signature of a text, as words (bits / 64,)."""
    tokens = np.sort(np.frombuffer(codes.encode("utf-32-le"), dtype="<u4")).astype(np.int64)
    places = np.arange(len(tokens))
    is_first = np.ones(len(tokens), dtype=np.bool_)
    np.not_equal(tokens[1:], tokens[:-1], out=is_first[1:])
    occurrences = places - np.maximum.accumulate(np.where(is_first, places, 0))
    flags = np.zeros(bits, dtype=np.bool_)
    flags[(tokens + OCCURRENCE_STRIDE * occurrences) % bits] = True
    return np.packbits(flags).view(np.uint64)


class _Table:
    """Signatures of one width, by row: where each text stands, its tokens, and those that found their bit already set."""

    def __init__(self, bits: int) -> None:
        self._words_rw = np.zeros((FIRST_ROWS, bits // 64), dtype=np.uint64)
        self._positions, self._slacks, self._lengths = array("I"), array("I"), array("I")

    def append(self, position: int, words: Words, length: int) -> None:
        """Append a row."""
        row = len(self._positions)
        if row == len(self._words_rw):
            room = np.zeros((max(1, int(row * (GROWTH - 1))), len(words)), dtype=np.uint64)
            self._words_rw = np.concatenate([self._words_rw, room])
        self._words_rw[row] = words
        self._positions.append(position)
        self._slacks.append(length - _count(words))
        self._lengths.append(length)

    @property
    def lengths_r(self) -> npt.NDArray[np.uint32]:
        """Tokens of each text."""
        return np.array(self._lengths, dtype=np.uint32)

    def find(self, positions_n: Positions) -> tuple[Positions, Positions]:
        """Return which of the positions are here, and their rows."""
        here = np.array(self._positions, dtype=np.intp)
        rows = np.minimum(np.searchsorted(here, positions_n), len(here) - 1)
        held = np.flatnonzero(here[rows] == positions_n)
        return held, rows[held]

    def share(self, words: Words, length: int, rows: Positions) -> npt.NDArray[np.int64]:
        """Return how many tokens some texts share at most with one of that signature and length."""
        step = max(1, CHUNK_WORDS // len(words))
        shared = np.zeros(len(rows), dtype=np.int64)
        for start in range(0, len(rows), step):
            common = np.bitwise_and(self._words_rw[rows[start : start + step]], words)
            shared[start : start + step] = np.bitwise_count(common).sum(axis=1, dtype=np.int64)
        slacks = np.array(self._slacks, dtype=np.int64)[rows]
        return shared + np.minimum(slacks, length - _count(words))


def _count(words: Words) -> int:
    return int(np.bitwise_count(words).sum(dtype=np.int64))

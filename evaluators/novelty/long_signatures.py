"""Signatures of long texts, as wide as the text is long: which long texts can be as alike as wanted at all.

In a signature of fixed width every bit of a long text is set, so that it tells no two of them apart. Here a text of more
than `SHORT` tokens sets bits of one that has some eight times as many bits as the text has tokens; it is a few percent of
the size of the text itself. What it bounds, and why no text that matters is ever ruled out, is told in `signatures.py`.

Source: as `signatures.py`.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from evaluators.novelty.signatures import GROWTH, OCCURRENCE_STRIDE, ROUNDING, Floats, Positions

SHORT: Final = 64  # tokens of a text that the signatures of fixed width tell apart
BITS_A_TOKEN: Final = 4  # at least; at most twice as many
WIDEST: Final = 1 << 16  # bits, which is 16,000 tokens; of longer texts the bits are set more densely
CHUNK_WORDS: Final = 1 << 17  # looked at in one go: a megabyte, which stays in the processor's cache
FIRST_ROWS: Final = 16
WIDTHS: Final = tuple(1 << number for number in range((BITS_A_TOKEN * SHORT).bit_length(), WIDEST.bit_length()))

Words = npt.NDArray[np.uint64]


class Rows(NamedTuple):
    """Signatures of one width: of each text the position, the bits, and the tokens that found their bit already set."""

    positions_r: npt.NDArray[np.uint32]
    words_rw: Words
    slacks_r: npt.NDArray[np.uint32]
    lengths_r: npt.NDArray[np.uint32]


class LongSignatures:
    """The signatures of a pool's long texts, those of one width together."""

    def __init__(self) -> None:
        self._tables: dict[int, _Table] = {}  # by bits

    def append(self, position: int, codes: str) -> None:
        """Take the text at a position higher than those before it, written as one code point a token."""
        if len(codes) > SHORT:
            bits = choose_bits(len(codes))
            self._tables.setdefault(bits, _Table(bits)).append(position, mark(codes, bits), len(codes))

    def list_rows(self) -> list[tuple[int, Rows]]:
        """Return all signatures, by their width in bits."""
        return [(bits, table.get_rows()) for bits, table in self._tables.items()]

    def load(self, tables: Sequence[Rows]) -> None:
        """Take over those of a stored pool, to which none can be added after."""
        self._tables = {64 * rows.words_rw.shape[1]: _Table(0, rows) for rows in tables if len(rows.positions_r)}

    def tighten(self, codes: str, positions_n: Positions, bounds_n: Floats) -> Floats:
        """Return bounds of the ROUGE-L F1 of a text with those at some positions, in order, none higher than before."""
        if len(codes) <= SHORT:
            return bounds_n
        tightened_n = bounds_n.copy()
        for bits, table in self._tables.items():
            rows = table.get_rows()
            held, found = _find(rows.positions_r, positions_n)
            if len(held):
                shared = _share(rows, mark(codes, bits), len(codes), found)
                bounds = shared * (2 * (1 + ROUNDING)) / (rows.lengths_r[found] + len(codes))
                tightened_n[held] = np.minimum(tightened_n[held], bounds)
        return tightened_n


def choose_bits(length: int) -> int:
    """Return how wide the signature of a text of so many tokens is: a power of two."""
    return min(1 << (BITS_A_TOKEN * length - 1).bit_length(), WIDEST)


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


def count_bits(words: Words) -> int:
    """Return how many bits of a signature are set."""
    return int(np.bitwise_count(words).sum(dtype=np.int64))


class _Table:
    """Signatures of one width in a pool that grows."""

    def __init__(self, bits: int, rows: Rows | None = None) -> None:
        self._rows = rows
        self._words_rw = np.zeros((FIRST_ROWS, bits // 64), dtype=np.uint64)
        self._positions, self._slacks, self._lengths = array("I"), array("I"), array("I")

    def append(self, position: int, words: Words, length: int) -> None:
        """Append a row."""
        row = len(self._positions)
        if row == len(self._words_rw):
            room = np.zeros((int(row * (GROWTH - 1)), len(words)), dtype=np.uint64)
            self._words_rw = np.concatenate([self._words_rw, room])
        self._words_rw[row] = words
        self._positions.append(position)
        self._slacks.append(length - count_bits(words))
        self._lengths.append(length)
        self._rows = None

    def get_rows(self) -> Rows:
        """Return all rows; the same until one is appended."""
        if self._rows is None:
            columns = (np.array(one, dtype=np.uint32) for one in (self._positions, self._slacks, self._lengths))
            positions_r, slacks_r, lengths_r = columns
            self._rows = Rows(positions_r, self._words_rw[: len(positions_r)], slacks_r, lengths_r)
        return self._rows


def _find(held_r: npt.NDArray[np.uint32], positions_n: Positions) -> tuple[Positions, Positions]:
    """Return which of some positions are among those held, and where; both are in order."""
    rows = np.minimum(np.searchsorted(held_r, positions_n), len(held_r) - 1)
    found = np.flatnonzero(held_r[rows] == positions_n)
    return found, rows[found]


def _share(rows: Rows, words: Words, length: int, found: Positions) -> npt.NDArray[np.int64]:
    """Return how many tokens the texts of some rows share at most with one of that signature and length."""
    step = max(1, CHUNK_WORDS // len(words))
    shared = np.zeros(len(found), dtype=np.int64)
    for start in range(0, len(found), step):
        common = np.bitwise_and(rows.words_rw[found[start : start + step]], words)
        shared[start : start + step] = np.bitwise_count(common).sum(axis=1, dtype=np.int64)
    return shared + np.minimum(rows.slacks_r[found], length - count_bits(words))

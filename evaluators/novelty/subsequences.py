"""The longest common subsequence (LCS) of one text with every text of the pool, in one go.

The bit-parallel LCS holds a text as a word, a bit a token, and moves it by one step for each token of the query; a text
that does not hold that token stays as it is. So the words of the whole pool lie in one array, and a step touches only
the texts that hold the token: the work is the number of texts that share a token, summed over the query's tokens,
instead of the number of all texts times their lengths.

The promise: the lengths are exact. A text is indexed once, together with some hundred others, when it is first needed.

Source: Hyyrö 2004, "Bit-Parallel LCS-Length Computation Revisited" (the step V' = (V + (V & M)) | (V & ~M)); the
inverted index under it is our own.
Deviations: a text of more than 64 tokens is left to rapidfuzz, which chains words.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import LCSseq

from generator.errors import SeedbedError

WORD_BITS: Final = 64  # tokens of a text that the index takes
PLACE_BITS: Final = 6  # … so many bits say where in it a token is
MOST_TEXTS: Final = 1 << 32 - PLACE_BITS  # 67 million: what is left of 32 bits says which text it is
TAIL = 512  # so many new texts are compared one by one before they are indexed: that together costs a third
EACH_A_TOKEN = 256  # texts for each token of the query below which comparing each is faster than a step for each token
CHUNK = 1 << 14  # texts indexed at once: bounds the memory that it takes
# Arrays without a dimension: numpy converts a number at every use. Signed, as positions are: the bits are the same.
_ONE: Final = np.array(1, dtype=np.int64)
_PLACE_BITS: Final = np.array(PLACE_BITS, dtype=np.int64)
_PLACE: Final = np.array(WORD_BITS - 1, dtype=np.int64)
_UINT32: Final = "I"  # array's names
_UINT64: Final = "Q"

Lengths = npt.NDArray[np.uint32]
Words = npt.NDArray[np.int64]


class SubsequenceTable:
    """For each token, the texts that hold it, ascending, and where in them."""

    def __init__(self, codes: Sequence[str]) -> None:
        """`codes` are the texts of the pool, one code point a token; texts may be appended to it, and it is not copied."""
        self._codes = codes
        self._entries: dict[int, array[int]] = {}  # by token: position and first place in one number
        self._repeats: dict[
            int, tuple[array[int], array[int]]
        ] = {}  # … indices of those that repeat it; all its places
        self._long = array(_UINT32)
        self.indexed = 0

    def measure(self, query: str, start: int, stop: int) -> Lengths:
        """Return the LCS, in tokens, of the query with the texts at the positions start…stop (N,)."""
        if stop - start < EACH_A_TOKEN * len(query):
            return measure_each(query, self._codes[start:stop])
        while len(self._codes) - self.indexed > TAIL:
            self._index(self._codes[self.indexed : self.indexed + CHUNK])
        words_n = np.full(stop - start, -1, dtype=np.int64)
        part = None if start == 0 and stop >= self.indexed else (start, stop)
        for code in map(ord, query):
            if code in self._entries:
                _step(words_n, self._entries[code], self._repeats.get(code), part)
        lcs_n = np.bitwise_count(np.invert(words_n, out=words_n).view(np.uint64)).astype(np.uint32)
        apart = self._long[bisect_left(self._long, start) : bisect_left(self._long, stop)]
        if apart:
            lcs_n[np.array(apart) - start] = measure_each(query, [self._codes[position] for position in apart])
        late = max(start, self.indexed)
        if late < stop:
            lcs_n[late - start :] = measure_each(query, self._codes[late:stop])
        return lcs_n

    def _index(self, texts: Sequence[str]) -> None:
        """Index the next texts: sort their tokens by code, position and place; equal ones lie together then."""
        if self.indexed + len(texts) > MOST_TEXTS:
            raise SeedbedError(f"the ROUGE-L filter measures at most {MOST_TEXTS:,} texts in one go")
        lengths = np.array([len(text) for text in texts])
        self._long.extend((np.flatnonzero(lengths > WORD_BITS) + self.indexed).tolist())
        lengths[lengths > WORD_BITS] = 0
        joined = "".join([text for text in texts if len(text) <= WORD_BITS])
        codes = np.frombuffer(joined.encode("utf-32-le"), dtype="<u4")
        positions = np.repeat(np.arange(self.indexed, self.indexed + len(texts)), lengths)
        places = np.arange(len(codes)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        order = np.argsort(codes, kind="stable")
        codes, positions, places = codes[order], positions[order], places[order]
        starts = np.flatnonzero(_find_changes(codes) | _find_changes(positions))
        if len(starts):
            masks = np.bitwise_or.reduceat(np.left_shift(_ONE, places).view(np.uint64), starts)
            entries = (positions << PLACE_BITS | places)[starts].astype(np.uint32)
            self._extend(codes[starts], entries, masks)
        self.indexed += len(texts)

    def _extend(self, codes: Lengths, entries: Lengths, masks: npt.NDArray[np.uint64]) -> None:
        """Append each token's texts to those it has."""
        repeated = np.flatnonzero(np.bitwise_count(masks) > 1)
        for code, start, stop in _list_runs(codes[repeated]):
            again = repeated[start:stop]
            before = len(self._entries.get(code, ())) - int(np.searchsorted(codes, np.uint32(code)))
            indices, places = self._repeats.setdefault(code, (array(_UINT32), array(_UINT64)))
            indices.extend((again + before).tolist())
            places.frombytes(masks[again].tobytes())
        for code, start, stop in _list_runs(codes):
            self._entries.setdefault(code, array(_UINT32)).frombytes(entries[start:stop].tobytes())


def measure_each(query: str, texts: Sequence[str]) -> Lengths:
    """Return the LCS, in tokens, of the query with each of some texts (N,): the way for few, or for long ones."""
    lcs: Lengths = process.cdist([query], texts, scorer=LCSseq.similarity, dtype=np.uint32)[0]
    return lcs


def _find_changes(values_n: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    """Say where a value differs from the one before it (N,); the first does."""
    changes = np.ones(len(values_n), dtype=np.bool_)
    np.not_equal(values_n[1:], values_n[:-1], out=changes[1:])
    return changes


def _list_runs(codes_n: Lengths) -> Iterator[tuple[int, int, int]]:
    """Yield each code of an array in which equal ones lie together, and where it starts and stops."""
    starts = np.flatnonzero(_find_changes(codes_n))
    return zip(codes_n[starts].tolist(), starts.tolist(), np.append(starts[1:], len(codes_n)).tolist(), strict=False)


def _step(
    words_n: Words, entries: array[int], repeats: tuple[array[int], array[int]] | None, part: tuple[int, int] | None
) -> None:
    """Take one token's step in the words of the texts that hold it: of all, or of the positions of a part."""
    held = np.frombuffer(entries, dtype=np.uint32)
    if part is not None:
        first, last = (bisect_left(entries, position << PLACE_BITS) for position in part)
        held = held[first:last]
    held = held.astype(np.int64)
    positions = held >> _PLACE_BITS
    masks = np.left_shift(_ONE, np.bitwise_and(held, _PLACE, held), held)
    if repeats is not None:
        again, places = np.frombuffer(repeats[0], dtype=np.uint32), np.frombuffer(repeats[1], dtype=np.int64)
        if part is not None:
            least, most = bisect_left(repeats[0], first), bisect_left(repeats[0], last)
            again, places = again[least:most] - np.uint32(first), places[least:most]
        masks[again.astype(np.intp)] = places
    if part is not None:
        positions -= part[0]
    words = words_n.take(positions)
    matched = np.bitwise_and(words, masks, masks)
    moved = words + matched
    np.bitwise_xor(words, matched, words)
    words_n[positions] = np.bitwise_or(moved, words, moved)

"""Token signatures: which texts can be as alike as wanted at all, in a few passes over small arrays.

A text's tokens (a token's second occurrence counts as another token) set bits of a fixed-width signature. The tokens
that two texts share number at most the bits they share, plus the tokens that fell on a bit already set in one of them
(its slack), whichever text has fewer of these; and their longest common subsequence (LCS) is no longer than that. A
short signature is held against the whole pool, in bytes, at one of a few fixed levels of similarity; the widest against
what that leaves. None ever rules out a text that matters.

Source: our own; the signature as a filter for set similarity joins is bitmap filtering (Sandes, Teodoro and Melo 2020,
"Bitmap Filter: Speeding up Exact Set Similarity Joins with Bitwise Operations").
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

# Bits of the signatures. The shorter are the widest folded. Of 50,000 instructions, 64 bits leave about 9 to look at for
# the threshold of 0.7; for the nearest, which mostly lies at 0.5 to 0.67, they leave 280 and 128 bits leave 50.
NARROW: Final = 64
MEDIUM: Final = 128
WIDE: Final = 256
OCCURRENCE_STRIDE: Final = 29  # moves the second occurrence of a token to another bit; odd, so that it visits all bits
# Similarities that texts are sorted out by: the closer the level lies below the nearest text, the fewer are left. From
# 0.3 to 0.7 they are fractions that short texts come to.
LEVELS: Final = (
    0.0, 0.15, 0.25, 0.3, 1 / 3, 4 / 11, 0.4, 3 / 7, 6 / 13, 0.5, 8 / 15, 4 / 7, 0.6, 12 / 19, 2 / 3, 0.75, 0.8, 0.9
)  # fmt: skip
MIDDLE: Final = 0.5  # the level that says which texts are likely near; it also parts high similarities from low ones
# Shared tokens are counted in quarters, in a byte. More than 63 count as 63, which no text is ever asked to share more of:
# each of two texts that are longer than that asks for what one of 63 tokens does.
QUARTERS: Final = 4
MOST: Final = 63
NEVER: Final = 2 * MOST + 1  # quarters: more than a text without a token shares
BLOCK: Final = 1 << 16  # positions sorted at once: what a search works on stays in the processor's cache
FIRST_CAPACITY: Final = 1024
GROWTH: Final = 1.25  # of full arrays: a fifth of what they hold is spare at most
# Bounds are compared in floating point: this part of one is given away, so that rounding never drops a true neighbour.
ROUNDING: Final = 1e-6

Positions = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]
_BITS = tuple(1 << place for place in range(WIDE))
_WORD: Final = (1 << 64) - 1


class Signature(NamedTuple):
    """A text's bits in three widths, for each the tokens that found their bit already set, and all its tokens."""

    narrow: int
    medium: int
    wide: int
    narrow_slack: int
    medium_slack: int
    wide_slack: int
    length: int


def sign(codes: str) -> Signature:
    """Return the signature of a text whose tokens are written as one code point each."""
    wide = 0
    length = len(codes)
    if len(set(codes)) == length:
        for code in codes:
            wide |= _BITS[ord(code) % WIDE]
    else:
        occurrences: dict[str, int] = {}
        for code in codes:
            occurrence = occurrences.get(code, 0)
            occurrences[code] = occurrence + 1
            wide |= _BITS[(ord(code) + OCCURRENCE_STRIDE * occurrence) % WIDE]
    medium = (wide | wide >> MEDIUM) & (1 << MEDIUM) - 1
    narrow = (medium | medium >> NARROW) & _WORD
    return Signature(
        narrow, medium, wide,
        length - narrow.bit_count(), length - medium.bit_count(), length - wide.bit_count(), length,
    )  # fmt: skip


_BY_POSITION: Final = (
    "_narrow_n", "_medium_2n", "_wide_4n", "_narrow_slack_n", "_medium_slack_n", "_wide_slack_n", "_length_n", "_need_kn",
)  # fmt: skip


class SignatureTable:
    """The signatures of the pool, by position, in arrays that grow when they are full."""

    def __init__(self, threshold: float) -> None:
        """`threshold` is the similarity most often asked for: it is a level of its own."""
        self._size = 0
        self._levels = tuple(level * (1 - 2 * ROUNDING) for level in sorted({*LEVELS, threshold}))
        self._middle = self.find_level(MIDDLE)
        self._need_of_length_kn, self._need_of_query_km = _share_needs(self._levels)
        self._narrow_n = np.zeros(FIRST_CAPACITY, dtype=np.uint64)
        self._medium_2n = np.zeros((2, FIRST_CAPACITY), dtype=np.uint64)
        self._wide_4n = np.zeros((4, FIRST_CAPACITY), dtype=np.uint64)
        self._narrow_slack_n = np.zeros(FIRST_CAPACITY, dtype=np.uint8)
        self._medium_slack_n = np.zeros(FIRST_CAPACITY, dtype=np.uint8)
        self._wide_slack_n = np.zeros(FIRST_CAPACITY, dtype=np.uint32)
        self._length_n = np.zeros(FIRST_CAPACITY, dtype=np.uint32)
        self._need_kn = np.zeros((len(self._levels), FIRST_CAPACITY), dtype=np.uint8)
        self._bits = np.zeros(BLOCK, dtype=np.uint64)
        self._shared, self._scratch = np.zeros(BLOCK, dtype=np.uint8), np.zeros(BLOCK, dtype=np.uint8)
        self._fits = np.zeros(BLOCK, dtype=np.bool_)

    @property
    def lengths_n(self) -> npt.NDArray[np.uint32]:
        """Tokens of each text."""
        return self._length_n[: self._size]

    def append(self, signature: Signature | None) -> None:
        """Append the signature of the next text; None for a text without a token, which is like nothing."""
        at = self._size
        if at == len(self._narrow_n):
            self._grow()
        self._size += 1
        if signature is None:
            self._need_kn[:, at] = NEVER
            return
        self._narrow_n[at] = signature.narrow
        self._medium_2n[:, at] = _split(signature.medium, MEDIUM)
        self._wide_4n[:, at] = _split(signature.wide, WIDE)
        self._narrow_slack_n[at] = min(signature.narrow_slack, MOST)
        self._medium_slack_n[at] = min(signature.medium_slack, MOST)
        self._wide_slack_n[at] = signature.wide_slack
        self._length_n[at] = signature.length
        self._need_kn[:, at] = self._need_of_length_kn[:, min(signature.length, MOST)]

    def load(self, wide_4n: npt.NDArray[np.uint64], length_n: npt.NDArray[np.uint32]) -> None:
        """Take the texts of a stored pool, by their wide signatures and lengths, as if each had been appended."""
        self._size = len(length_n)
        self._wide_4n, self._length_n = wide_4n, length_n
        self._medium_2n = wide_4n[:2] | wide_4n[2:]
        self._narrow_n = self._medium_2n[0] | self._medium_2n[1]
        slacks = [length_n - _count_bits(bits) for bits in (self._narrow_n[None], self._medium_2n, wide_4n)]
        self._narrow_slack_n, self._medium_slack_n = (np.minimum(one, MOST).astype(np.uint8) for one in slacks[:2])
        self._wide_slack_n = slacks[2]
        self._need_kn = self._need_of_length_kn[:, np.minimum(length_n, MOST)]
        self._need_kn[:, length_n == 0] = NEVER

    def find_level(self, similarity: float) -> int:
        """Return the number of the highest level that is not above the similarity."""
        return bisect_right(self._levels, similarity) - 1

    def compare(self, query: Signature, start: int, stop: int) -> None:
        """Hold the narrow signatures of the positions start…stop (at most a block) against one, for `sort_out`."""
        shared, bits = self._shared[: stop - start], self._bits[: stop - start]
        np.bitwise_count(np.bitwise_and(self._narrow_n[start:stop], query.narrow, out=bits), out=shared)
        self._count_quarters(shared, self._narrow_slack_n[start:stop], query.narrow_slack, query.length)

    def compare_closer(self, query: Signature, start: int, stop: int) -> None:
        """Do the same with the medium signatures."""
        shared, more, bits = self._shared[: stop - start], self._scratch[: stop - start], self._bits[: stop - start]
        low_n, high_n = self._medium_2n[:, start:stop]
        np.bitwise_count(np.bitwise_and(low_n, query.medium & _WORD, out=bits), out=shared)
        np.bitwise_count(np.bitwise_and(high_n, query.medium >> NARROW, out=bits), out=more)
        np.add(shared, more, out=shared)
        self._count_quarters(shared, self._medium_slack_n[start:stop], query.medium_slack, query.length)

    def sort_out(self, query: Signature, start: int, stop: int, level: int) -> Positions:
        """Return which of the positions just compared may be as similar as the level, in order."""
        needed, fits = self._scratch[: stop - start], self._fits[: stop - start]
        np.add(self._need_kn[level, start:stop], self._need_of_query_km[level, min(query.length, MOST)], out=needed)
        np.greater_equal(self._shared[: stop - start], needed, out=fits)
        return np.flatnonzero(fits) + start

    def find_likely(self, start: int, stop: int, count: int) -> Positions:
        """Return at most `count` of the positions just compared that are likely the most similar ones."""
        shared, spare, fits = self._shared[: stop - start], self._scratch[: stop - start], self._fits[: stop - start]
        need_n = self._need_kn[self._middle, start:stop]
        np.subtract(np.maximum(shared, need_n, out=spare), need_n, out=spare)
        np.greater_equal(spare, max(int(spare.max()) - QUARTERS, 1), out=fits)  # within one token of the highest
        return np.flatnonzero(fits)[:count] + start

    def bound(self, query: Signature, positions_n: Positions) -> Floats:
        """Return, for some positions, a number that the ROUGE-L F1 with the query does not exceed (N,)."""
        shared_4n = np.bitwise_count(self._wide_4n.take(positions_n, axis=1) & _split(query.wide, WIDE)[:, None])
        shared_n = shared_4n.sum(axis=0, dtype=np.uint32)
        if query.wide_slack:
            shared_n += np.minimum(self._wide_slack_n[positions_n], query.wide_slack)
        bound: Floats = shared_n * (2 * (1 + ROUNDING)) / (self._length_n[positions_n] + query.length)
        return bound

    def _count_quarters(self, shared: Bytes, slack: Bytes, query_slack: int, query_length: int) -> None:
        """Turn the bits that are shared into the most quarter tokens that can be."""
        most = self._scratch[: len(shared)]
        if query_slack:
            most.fill(min(query_slack, MOST))  # numpy's minimum is ten times faster with an array than with a number
            np.add(shared, np.minimum(slack, most, out=most), out=shared)
        if query_length > MOST:
            most.fill(MOST)
            np.minimum(shared, most, out=shared)
        np.multiply(shared, QUARTERS, out=shared)

    def _grow(self) -> None:
        """Make the arrays longer, along their last axis."""
        for name in _BY_POSITION:
            old = getattr(self, name)
            room = np.zeros((*old.shape[:-1], int(old.shape[-1] * (GROWTH - 1))), dtype=old.dtype)
            setattr(self, name, np.concatenate([old, room], axis=-1))


@cache
def _share_needs(levels: tuple[float, ...]) -> tuple[Bytes, Bytes]:
    """Return what two texts of m and n tokens need to share for a level, in quarters, as a part for n and one for m.

    Each is (K, 1 + MOST); the sum of the parts is at most the need, and at most 4 MOST.
    """
    levels_k, lengths = np.array(levels), np.arange(MOST + 1)
    part_kn = np.floor(levels_k[:, None] * lengths * (QUARTERS / 2))
    need_kmn = QUARTERS * np.ceil(levels_k[:, None, None] * (lengths[:, None] + lengths) / 2)
    rest_km = (need_kmn - part_kn[:, None, :]).min(axis=2)
    return part_kn.astype(np.uint8), np.minimum(rest_km, 2 * MOST).astype(np.uint8)


def _count_bits(words_wn: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint32]:
    """Return how many bits are set in the words of each text (N,)."""
    counted: npt.NDArray[np.uint32] = np.bitwise_count(words_wn).sum(axis=0, dtype=np.uint32)
    return counted


def _split(bits: int, width: int) -> npt.NDArray[np.uint64]:
    """Return a signature as words (width / 64,)."""
    return np.frombuffer(bits.to_bytes(width // 8, "little"), dtype="<u8")

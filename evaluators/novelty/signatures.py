"""Token signatures: an upper bound on the ROUGE-L of one text with each of many, in a few array operations.

A text's tokens (a token's second occurrence counts as another token) set bits of a fixed-width signature. The tokens
that two texts share number at most the bits they share, plus the tokens that fell on a bit already set in one of them
(its slack), whichever text has fewer of these; and their longest common subsequence (LCS) is no longer than that.
The bound never falls below the truth, so that what it rules out need not be looked at.

Source: our own; the signature as a filter for set similarity joins is bitmap filtering (Sandes, Teodoro and Melo 2020,
"Bitmap Filter: Speeding up Exact Set Similarity Joins with Bitwise Operations").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

WORDS = 2  # 64-bit words: 128 bits leave ~40 of 50,000 instructions to look at, 64 leave ~300; at most 3 (8-bit counts)
WIDE_WORDS = 8  # the second signature, looked at only where the first rules out little: texts that share common words
WORD_BITS = 64
OCCURRENCE_STRIDE = 29  # moves the second occurrence of a token to another bit; odd, so that it visits all bits
FIRST_CAPACITY = 1024
# Bounds are kept in single precision: this part of one is added, so that rounding never puts a bound below the truth.
ROUNDING = 1e-6

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Signature:
    """The bits of one text, narrow `words_w1` and wide `wide_v` (uint64); its tokens that found their bit set; its length."""

    words_w1: npt.NDArray[np.uint64]
    wide_v: npt.NDArray[np.uint64]
    slack: int
    wide_slack: int
    length: int


def sign(codes: str) -> Signature:
    """Return the signature of a text whose tokens are written as one code point each."""
    narrow, wide = 0, 0
    occurrences: dict[str, int] = {}
    for code in codes:
        occurrence = occurrences.get(code, 0)
        occurrences[code] = occurrence + 1
        place = ord(code) + OCCURRENCE_STRIDE * occurrence
        narrow |= 1 << (place % (WORDS * WORD_BITS))
        wide |= 1 << (place % (WIDE_WORDS * WORD_BITS))
    length = len(codes)
    return Signature(
        _to_words(narrow, WORDS)[:, None], _to_words(wide, WIDE_WORDS), length - narrow.bit_count(),
        length - wide.bit_count(), length,
    )  # fmt: skip


def _to_words(bits: int, count: int) -> npt.NDArray[np.uint64]:
    return np.frombuffer(bits.to_bytes(count * WORD_BITS // 8, "little"), dtype="<u8")


class SignatureTable:
    """The signatures of the pool, by position, in arrays that double when they are full."""

    def __init__(self) -> None:
        """Start empty."""
        self._size = 0
        self._words_wn = np.zeros((WORDS, FIRST_CAPACITY), dtype=np.uint64)
        self._wide_nv = np.zeros((FIRST_CAPACITY, WIDE_WORDS), dtype=np.uint64)
        self._slack_n = np.zeros(FIRST_CAPACITY, dtype=np.float32)
        self._wide_slack_n = np.zeros(FIRST_CAPACITY, dtype=np.float32)
        self._length_n = np.zeros(FIRST_CAPACITY, dtype=np.float32)

    @property
    def lengths_n(self) -> Floats:
        """Tokens of each text: float32, exact below 2**24."""
        return self._length_n[: self._size]

    def append(self, signature: Signature | None) -> None:
        """Append the signature of the next text; None for a text without a token, which is like nothing."""
        if self._size == len(self._slack_n):
            self._words_wn = np.concatenate([self._words_wn, np.zeros_like(self._words_wn)], axis=1)
            self._wide_nv = np.concatenate([self._wide_nv, np.zeros_like(self._wide_nv)])
            self._slack_n = np.concatenate([self._slack_n, np.zeros_like(self._slack_n)])
            self._wide_slack_n = np.concatenate([self._wide_slack_n, np.zeros_like(self._wide_slack_n)])
            self._length_n = np.concatenate([self._length_n, np.zeros_like(self._length_n)])
        if signature is not None:
            self._words_wn[:, self._size] = signature.words_w1[:, 0]
            self._wide_nv[self._size] = signature.wide_v
            self._slack_n[self._size] = signature.slack
            self._wide_slack_n[self._size] = signature.wide_slack
            self._length_n[self._size] = signature.length
        self._size += 1

    def bound(self, query: Signature, start: int, stop: int) -> Floats:
        """Return, for the positions start…stop, a number that the ROUGE-L F1 with the query does not exceed (N,)."""
        shared_wn = np.bitwise_count(self._words_wn[:, start:stop] & query.words_w1)
        bound: Floats = shared_wn.sum(axis=0, dtype=np.uint8).astype(np.float32)
        if query.slack:
            bound += np.minimum(self._slack_n[start:stop], np.float32(query.slack))
        bound *= np.float32(2 * (1 + ROUNDING))
        bound /= self._length_n[start:stop] + np.float32(query.length)
        return bound

    def bound_closer(self, query: Signature, positions_n: npt.NDArray[np.intp]) -> Floats:
        """Return the same for some positions, closer to the truth: by the wide signatures (N,)."""
        shared_nv = np.bitwise_count(self._wide_nv[positions_n] & query.wide_v)
        bound: Floats = shared_nv.sum(axis=1, dtype=np.uint16).astype(np.float32)
        if query.wide_slack:
            bound += np.minimum(self._wide_slack_n[positions_n], np.float32(query.wide_slack))
        bound *= np.float32(2 * (1 + ROUNDING))
        bound /= self._length_n[positions_n] + np.float32(query.length)
        return bound

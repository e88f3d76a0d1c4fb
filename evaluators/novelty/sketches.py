"""MinHash sketches, value for value those of datasketch, made for one text or for many at a time.

A sketch only means something beside the way it was made, so `SCHEME` goes wherever sketches, or what was cut from them,
are saved: what was made otherwise is refused, never compared.

Source: Broder 1997; datasketch 2, scheme `affine32` (`datasketch/minhash.py`): CRC-32 of the shingle in UTF-8, mixed by
the 32-bit finalizer of MurmurHash3, then a·h + b modulo 2**32 for each permutation. The factors are datasketch's own.
Deviations: the arithmetic is done here, for a whole batch at once: datasketch's calls a text cost more than its numbers.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from evaluators.novelty.shingles import CHARACTER_SHINGLE, WORD_SHINGLE

PERMUTATIONS: Final = 128  # the usual number, and datasketch's default
AFFINE: Final = "affine32"  # datasketch 2's default; sketches of datasketch 1 are not comparable with it
SEED: Final = 1
SCHEME: Final[Mapping[str, Any]] = {
    "sketch": "datasketch", "scheme": AFFINE, "seed": SEED, "permutations": PERMUTATIONS, "hash": "crc32",
    "shingles": f"words {WORD_SHINGLE}, characters or words among them {CHARACTER_SHINGLE}", "tokens": "multilingual",
}  # fmt: skip
EMPTY = np.uint32(0xFFFFFFFF)  # datasketch's value of a permutation of no shingle at all
# MurmurHash3, fmix32: its shifts and factors, as arrays without a dimension (numpy converts a scalar at every use)
_HALF, _SHIFT = (np.array(shift, dtype=np.uint32) for shift in (16, 13))
_FIRST, _SECOND = (np.array(factor, dtype=np.uint32) for factor in (0x85EBCA6B, 0xC2B2AE35))

Signature = npt.NDArray[np.uint32]
Signatures = npt.NDArray[np.uint32]


class Sketcher:
    """Makes MinHash signatures."""

    def __init__(self) -> None:
        from datasketch import MinHash  # type: ignore[import-untyped, unused-ignore]

        self._factors, self._terms = MinHash(num_perm=PERMUTATIONS, seed=SEED, scheme=AFFINE).permutations

    def sign(self, shingles: Collection[str]) -> Signature:
        """Return the signature of one text: `datasketch.MinHash.hashvalues` (128,)."""
        if not shingles:
            return np.full(PERMUTATIONS, EMPTY)
        values = _mix(np.fromiter(map(zlib.crc32, map(str.encode, shingles)), np.uint32, len(shingles)))
        permuted = values[:, None] * self._factors
        permuted += self._terms
        signature: Signature = np.minimum.reduce(permuted)
        return signature

    def sign_many(self, shingles: Sequence[Collection[str]]) -> Signatures:
        """Return the signatures of several texts (N, 128)."""
        counts = np.array([len(one) for one in shingles], dtype=np.intp)
        hashes = [zlib.crc32(shingle.encode()) for one in shingles for shingle in one]
        values = _mix(np.array(hashes, dtype=np.uint32))
        order = np.argsort(-counts, kind="stable")  # longest first: those with a shingle number n are a prefix
        starts, counts = (np.cumsum(counts) - counts)[order], counts[order]
        least = np.full((len(shingles), PERMUTATIONS), EMPTY)
        for number in range(int(counts[0]) if len(counts) else 0):
            left = int(np.searchsorted(-counts, -number))
            permuted = values[starts[:left] + number][:, None] * self._factors
            permuted += self._terms
            np.minimum(least[:left], permuted, out=least[:left])
        signatures = np.empty_like(least)
        signatures[order] = least
        return signatures


def _mix(values: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Mix hashes in place, so that like hashes do not stay alike, and return them."""
    shifted = np.right_shift(values, _HALF)
    np.bitwise_xor(values, shifted, values)
    np.multiply(values, _FIRST, values)
    np.right_shift(values, _SHIFT, shifted)
    np.bitwise_xor(values, shifted, values)
    np.multiply(values, _SECOND, values)
    np.right_shift(values, _HALF, shifted)
    return np.bitwise_xor(values, shifted, values)

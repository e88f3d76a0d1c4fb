"""Word n-grams that a text shares with benchmarks: what decontamination looks for.

A gram is a run of tokens (case, punctuation and compatibility forms aside), so that it is found however a text was
laid out. Where most of its tokens are characters of a script without spaces, the run is longer in proportion: 20
characters stand for 13 words, 12 for 8. The same rule holds for benchmark and candidate, so mixed texts meet, too.

Promise: what is reported is shared, token by token (hashes only say where to look).

Source: Brown et al. 2020 (arXiv:2005.14165), appendix C: grams of lower-cased words without punctuation, 13 words at
most and 8 at least; huggingface/datatrove's `NGramsDecontFilter` is the same check with 12 words.
Deviations: both lengths are looked for and told apart, instead of one chosen for each benchmark; a hit rejects the
whole record, which is seldom longer than the window that the paper cuts out; grams that many texts share are not exempt
(the paper's are, beyond ten), since an instruction lost costs less than a test leaked.
A record of fewer than 8 words has no gram: it is counted as too short to tell, not as clean.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluators.tokens import is_spaceless, tokenize

LENGTHS = (13, 8)  # words: the longest and the shortest of the paper
# Characters that stand for a word where no spaces are written: English Alpaca instructions have 9.3 words on average,
# the first thousand of their Chinese counterparts 13.9 characters.
CHARACTERS_A_WORD = 1.5
UNKNOWN = -1  # a token that no benchmark has
_FACTOR = 0x9E3779B97F4A7C15  # 2**64 divided by the golden ratio: odd, so that it has an inverse
_INVERSE = pow(_FACTOR, -1, 1 << 64)
_FIRST_POWERS = 1 << 12

Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Overlap:
    """A gram that a text shares with a benchmark: its length in words, itself, and the first record that has it."""

    benchmark: str
    record: str
    words: int
    gram: str


@dataclass(frozen=True, slots=True)
class _Grams:
    """The grams of one length: where each begins, how many tokens it has, and its hash."""

    starts_g: Ints
    widths_g: Ints
    hashes_g: Hashes


@dataclass(frozen=True, slots=True)
class _Table:
    """Grams sorted by hash, those of equal hash by place."""

    hashes_g: Hashes
    starts_g: Ints


@dataclass(frozen=True, slots=True)
class Holdings:
    """One benchmark: its name, its records in all, and those too short to have a gram."""

    name: str
    records: int
    too_short: int


class NgramIndex:
    """The grams of benchmarks, in memory."""

    def __init__(self, benchmarks: Iterable[tuple[str, Iterable[tuple[str, str]]]], lengths: Iterable[int] = LENGTHS):
        """Take benchmarks by name, each with its records (key, text). `lengths` are in words."""
        self.lengths = tuple(sorted(set(lengths), reverse=True))
        self._vocabulary: dict[str, int] = {}
        self._keys: list[str] = []
        self._names: list[str] = []
        tokens, ends, firsts = array("q"), array("q"), []
        for name, records in benchmarks:
            self._names.append(name)
            firsts.append(len(self._keys))
            for key, text in records:
                known = self._vocabulary
                tokens.extend([known.setdefault(token, len(known)) for token in tokenize(text)])
                self._keys.append(key)
                ends.append(len(tokens))
        self._powers = _Powers()
        self._ids_n: Ints = np.array(tokens, dtype=np.int64)
        self._ends_r: Ints = np.array(ends, dtype=np.int64)  # of each record, among the tokens
        self._firsts_b: Ints = np.array(firsts, dtype=np.int64)  # record of each benchmark
        self._tables = self._build()

    def _build(self) -> dict[int, _Table]:
        flags_v = np.array([is_spaceless(token) for token in self._vocabulary], dtype=np.int64)
        sizes_r = np.diff(self._ends_r, prepend=0)
        flags_n = flags_v[self._ids_n] if len(self._ids_n) else self._ids_n
        ends_n = np.repeat(self._ends_r, sizes_r)
        tables = {}
        for words in self.lengths:
            grams = self._powers.list_grams(self._ids_n, flags_n, ends_n, words)
            order = np.argsort(grams.hashes_g, kind="stable")
            tables[words] = _Table(grams.hashes_g[order], grams.starts_g[order])
        self._has_gram_r = np.zeros(len(self._keys), dtype=np.bool_)
        self._has_gram_r[self._find_records(tables[self.lengths[-1]].starts_g)] = True
        return tables

    def describe(self) -> list[Holdings]:
        """Return what each benchmark holds."""
        parts = np.split(self._has_gram_r, self._firsts_b[1:]) if self._names else []
        return [
            Holdings(name, len(part), int(np.count_nonzero(~part)))
            for name, part in zip(self._names, parts, strict=True)
        ]

    def find(self, text: str) -> list[Overlap]:
        """Return the longest gram that a text shares with each benchmark; longest first, then by benchmark."""
        tokens, found = tokenize(text), dict[int, Overlap]()
        for words in self.lengths:
            table = self._tables[words]
            grams, first_g, last_g = self._match(tokens, words)
            for number in range(len(first_g)):
                held = table.starts_g[first_g[number] : last_g[number]]
                start, width = int(grams.starts_g[number]), int(grams.widths_g[number])
                for benchmark, record in self._list_firsts(held, found):
                    gram = _write_gram(tokens[start : start + width])
                    found[benchmark] = Overlap(self._names[benchmark], self._keys[record], words, gram)
        return sorted(found.values(), key=lambda one: (-one.words, self._names.index(one.benchmark)))

    def find_records(self, text: str) -> Ints:
        """Return the numbers (from 0) of all records that a text shares a gram of the shortest length with."""
        words = self.lengths[-1]
        _, first_g, last_g = self._match(tokenize(text), words)
        parts = [self._tables[words].starts_g[first:last] for first, last in zip(first_g, last_g, strict=True)]
        return np.unique(self._find_records(np.concatenate(parts))) if parts else np.empty(0, dtype=np.int64)

    def name_record(self, number: int) -> tuple[str, str]:
        """Return the benchmark and the key of a record by its number."""
        benchmark = int(np.searchsorted(self._firsts_b, number, "right")) - 1
        return self._names[benchmark], self._keys[number]

    def _list_firsts(self, starts_g: Ints, found: dict[int, Overlap]) -> list[tuple[int, int]]:
        """Return (benchmark, record) where a gram first comes, for each benchmark that is not found yet."""
        records = self._find_records(starts_g)
        benchmarks = np.searchsorted(self._firsts_b, records, "right") - 1
        here, first = np.unique(benchmarks, return_index=True)
        return [
            (one, int(records[place]))
            for one, place in zip(here.tolist(), first.tolist(), strict=True)
            if one not in found
        ]

    def _find_records(self, starts_g: Ints) -> Ints:
        return np.searchsorted(self._ends_r, starts_g, "right").astype(np.int64)

    def _match(self, tokens: Sequence[str], words: int) -> tuple[_Grams, Ints, Ints]:
        """Return the grams of a text that the benchmarks have, and their places first…last in the table."""
        get = self._vocabulary.get
        ids_n = np.array([get(token, UNKNOWN) for token in tokens], dtype=np.int64)
        flags_n = np.array(list(map(is_spaceless, tokens)), dtype=np.int64)
        grams = self._powers.list_grams(ids_n, flags_n, np.full(len(tokens), len(tokens)), words)
        table = self._tables[words]
        first_g = np.searchsorted(table.hashes_g, grams.hashes_g, "left")
        last_g = np.searchsorted(table.hashes_g, grams.hashes_g, "right")
        kept = [
            number
            for number in np.flatnonzero(last_g > first_g).tolist()
            if self._is_equal(ids_n, grams, number, int(table.starts_g[first_g[number]]))
        ]
        grams = _Grams(grams.starts_g[kept], grams.widths_g[kept], grams.hashes_g[kept])
        return grams, first_g[kept], last_g[kept]

    def _is_equal(self, ids_n: Ints, grams: _Grams, number: int, held: int) -> bool:
        """Say whether the gram is the one that lies at `held`, token by token."""
        start, width = int(grams.starts_g[number]), int(grams.widths_g[number])
        return np.array_equal(ids_n[start : start + width], self._ids_n[held : held + width])


class _Powers:
    """Hashes of runs of tokens by a polynomial modulo 2**64, so that all runs of a text come from one sum."""

    def __init__(self) -> None:
        self._powers = self._inverses = np.empty(0, dtype=np.uint64)

    def list_grams(self, ids_n: Ints, flags_n: Ints, ends_n: Ints, words: int) -> _Grams:
        """Return the grams of tokens, without those that hold an unknown one or go beyond the end of their text.

        `flags_n` says which tokens are spaceless, `ends_n` where the text of each token ends.
        """
        characters = round(words * CHARACTERS_A_WORD)
        count = len(ids_n)
        places = np.arange(count)
        spaceless = _sum_before(flags_n)
        inside = places[ends_n - places >= words]
        is_dense = 2 * (spaceless[inside + words] - spaceless[inside]) > words
        starts = inside[~is_dense | (ends_n[inside] - inside >= characters)]
        widths = np.where(2 * (spaceless[starts + words] - spaceless[starts]) > words, characters, words)
        unknown = _sum_before(ids_n == UNKNOWN)
        known = unknown[starts + widths] == unknown[starts]
        starts, widths = starts[known], widths[known]
        if not len(starts):
            return _Grams(starts, widths, np.empty(0, dtype=np.uint64))
        self._grow(count)
        sums = _sum_before((ids_n.astype(np.uint64) + np.uint64(1)) * self._powers[:count])
        return _Grams(starts, widths, (sums[starts + widths] - sums[starts]) * self._inverses[starts])

    def _grow(self, count: int) -> None:
        if count > len(self._powers):
            size = max(_FIRST_POWERS, 1 << count.bit_length())
            self._powers, self._inverses = _raise_to(_FACTOR, size), _raise_to(_INVERSE, size)


def _raise_to(base: int, count: int) -> Hashes:
    """Return the powers 0…count - 1 of a number modulo 2**64."""
    powers = np.full(count, base, dtype=np.uint64)
    powers[:1] = 1
    return np.multiply.accumulate(powers)


def _sum_before(values_n: npt.NDArray[np.generic]) -> npt.NDArray[np.uint64]:
    """Return the sums of all before each place, and of all (N + 1,), modulo 2**64."""
    sums = np.zeros(len(values_n) + 1, dtype=np.uint64)
    np.cumsum(values_n, dtype=np.uint64, out=sums[1:])
    return sums


def _write_gram(tokens: Sequence[str]) -> str:
    is_dense = 2 * sum(map(is_spaceless, tokens)) > len(tokens)
    return ("" if is_dense else " ").join(tokens)

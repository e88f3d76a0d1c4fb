"""Signatures of long texts: they rule nothing out that matters, and nearly everything that does not."""

from __future__ import annotations

import random
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.novelty import long_signatures, rouge_l
from evaluators.novelty.long_signatures import SHORT, WIDEST, WIDTHS, LongSignatures, choose_bits, mark
from evaluators.novelty.rouge_l import RougeLFilter
from evaluators.novelty.signatures import sign
from tests.test_against import open_index, write_set

# Few words and many: texts that repeat words hundreds of times, and texts that repeat none.
TEXTS = st.builds(
    lambda seed, words, count: " ".join(random.Random(seed).choices([f"w{word}" for word in range(words)], k=count)),
    st.integers(0, 4), st.sampled_from([2, 30, 400, 3000]), st.integers(1, 400),
)  # fmt: skip


def fill(texts: list[str]) -> RougeLFilter:
    index = RougeLFilter()
    for position, text in enumerate(texts):
        index.add(str(position), text, index.prepare(text))
    return index


@given(st.lists(TEXTS, min_size=1, max_size=8), TEXTS)
def test_a_bound_is_never_below_the_similarity(texts: list[str], text: str) -> None:
    index, long = fill(texts), LongSignatures()
    codes = [one.codes for other in texts if (one := index.prepare(other))]
    for position, one in enumerate(codes):
        long.append(position, one)
    query = index.prepare(text)
    assert query is not None
    loose_n = np.full(len(codes), 1.0)
    bounds_n = long.tighten(query.codes, np.arange(len(codes)), loose_n)
    assert (bounds_n <= loose_n).all()
    for one, bound in zip(codes, bounds_n.tolist(), strict=True):
        alone = RougeLFilter()
        alone.add("", "", rouge_l.TokenCodes(one, sign(one)))
        found = alone.nearest(query)
        assert found is not None
        assert found.similarity <= bound


WORDS = [f"w{rank}" for rank in range(5000)]
WEIGHTS = [1 / (rank + 2.7) for rank in range(5000)]  # Zipf's law, as Mandelbrot has it


def make_long(count: int, words: int, name: str) -> list[str]:
    draw = random.Random(name)
    return [" ".join(draw.choices(WORDS, WEIGHTS, k=words)) for _ in range(count)]


@pytest.mark.parametrize("words", [100, 400, 1500])
def test_of_unrelated_long_texts_next_to_none_is_compared(words: int) -> None:
    texts = make_long(150, words, "unrelated")
    index, query = fill(texts), make_long(1, words, "query")[0]
    compared: list[int] = []
    measure = rouge_l.measure_each

    def count(codes: str, others: list[str]) -> object:
        compared.append(len(others))
        return measure(codes, others)

    prepared = index.prepare(query)
    assert prepared is not None
    with patch.object(rouge_l, "measure_each", count):
        assert index.nearest(prepared, above=0.7) is None
    assert sum(compared) < len(texts) / 20


def test_a_signature_is_as_wide_as_its_text_is_long() -> None:
    assert choose_bits(SHORT + 1) == WIDTHS[0]
    assert [choose_bits(length) for length in (129, 1000, 10**6)] == [1024, 4096, WIDEST]
    assert WIDTHS[-1] == WIDEST
    assert mark("abca", 512).shape == (8,)


def test_a_stored_pool_has_them_too(tmp_path: Path) -> None:
    texts = [*make_long(20, 90, "some"), *make_long(90, 300, "more"), "a short one"]
    near = [" ".join([*text.split()[:-9], "and", "so", "on"]) for text in texts[:-1:30]]
    index = open_index(tmp_path, write_set(tmp_path / "earlier.jsonl", texts))
    with patch.object(long_signatures, "_share", wraps=long_signatures._share) as share:
        found = [index.find(text) for text in near]
    assert share.called
    assert [one.record if one else None for one in found] == [f"earlier.jsonl:{1 + 30 * at}" for at in range(len(near))]
    assert index.find(make_long(1, 300, "other")[0]) is None

"""MinHash: hits are those of datasketch's index, their similarity is exact, and near-duplicates are found."""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from datasketch import MinHash, MinHashLSH
from hypothesis import given
from hypothesis import strategies as st

from evaluators.novelty.bands import RECALL, BandTable, SortedBands, choose_bands
from evaluators.novelty.minhash import MinHashFilter
from evaluators.novelty.shingles import list_shingles
from evaluators.novelty.sketches import SCHEME
from evaluators.tokens import tokenize
from generator.errors import ConfigError

TEXTS = st.lists(st.sampled_from("a b c 写 诗 函 数".split()), min_size=1, max_size=9).map(" ".join)
# Long texts of three words: nearly all share a band with another, at every similarity; many tie.
LIKE_TEXTS = st.lists(st.sampled_from("abc"), min_size=8, max_size=40).map(" ".join)
POOLS = st.lists(TEXTS, min_size=1, max_size=12)


def fill(texts: Sequence[str], threshold: float = 0.7) -> MinHashFilter:
    index = MinHashFilter(threshold)
    for position, text in enumerate(texts):
        index.add(str(position), text, index.prepare(text))
    return index


def find(index: MinHashFilter, text: str, since: int = 0) -> tuple[float, int] | None:
    """Return the similarity and the position of the nearest text; None where there is none."""
    prepared = index.prepare(text)
    assert prepared is not None
    neighbour = index.nearest(prepared, since)
    return (neighbour.similarity, int(neighbour.id)) if neighbour else None


def list_shingles_slowly(text: str) -> set[tuple[str, ...]]:
    """Return the shingles as the definition has them, one tuple of tokens or characters each."""
    tokens = tokenize(text)
    spaceless = sum(token > "\u2e80" for token in tokens)
    parts, width = ("".join(tokens), 5) if 2 * spaceless > len(tokens) else (tokens, 3)
    return {tuple(parts[start : start + width]) for start in range(max(1, len(parts) - width + 1))}


def compute_jaccard(first: str, second: str) -> float:
    ours, theirs = list_shingles_slowly(first), list_shingles_slowly(second)
    return len(ours & theirs) / len(ours | theirs)


def write_texts(count: int, words: int) -> list[str]:
    rng = random.Random("texts")
    return [" ".join(f"w{int(rng.paretovariate(0.8)) % 999}" for _ in range(words)) for _ in range(count)]


@given(POOLS | st.lists(LIKE_TEXTS, min_size=4, max_size=12), TEXTS | LIKE_TEXTS, st.integers(0, 12))
def test_the_nearest_is_the_most_similar_hit_by_exact_jaccard(texts: list[str], text: str, since: int) -> None:
    index = fill(texts)
    lsh = MinHashLSH(num_perm=128, params=(25, 5), storage_config={"type": "dict", "basename": b"test"})
    for position, other in enumerate(texts):
        lsh.insert(position, sketch(other))
    found: list[Any] = lsh.query(sketch(text))
    hits = [position for position in sorted(found) if position >= since]
    scores = [(compute_jaccard(text, texts[position]), position) for position in hits]
    assert find(index, text, since) == max(scores, key=lambda score: (score[0], -score[1]), default=None)


def sketch(text: str) -> MinHash:
    """Return the signature of a text as datasketch makes it, a shingle at a time."""
    signature = MinHash(num_perm=128, seed=1, hashfunc=zlib.crc32, scheme="affine32")
    for shingle in list_shingles(text):
        signature.update(shingle.encode())
    return signature


@given(TEXTS)
def test_a_signature_is_datasketchs(text: str) -> None:
    assert MinHashFilter().sign(list_shingles(text)).tolist() == sketch(text).hashvalues.tolist()


@given(TEXTS, TEXTS)
def test_similarity_is_symmetric_and_1_for_itself(first: str, second: str) -> None:
    there, back = find(fill([first]), second), find(fill([second]), first)
    assert there == back
    assert there is None or 0 < there[0] <= 1
    assert find(fill([second, first]), first) == (1.0, 0 if list_shingles(first) == list_shingles(second) else 1)


@given(POOLS, TEXTS, st.data())
def test_searches_of_two_parts_make_the_search_of_all(texts: list[str], text: str, data: st.DataObject) -> None:
    middle = data.draw(st.integers(0, len(texts)))
    found = [find(fill(texts[:middle]), text), find(fill(texts), text, middle)]
    best = min((part for part in found if part), key=lambda part: (-part[0], part[1]), default=None)
    assert find(fill(texts), text) == best


@pytest.mark.parametrize(
    ("text", "shingles"),
    [
        ("Write a short poem.", {"write a short", "a short poem"}),
        ("Write!", {"write"}),
        ("写一首诗", {"写一首诗"}),
        ("写一首关于春天的诗。", {"写一首关于", "一首关于春", "首关于春天", "关于春天的", "于春天的诗"}),
        ("用Python 3写诗", {"用 python  3 写诗"}),
        ("用Python写一首诗", {"用 python 写一首", " python 写一首诗"}),
        ("…", set()),
    ],
)
def test_the_shingles_of(text: str, shingles: set[str]) -> None:
    assert list_shingles(text) == shingles


def test_near_duplicates_are_found_at_the_recall_foreseen() -> None:
    texts = write_texts(600, 40)
    index = fill(texts)
    rng = random.Random("edits")
    pairs = []
    for position, text in enumerate(texts):
        words = text.split()
        words[rng.randrange(3, len(words) - 3)] = "changed"
        pairs.append((" ".join(words), position))
    near = [(text, position) for text, position in pairs if compute_jaccard(text, texts[position]) > index.threshold]
    found = sum(find(index, text) == (compute_jaccard(text, texts[position]), position) for text, position in near)
    assert len(near) > 500
    assert found >= index.bands.recall * len(near)


def test_near_duplicates_in_chinese_are_found() -> None:
    text = "请为一家位于海边的小型咖啡馆写一份详细的开业宣传方案，并说明目标顾客是谁。"
    found = find(fill(["写一首关于春天的诗。", text]), text.replace("是谁", "是哪些人"))
    assert found is not None
    assert found[1] == 1
    assert found[0] > 0.7


def test_what_is_asked_in_between_changes_nothing() -> None:
    texts = write_texts(40, 6)
    quiet, asked = fill(texts), MinHashFilter()
    for position, text in enumerate(texts):
        asked.prepare(text + " and more")
        find(asked, text[::-1])
        asked.add(str(position), text, asked.prepare(text))
    assert [find(quiet, text) for text in texts] == [find(asked, text) for text in texts]


def test_a_text_without_a_token_cannot_be_asked_about_but_holds_its_position() -> None:
    index = fill(["👍", "write a poem about rain"])
    assert len(index) == 2
    assert index.prepare("…") is None
    assert find(index, "Write a poem about rain!") == (1.0, 1)
    assert find(index, "nothing alike at all") is None


def test_the_global_random_state_is_left_alone() -> None:
    random.seed(7)
    state = random.getstate()
    fill(["write a poem"])
    assert random.getstate() == state


@pytest.mark.parametrize(
    ("threshold", "count", "rows", "recall"),
    [(0.5, 42, 3, 0.996), (0.7, 25, 5, 0.990), (0.8, 21, 6, 0.998), (0.9, 12, 10, 0.994), (1.0, 1, 128, 1.0)],
)
def test_the_bands_for_a_threshold(threshold: float, count: int, rows: int, recall: float) -> None:
    bands = choose_bands(threshold)
    assert (bands.count, bands.rows) == (count, rows)
    assert bands.recall == pytest.approx(recall, abs=5e-4)


@given(st.floats(0.04, 1.0))
def test_the_bands_fit_the_signature_and_find_what_they_promise(threshold: float) -> None:
    bands = choose_bands(threshold)
    assert bands.count * bands.rows <= 128
    assert bands.recall >= RECALL


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.1])
def test_a_threshold_outside_its_range_is_the_users_mistake(threshold: float) -> None:
    with pytest.raises(ConfigError, match="Jaccard"):
        MinHashFilter(threshold)


def test_of_equal_hits_the_earliest_and_of_unequal_the_most_similar_is_nearest() -> None:
    start = "a b c d e f g h i j k l"
    text, first, second = start + " m n o", start + " p q r", start + " s t u"
    assert compute_jaccard(text, first) == compute_jaccard(text, second) == 10 / 16
    assert find(fill([first, second], threshold=0.3), text) == (10 / 16, 0)
    assert find(fill([first + " v", second], threshold=0.3), text) == (10 / 16, 1)


@given(st.lists(TEXTS | LIKE_TEXTS | st.sampled_from(["", "…", "写一首关于春天的诗。"]), max_size=8))
def test_many_at_a_time_are_prepared_as_one_at_a_time(texts: list[str]) -> None:
    index = MinHashFilter()
    assert index.prepare_many(texts) == [index.prepare(text) for text in texts]


def test_the_scheme_that_is_saved_tells_sketches_of_datasketch_1_apart() -> None:
    shingles = list_shingles("Write a short poem about rain.")
    old: Any = MinHash(num_perm=128, seed=1, hashfunc=zlib.crc32, scheme="legacy")
    for shingle in shingles:
        old.update(shingle.encode())
    assert old.hashvalues.tolist() != MinHashFilter().sign(shingles).tolist()
    assert (SCHEME["scheme"], sketch("x").scheme) == ("affine32", "affine32")


@given(st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), max_size=12), st.data())
def test_sorted_bands_hit_what_a_table_hits(rows: list[list[int]], data: st.DataObject) -> None:
    table = BandTable()
    for position, keys in enumerate(rows):
        table.add(position, keys)
    flat = np.array(rows, dtype=np.uint64).reshape(-1)
    order = np.argsort(flat)
    stored = SortedBands(flat[order], (order // 3).astype(np.uint32))
    asked = data.draw(st.lists(st.integers(0, 9), min_size=3, max_size=3))
    since = data.draw(st.integers(0, 12))
    assert stored.list_hits(asked, since) == table.list_hits(asked, since)

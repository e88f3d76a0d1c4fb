"""ROUGE-L: the numbers are rouge-score's, and what the search leaves out never matters."""

from __future__ import annotations

import json
import os
import random
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from evaluators.novelty import rouge_l, signatures, subsequences
from evaluators.novelty.rouge_l import RougeLFilter
from evaluators.tokens import tokenize
from generator.errors import ConfigError, SeedbedError

DATA = Path(os.environ.get("SEEDBED_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
needs_data = pytest.mark.usefixtures("recorded_data")

# Few words, so that texts share many, repeat some and tie often; two scripts.
TEXTS = st.lists(st.sampled_from("a b c d e f 写 诗 函 数".split()), min_size=1, max_size=14).map(" ".join)
POOLS = st.lists(TEXTS, min_size=1, max_size=40)
# Longer than a signature or a word of bits holds.
LONG_TEXTS = st.lists(st.integers(0, 96).map("w{}".format), min_size=50, max_size=160).map(" ".join)
# Every stage of the search, at a size that a small pool reaches.
SMALL_STEPS: dict[str, Any] = {"FEW": 1, "BLOCK": 7, "PROBES": 1, "MANY": 2, "WORTH_INDEXING": 1}


@contextmanager
def small_steps() -> Iterator[None]:
    with patch.multiple(rouge_l, **SMALL_STEPS), patch.object(subsequences, "EACH_A_TOKEN", 0):
        yield


class Multilingual:
    """Our tokenizer, as rouge-score takes one."""

    def tokenize(self, text: str) -> list[str]:
        return tokenize(text)


REFERENCE: Any = RougeScorer(["rougeL"], tokenizer=Multilingual())  # type: ignore[no-untyped-call]
REFERENCE_ASCII: Any = RougeScorer(["rougeL"], use_stemmer=False)  # type: ignore[no-untyped-call]


def fill(texts: Sequence[str], **options: Any) -> RougeLFilter:
    index = RougeLFilter(**options)
    for position, text in enumerate(texts):
        index.add(str(position), text, index.prepare(text))
    return index


def find(index: RougeLFilter, text: str, since: int = 0) -> tuple[float, int]:
    """Return the similarity and the position of the nearest text."""
    prepared = index.prepare(text)
    assert prepared is not None
    neighbour = index.nearest(prepared, since)
    assert neighbour is not None
    return neighbour.similarity, int(neighbour.id)


def decide(index: RougeLFilter, text: str) -> tuple[float, int] | None:
    """Return the same where it is too like."""
    prepared = index.prepare(text)
    assert prepared is not None
    neighbour = index.nearest(prepared, above=index.threshold)
    if neighbour is None or neighbour.similarity <= index.threshold:  # a threshold of 0 asks for any neighbour
        return None
    return neighbour.similarity, int(neighbour.id)


def search(scorer: Any, texts: Sequence[str], text: str, since: int = 0) -> tuple[float, int]:
    """The same by rouge-score, one text after the other."""
    scores = [scorer.score(text, other)["rougeL"].fmeasure for other in texts[since:]]
    return max(scores), since + scores.index(max(scores))


@given(POOLS, TEXTS, st.data())
def test_the_nearest_is_the_one_that_rouge_score_finds(texts: list[str], text: str, data: st.DataObject) -> None:
    since = data.draw(st.integers(0, len(texts) - 1))
    with small_steps():
        assert find(fill(texts), text, since) == search(REFERENCE, texts, text, since)


@given(POOLS, TEXTS)
def test_in_one_step_it_finds_the_same(texts: list[str], text: str) -> None:
    assert find(fill(texts), text) == search(REFERENCE, texts, text)


@given(TEXTS, TEXTS)
def test_similarity_is_symmetric_bounded_and_1_for_itself(first: str, second: str) -> None:
    similarity = find(fill([first]), second)[0]
    assert 0 <= similarity <= 1
    assert similarity == find(fill([second]), first)[0]
    assert find(fill([second, first]), first)[0] == 1.0


@given(POOLS, TEXTS, st.randoms(use_true_random=False))
def test_the_order_of_the_pool_does_not_change_the_maximum(texts: list[str], text: str, rng: random.Random) -> None:
    shuffled = rng.sample(texts, len(texts))
    with small_steps():
        assert find(fill(texts), text)[0] == find(fill(shuffled), text)[0]


@given(POOLS, TEXTS, st.data())
def test_searches_of_two_parts_make_the_search_of_all(texts: list[str], text: str, data: st.DataObject) -> None:
    middle = data.draw(st.integers(0, len(texts) - 1))
    with small_steps():
        late = find(fill(texts), text, middle)
        early = find(fill(texts[:middle]), text) if middle else late
        assert find(fill(texts), text) == min(early, late, key=lambda found: (-found[0], found[1]))


@given(POOLS, TEXTS, st.one_of(st.floats(0, 1), st.fractions(0, 1, max_denominator=12).map(float)))
def test_at_any_threshold_the_decision_is_rouge_scores(texts: list[str], text: str, threshold: float) -> None:
    best = search(REFERENCE, texts, text)
    with small_steps():
        index = fill(texts, threshold=threshold)
        assert decide(index, text) == (best if best[0] > threshold else None)


@given(st.lists(LONG_TEXTS, min_size=1, max_size=6), LONG_TEXTS, st.sampled_from([0.0, 0.3, 0.7, 0.9]))
def test_texts_of_any_length_are_measured(texts: list[str], text: str, above: float) -> None:
    best = search(REFERENCE, texts, text)
    with small_steps(), patch.object(subsequences, "TAIL", 1):
        assert find(fill(texts), text) == best
        assert decide(fill(texts, threshold=above), text) == (best if best[0] > above else None)


@given(st.lists(st.one_of(TEXTS, LONG_TEXTS), min_size=1, max_size=30), TEXTS, st.integers(0, 5), st.data())
def test_measured_in_one_go_the_subsequences_are_as_long(
    texts: list[str], text: str, tail: int, data: st.DataObject
) -> None:
    index = fill([text, *texts])
    codes = [prepared.codes for one in [text, *texts] if (prepared := index.prepare(one))]
    start = data.draw(st.integers(0, len(codes) - 1))
    stop = data.draw(st.integers(start + 1, len(codes)))
    pool: list[str] = []
    table = subsequences.SubsequenceTable(pool)
    each = data.draw(st.sampled_from([0, 1, 256]))
    with patch.multiple(subsequences, TAIL=tail, CHUNK=3, EACH_A_TOKEN=each):
        for count in (len(codes) // 2, len(codes)):  # what comes later is indexed later
            pool.extend(codes[len(pool) : count])
            found = table.measure(codes[0], min(start, count), min(stop, count))
            expected = subsequences.measure_each(codes[0], codes[start : min(stop, count)]) if start < count else []
            assert found.tolist() == list(expected)


@given(TEXTS, TEXTS)
def test_a_bound_is_never_below_the_similarity(first: str, second: str) -> None:
    index = fill([first])
    prepared = index.prepare(second)
    assert prepared is not None
    table = signatures.SignatureTable(0.7)
    stored = index.prepare(first)
    assert stored is not None
    table.append(stored.signature)
    assert table.bound(prepared.signature, np.arange(1))[0] >= find(index, second)[0]


def test_decisions_at_the_threshold_are_rouge_scores() -> None:
    """F is 7/10 wherever 20 LCS = 7 (m + n); rouge-score's float is then above, at or below 0.7."""
    decisions = []
    for m in range(1, 61):
        for n in range(m, 61):
            lcs, odd = divmod(7 * (m + n), 20)
            if odd or lcs > m:
                continue
            first = " ".join(f"s{i}" for i in range(lcs)) + " x" * (m - lcs)
            second = " ".join(f"s{i}" for i in range(lcs)) + " y" * (n - lcs)
            expected = REFERENCE_ASCII.score(first, second)["rougeL"].fmeasure
            assert find(fill([first]), second)[0] == expected
            decisions.append(expected > RougeLFilter().threshold)
    assert len(decisions) > 40
    assert 0 < sum(decisions) < len(decisions)


def test_chinese_is_measured() -> None:
    index = fill(["写一首关于春天的诗。", "用Python写一个排序函数"])
    assert find(index, "写一首关于春天的诗！") == (1.0, 0)
    assert find(index, "请解释Python中的装饰器")[0] < 0.2
    assert RougeLFilter(scheme="rouge_score").prepare("写一首关于春天的诗。") is None


def test_a_text_without_a_token_cannot_be_asked_about_but_holds_its_position() -> None:
    index = fill(["…", "write a poem"])
    assert len(index) == 2
    assert index.prepare("👍") is None
    assert find(index, "write a poem") == (1.0, 1)
    assert find(index, "nothing alike") == (0.0, 0)


def test_an_empty_index_has_no_nearest() -> None:
    index = RougeLFilter()
    prepared = index.prepare("write a poem")
    assert prepared is not None
    assert index.nearest(prepared) is None
    assert index.score_all(prepared) == ([], 0.0)
    index.add("k", "write a poem", prepared)
    assert index.nearest(prepared, since=1) is None


def test_all_scores_are_ordered_earliest_first_on_a_tie() -> None:
    index = fill(["x y", "a b", "a z", "b a", "q"])
    prepared = index.prepare("a b")
    assert prepared is not None
    assert index.score_all(prepared, top=3) == ([("a b", 1.0), ("a z", 0.5), ("b a", 0.5)], 0.4)


def test_no_two_tokens_share_a_code_and_too_many_are_an_error() -> None:
    assert rouge_l._choose_code(0xD7FF) == "\ud7ff"
    assert rouge_l._choose_code(0xD800) == "\ue000"
    assert rouge_l._choose_code(rouge_l.MAX_TYPES - 1) == "\U0010ffff"
    with patch.object(rouge_l, "MAX_TYPES", 3):
        index = fill(["one two three"])
        with pytest.raises(SeedbedError, match="distinct tokens"):
            index.prepare("one four")


@pytest.mark.parametrize("options", [{"threshold": 1.5}, {"scheme": "word"}])
def test_a_wrong_setting_is_the_users_mistake(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        RougeLFilter(**options)


def test_a_text_costs_less_than_400_bytes_beside_itself() -> None:
    rng = random.Random("memory")
    texts = [" ".join(f"word{int(rng.paretovariate(0.7)) % 5000}" for _ in range(12)) for _ in range(5000)]
    keys = [str(position) for position in range(len(texts))]
    index = RougeLFilter()
    tracemalloc.start()
    for key, text in zip(keys, texts, strict=True):
        index.add(key, text, index.prepare(text))
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert used / len(texts) < 400


@needs_data
def test_a_search_of_20_000_instructions_finds_what_comparing_with_all_of_them_finds() -> None:
    texts = json.loads((DATA / "novelty-bench" / "alpaca_52k_instructions.json").read_text(encoding="utf-8"))
    random.Random("split").shuffle(texts)
    index = fill(texts[:20000])
    for text in texts[20000:20150]:
        prepared = index.prepare(text)
        if prepared is None:
            continue
        neighbour = index.nearest(prepared)
        assert neighbour is not None
        assert (neighbour.text, neighbour.similarity) == index.score_all(prepared, top=1)[0][0]


@needs_data
@pytest.mark.parametrize(("file", "scorer", "scheme"), [
    ("alpaca_52k_instructions.json", REFERENCE_ASCII, "rouge_score"),
    ("zh_instructions.json", REFERENCE, "multilingual"),
])  # fmt: skip
def test_real_instructions_get_rouge_scores_numbers(file: str, scorer: Any, scheme: str) -> None:
    texts = json.loads((DATA / "novelty-bench" / file).read_text(encoding="utf-8"))
    random.Random("sample").shuffle(texts)
    index = fill(texts[:300], scheme=scheme)
    for text in texts[300:320]:
        if index.prepare(text) is not None:
            assert find(index, text) == search(scorer, texts[:300], text)


@needs_data
@pytest.mark.parametrize(("file", "field"), [
    ("self-instruct-replay/machine_generated_instructions.jsonl", "most_similar"),
    ("alpaca-regen/regen.json", "most_similar_instructions"),
])  # fmt: skip
def test_recorded_runs_are_reproduced_to_the_last_bit(file: str, field: str) -> None:
    seeds = (DATA / "self-instruct-seeds" / "seed_tasks.jsonl").read_text(encoding="utf-8").splitlines()
    index = fill([json.loads(line)["instruction"] for line in seeds], scheme="rouge_score")
    content = (DATA / file).read_text(encoding="utf-8")
    rows = json.loads(content) if file.endswith(".json") else [json.loads(line) for line in content.splitlines()]
    for row in rows:
        prepared = index.prepare(row["instruction"])
        assert prepared is not None
        scores, average = index.score_all(prepared, top=len(index))
        recorded: dict[str, float] = row[field]
        assert average == row["avg_similarity_score"]
        assert sorted(recorded.values(), reverse=True) == [score for _, score in scores[:10]]
        assert recorded.items() <= dict(scores).items()
        neighbour = index.nearest(prepared)
        assert neighbour is not None
        assert neighbour.similarity == max(recorded.values()) <= index.threshold
        index.add(row["instruction"], row["instruction"], prepared)
    assert len(index) == len(seeds) + len(rows)

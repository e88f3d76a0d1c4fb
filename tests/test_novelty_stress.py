"""ROUGE-L decisions on streams of real instructions, two fifths of them edited copies: rouge-score's, ties included."""

from __future__ import annotations

import json
import random
import tracemalloc
from pathlib import Path

import pytest

from benchmarks.novelty_stress import Reference, count_differences, decide, edit
from evaluators.novelty.rouge_l import RougeLFilter

STREAM = 8_000
ENGLISH = "alpaca_52k_instructions.json"
STREAMS = [(ENGLISH, "rouge_score"), ("zh_instructions.json", "multilingual")]


def read_texts(data: Path, file: str) -> list[str]:
    texts: list[str] = json.loads((data / "novelty-bench" / file).read_text(encoding="utf-8"))
    return texts


@pytest.mark.parametrize(("file", "scheme"), STREAMS)
def test_a_stream_is_decided_as_rouge_score_decides_it(recorded_data: Path, file: str, scheme: str) -> None:
    found = count_differences(read_texts(recorded_data, file), STREAM, scheme)
    assert found["differences"] == 0
    assert found["decisions"] > 0.99 * STREAM
    assert 0.2 * STREAM < found["rejected"] < 0.5 * STREAM
    assert found["ties"] > 10


@pytest.mark.parametrize(("file", "scheme"), STREAMS)
def test_200_are_decided_alike_against_a_large_pool(recorded_data: Path, file: str, scheme: str) -> None:
    texts = read_texts(recorded_data, file)
    pool, rest = texts[:-200][:50_000], texts[-200:]
    index, reference = RougeLFilter(scheme=scheme), Reference(scheme)
    for text in pool:
        index.add(str(len(index)), text, index.prepare(text))
        reference.add(text)
    rng = random.Random("two hundred")
    candidates = [edit(rng.choice(pool), pool, rng, scheme) if rng.random() < 0.5 else text for text in rest]
    for text in candidates:
        prepared = index.prepare(text)
        if prepared is not None:
            assert decide(index, prepared) == reference.decide(text)
    # The whole pool by rouge-score alone: nothing that the reference left out is nearer
    text = next(text for text in candidates if reference.decide(text))
    scores = [reference.score(text, position) for position in range(len(pool))]
    assert reference.decide(text) == (max(scores), scores.index(max(scores)))


def test_a_pooled_instruction_costs_less_than_400_bytes_beside_itself(recorded_data: Path) -> None:
    texts = read_texts(recorded_data, ENGLISH)
    keys = [str(number) for number in range(len(texts))]
    tracemalloc.start()
    index = RougeLFilter()
    for key, text in zip(keys, texts, strict=True):
        index.add(key, text, index.prepare(text))
    plain = tracemalloc.get_traced_memory()[0]
    prepared = index.prepare(texts[0])
    assert prepared is not None
    index.score_all(prepared)  # indexes every text for its scores
    full = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert plain / len(texts) < 300
    assert full / len(texts) < 400

"""Streams of real instructions, two fifths of them edited copies, and a reference that decides as rouge-score does.

The reference asks rouge-score about every pair that another engine (rapidfuzz's Indel similarity, over the whole pool)
puts anywhere near the threshold.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Indel
from rouge_score.rouge_scorer import RougeScorer

from evaluators.novelty.rouge_l import THRESHOLD, RougeLFilter
from evaluators.tokens import is_spaceless, tokenize

COPIES = 0.4
NEAR = 0.65  # by another arithmetic; rouge-score differs from it in the last bits only
Decision = tuple[float, int] | None  # similarity and position of the nearest text that is too like


class Tokens:
    """A tokenizer of ours, as rouge-score takes one."""

    def __init__(self, scheme: str) -> None:
        self.scheme = scheme

    def tokenize(self, text: str) -> list[str]:
        return tokenize(text, self.scheme)


class Reference:
    """A pool that is compared pair by pair."""

    def __init__(self, scheme: str) -> None:
        # For the ASCII scheme, rouge-score's own tokenizer
        options: dict[str, Any] = {} if scheme == "rouge_score" else {"tokenizer": Tokens(scheme)}
        self.scorer: Any = RougeScorer(["rougeL"], **options)  # type: ignore[no-untyped-call, unused-ignore]
        self.scheme = scheme
        self.codes: dict[str, str] = {}
        self.pool: list[str] = []
        self.texts: list[str] = []

    def encode(self, text: str) -> str:
        tokens = tokenize(text, self.scheme)
        return "".join([self.codes.setdefault(token, chr(0x20000 + len(self.codes))) for token in tokens])

    def add(self, text: str) -> None:
        self.pool.append(self.encode(text))
        self.texts.append(text)

    def score(self, text: str, position: int) -> float:
        similarity: float = self.scorer.score(self.texts[position], text)["rougeL"].fmeasure
        return similarity

    def decide(self, text: str) -> Decision:
        """Return the nearest, where it is above the threshold; the earliest on a tie."""
        if not self.pool:
            return None
        rough = process.cdist([self.encode(text)], self.pool, scorer=Indel.normalized_similarity, dtype=np.float32)[0]
        scores = [(self.score(text, position), -position) for position in np.flatnonzero(rough >= NEAR).tolist()]
        similarity, position = max(scores, default=(0.0, 0))
        return (similarity, -position) if similarity > THRESHOLD else None


def decide(index: RougeLFilter, prepared: Any) -> Decision:
    neighbour = index.nearest(prepared, above=index.threshold)
    return (neighbour.similarity, int(neighbour.id)) if neighbour else None


def edit(text: str, others: Sequence[str], rng: random.Random, scheme: str = "rouge_score") -> str:
    """Return the text with one to four words (or spaceless characters) dropped, put in or exchanged."""
    spaced = not any(is_spaceless(token) for token in tokenize(text, scheme)[:3])
    parts = text.split() if spaced else list(text)
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(parts) + 1)
        other = rng.choice(others)
        word = rng.choice(other.split() if spaced else list(other)) if other.split() else "x"
        parts[place : place + rng.randint(0, 1)] = [word] * rng.randint(0, 1)
    return (" " if spaced else "").join(parts)


def make_stream(texts: Sequence[str], count: int, scheme: str) -> list[str]:
    rng = random.Random(f"stress {scheme}")
    stream = rng.sample(texts, count)
    return [edit(rng.choice(stream), texts, rng, scheme) if rng.random() < COPIES else text for text in stream]


def count_differences(texts: Sequence[str], count: int, scheme: str) -> dict[str, int]:
    """Return what a stream of `count` came to: decisions, rejections, nearest at exactly the threshold, differences."""
    index, reference = RougeLFilter(scheme=scheme), Reference(scheme)
    found = dict.fromkeys(("decisions", "rejected", "ties", "differences"), 0)
    for text in make_stream(texts, count, scheme):
        prepared = index.prepare(text)
        if prepared is None:
            continue
        decision, nearest = decide(index, prepared), index.nearest(prepared)
        found["decisions"] += 1
        found["rejected"] += decision is not None
        found["ties"] += nearest is not None and abs(nearest.similarity - THRESHOLD) < 1e-9
        found["differences"] += decision != reference.decide(text)
        if decision is None:
            index.add(str(len(index)), text, prepared)
            reference.add(text)
    return found

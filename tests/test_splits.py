"""Families stay whole, wherever their records stand, and the shares are kept as far as that allows."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.errors import ConfigError
from generator.export.splits import Families, assign, read_splits
from generator.types import Example, Lineage
from tests.export_rig import make_example

IDS = st.integers(0, 30).map(str)
LINKS = st.lists(st.tuples(IDS, st.lists(IDS, max_size=3), st.lists(IDS, max_size=2)), min_size=1, max_size=40)


def make(key: str, parents: list[str], seeds: list[str], text: str = "") -> Example:
    lineage = Lineage(recipe="evol_instruct", parents=tuple(parents), seeds=tuple(seeds))
    return make_example(id=key, instruction=text or f"task {key}", lineage=lineage)


def find_splits(examples: list[Example], shares: dict[str, float], seed: int = 0) -> dict[str, str]:
    families = Families()
    for example in examples:
        families.add(example)
    assignment = assign(families, shares, seed)
    return {example.id: assignment.find(example) for example in examples}


@settings(max_examples=100, deadline=None)
@given(LINKS, st.randoms(use_true_random=False))
def test_no_chain_of_kin_is_cut_and_order_does_not_matter(
    links: list[tuple[str, list[str], list[str]]], rng: random.Random
) -> None:  # fmt: skip
    examples = [make(*link) for link in {link[0]: link for link in links}.values()]
    shares = {"train": 0.7, "test": 0.3}
    try:
        found = find_splits(examples, shares)
    except ConfigError:
        shares = {"all": 1.0}
        found = find_splits(examples, shares)
    sides: dict[str, set[str]] = {}
    for example in examples:  # the same names on both sides, through records or without
        for name in (example.id, *example.lineage.parents, *example.lineage.seeds):
            sides.setdefault(name, set()).add(found[example.id])
    assert all(len(side) == 1 for side in sides.values())
    assert set(found.values()) == set(shares)
    shuffled = list(examples)
    rng.shuffle(shuffled)
    assert find_splits(shuffled, shares) == found


def test_equal_tasks_are_kin() -> None:
    examples = [make(str(n), [], [], text=f"task {n % 10}") for n in range(100)]
    found = find_splits(examples, {"train": 0.5, "test": 0.5})
    assert all(found[str(n)] == found[str(n % 10)] for n in range(100))


def test_shares_are_kept_and_the_seed_decides() -> None:
    examples = [make(str(n), [], [f"seed {n // 4}"]) for n in range(1000)]
    draws = [find_splits(examples, {"train": 0.8, "test": 0.1, "dev": 0.1}, seed) for seed in range(3)]
    assert [Counter(draw.values()) for draw in draws] == [Counter({"train": 800, "test": 100, "dev": 100})] * 3
    assert draws[0] != draws[1]
    assert draws[0] == find_splits(examples[::-1], {"train": 0.8, "test": 0.1, "dev": 0.1}, 0)


def test_one_family_cannot_be_split() -> None:
    examples = [make(str(n), [str(n - 1)], []) for n in range(9)]
    with pytest.raises(ConfigError, match="1 family"):
        find_splits(examples, {"train": 0.5, "test": 0.5})


def test_a_small_split_is_not_empty() -> None:
    examples = [make(str(n), [], [f"seed {n // 50}"]) for n in range(200)]
    for seed in range(10):
        assert set(find_splits(examples, {"train": 0.99, "test": 0.01}, seed).values()) == {"train", "test"}


def test_shares_are_read() -> None:
    assert read_splits("train=0.9, test=0.1") == {"train": 0.9, "test": 0.1}
    for wrong in ("train", "train=1,test=0", "train=x", "a b=1", "train=0.5,test=0.6", ""):
        with pytest.raises(ConfigError, match="--split"):
            read_splits(wrong)

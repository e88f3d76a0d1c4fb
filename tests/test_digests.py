"""Digests and ids: the same over runs, machines and versions, and another one for anything that differs."""

from __future__ import annotations

from generator.types import make_digest, make_id


def test_a_digest_knows_no_order_of_keys_and_every_difference() -> None:
    assert make_digest({"a": 1, "b": [2, "数"]}) == make_digest({"b": [2, "数"], "a": 1})
    seen = [
        make_digest(*parts)
        for parts in ((), ("",), ("a", "b"), ("ab",), ("b", "a"), (["a", "b"],), (1,), ("1",), (None,))
    ]
    assert len(set(seen)) == len(seen)
    assert make_digest("\ud800") != make_digest("\ud801")


def test_ids_are_those_of_earlier_versions() -> None:
    assert make_digest("Name a river.", {"draw": 0}) == (
        "402abebbd2928412350b0a8ef36ff9b0c82c63c91e4f0469f5696143f830a4e7"
    )
    assert make_id("Name a river.", {"draw": 0}) == "402abebbd2928412"

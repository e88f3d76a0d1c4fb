"""Everything concrete is reachable from the catalog, and what it names is there and fits its protocol."""

from __future__ import annotations

import pytest

from generator import catalog
from generator.catalog import BACKENDS, CRITICS, FILTERS, PROPOSERS, VERIFIERS
from generator.errors import ReplyError
from generator.types import Check

TABLES = (BACKENDS, CRITICS, FILTERS, PROPOSERS, VERIFIERS, {"language": catalog.LANGUAGE_IDENTIFIER})


@pytest.mark.parametrize("reference", [reference for table in TABLES for reference in table.values()])
def test_an_entry_loads(reference: str) -> None:
    assert callable(catalog.load(reference))


@pytest.mark.parametrize("name", sorted(FILTERS))
def test_a_filter_finds_what_was_added_and_refuses_what_it_cannot_measure(name: str) -> None:
    one = catalog.load(FILTERS[name])()
    text = "Name three rivers that cross a border in Europe."
    one.add("a", text, one.prepare(text))
    found = one.nearest(one.prepare(text))
    assert (found.id, found.similarity, found.text) == ("a", 1.0, text)
    assert one.nearest(one.prepare(text), since=1) is None
    assert one.prepare("?!…") is None
    assert len(one) == 1


def test_the_verifier_decides_and_refuses_unknown_kinds() -> None:
    verifier = catalog.make_verifier()
    assert verifier.verify(Check(kind="min_words", params={"count": 2}), "two words", "")
    assert not verifier.verify(Check(kind="min_words", params={"count": 3}), "two words", "")
    with pytest.raises(ReplyError):
        verifier.verify(Check(kind="no such kind"), "text", "")

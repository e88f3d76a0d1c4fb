"""A pool that other runs fill too: what it answers is kept, and a run over what was kept is the same run again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluators.novelty.shingles import compute_jaccard, list_shingles
from generator.against.shared import Answers, SharedPool
from generator.config import make_config
from generator.errors import ConfigError
from generator.types import Neighbour

TEXT = "Describe how a tide forms in two short sentences for a child of eight."
TWIN = TEXT + " Please."


class Shelf:
    """Stands for the pool in Redis: a dictionary that others may write to, or take away."""

    name = "shelf"

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.asked = 0
        self.away = False

    def find(self, text: str, owner: str) -> Neighbour | None:
        self.asked += 1
        for key, other in sorted(self.texts.items()):
            similarity = compute_jaccard(list_shingles(text), list_shingles(other))
            if similarity > 0.7 and not key.startswith(f"{owner}/"):
                return Neighbour(key, similarity, other)
        return None

    def add(self, text: str, key: str, owner: str) -> Neighbour | None:
        found = self.find(text, owner)
        if found is None:
            self.texts[f"{owner}/{key}"] = text
        return found

    def restore(self, texts: dict[str, str], owner: str) -> None:
        self.texts |= {f"{owner}/{key}": text for key, text in texts.items()}

    def has_been_away(self) -> bool:
        away, self.away = self.away, False
        return away


def share(shelf: Shelf, room: Path, name: str = "run") -> SharedPool:
    return SharedPool(shelf, Answers(room / f"{name}.jsonl"))  # type: ignore[arg-type]


def test_of_two_runs_the_faster_keeps_a_text(tmp_path: Path) -> None:
    shelf = Shelf()
    first, second = share(shelf, tmp_path, "first"), share(shelf, tmp_path, "second")
    assert first.decide("a", TEXT) is None
    assert second.decide("b", TWIN) is None  # nobody has put it in yet
    assert first.add("a", TEXT) is None
    found = second.add("b", TWIN)
    assert found is not None
    assert (found.reason, found.source, found.neighbour.text) == ("against", "shared pool shelf", TEXT)
    assert found.describe()["record"].endswith("/a")
    assert list(shelf.texts.values()) == [TEXT]


def test_an_answer_once_given_stays_whatever_others_put_in(tmp_path: Path) -> None:
    shelf = Shelf()
    pool = share(shelf, tmp_path)
    assert pool.decide("a", TEXT) is None
    assert pool.add("a", TEXT) is None
    shelf.texts["other/x"] = TWIN
    again = share(shelf, tmp_path)
    asked = shelf.asked
    assert again.foresee("a", TEXT) is None
    assert again.decide("a", TEXT) is None
    assert again.add("a", TEXT) is None
    assert shelf.asked == asked
    assert again.decide("c", TWIN) is not None


def test_a_rejection_is_kept_with_its_evidence_when_what_it_was_like_is_gone(tmp_path: Path) -> None:
    shelf = Shelf()
    shelf.texts["other/x"] = TWIN
    found = share(shelf, tmp_path).decide("a", TEXT)
    shelf.texts.clear()
    assert found is not None
    assert share(shelf, tmp_path).decide("a", TEXT) == found


def test_ones_own_texts_are_no_neighbours(tmp_path: Path) -> None:
    shelf = Shelf()
    assert share(shelf, tmp_path).add("a", TEXT) is None
    assert share(shelf, tmp_path).foresee("b", TEXT) is None  # another candidate of the same run: its own pool's matter
    assert share(shelf, tmp_path, "other").foresee("b", TEXT) is not None


def test_what_a_server_forgot_while_it_was_away_is_put_in_again(tmp_path: Path) -> None:
    shelf = Shelf()
    pool = share(shelf, tmp_path)
    pool.add("a", TEXT)
    shelf.texts.clear()
    shelf.away = True
    pool.foresee("b", "Name the longest river of South America and where it ends.")
    assert list(shelf.texts.values()) == [TEXT]
    shelf.texts.clear()
    share(shelf, tmp_path).add("a", TEXT)  # a run that goes on sees to it as well
    assert list(shelf.texts.values()) == [TEXT]


def test_a_torn_last_answer_is_asked_for_again(tmp_path: Path) -> None:
    shelf = Shelf()
    pool = share(shelf, tmp_path)
    pool.decide("a", TEXT)
    pool.decide("b", TEXT)
    path = tmp_path / "run.jsonl"
    owner = json.loads(path.read_text().splitlines()[0])
    path.write_bytes(path.read_bytes()[:-7])
    asked = shelf.asked
    again = share(shelf, tmp_path)
    again.decide("a", TEXT)
    assert shelf.asked == asked
    again.decide("b", TEXT)
    assert shelf.asked == asked + 1
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines[0] == owner
    assert [line["id"] for line in lines[1:]] == ["a", "b"]


def test_a_damaged_answer_is_told_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "run.jsonl").write_text('{"owner": "x"}\n{"question": 1}\n')
    with pytest.raises(ConfigError, match=r"run\.jsonl:2: damaged"):
        Answers(tmp_path / "run.jsonl")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("redis://user:secret@127.0.0.1/0#x", "come from the environment"),
        ("http://127.0.0.1", "not an address of a Redis"),
        ("redis://127.0.0.1:99999/0", "not an address"),
        ("redis://127.0.0.1/first#x", "not an address"),
        ("redis://127.0.0.1/0#a b", "a pool's name"),
    ],
)
def test_an_address_that_will_not_do_is_refused(address: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        make_config({"novelty": {"minhash_storage": address}})


def test_a_shared_pool_is_part_of_what_a_data_set_is() -> None:
    address = "redis://127.0.0.1:6379/0#team"
    assert (
        make_config({"novelty": {"minhash_storage": address}}).describe_identity()["novelty.minhash_storage"] == address
    )

"""Semantic novelty: exact, the same one by one and by batches, and in a run the same whatever the concurrency."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.embedding.vectors import Vectors, normalise
from evaluators.novelty import semantic
from evaluators.novelty.exact import ExactFilter
from evaluators.novelty.rouge_l import RougeLFilter
from evaluators.novelty.semantic import SemanticFilter
from generator.errors import ConfigError
from generator.pool import Pool
from generator.types import Example, Lineage
from tests.command_line import Room
from tests.embedding_server import serve_embeddings


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Room:
    return Room(tmp_path, monkeypatch, capsys)


class Letters:
    """An embedder for tests: a text is its counts of letters. Counts what it was asked."""

    name = "letters/26"
    languages: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.threads: set[int] = set()

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        self.threads.add(threading.get_ident())
        return normalise(np.array([[text.count(chr(97 + n)) for n in range(26)] for text in texts], dtype=np.float32))


def make_filter(threshold: float = 0.9) -> SemanticFilter:
    return SemanticFilter(Letters(), threshold)


WORDS = st.text(alphabet="abcde", min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, max_size=30), st.lists(WORDS, min_size=1, max_size=5), st.integers(0, 5), st.floats(0, 1))
def test_the_nearest_is_the_true_one(pool: list[str], queries: list[str], since: int, above: float) -> None:
    one = make_filter()
    for number, text in enumerate(pool):
        one.add(str(number), text, one.prepare(text))
    prepared = [one.prepare(text) for text in queries]
    found = one.nearest_many(prepared, since, above)
    assert found == [one.nearest(vector, since, above) for vector in prepared]
    for vector, nearest in zip(prepared, found, strict=True):
        assert vector is not None
        scores = [round(float(vector.astype(float) @ one.prepare(text).astype(float)), 4) for text in pool[since:]]
        best = max(scores, default=0.0)
        if best > above:
            assert nearest is not None
            assert (nearest.similarity, nearest.id) == (min(best, 1.0), str(since + scores.index(best)))
            assert (nearest.text, nearest.by) == (pool[int(nearest.id)], "letters/26")
        else:
            assert nearest is None


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(5)
    texts = ["".join(draw.choice(list("abcdefgh"), 5)) for _ in range(100)]
    found = []
    for block in (3, 8192):
        monkeypatch.setattr(semantic, "BLOCK", block)
        one = make_filter()
        for number, text in enumerate(texts):
            one.add(str(number), text, one.prepare(text) if number % 7 else None)
        found.append([one.nearest(one.prepare(text), since) for since in (0, 10, 99) for text in texts])
    assert found[0] == found[1]


def test_what_has_no_letter_is_refused_and_a_threshold_is_checked() -> None:
    assert make_filter().prepare("?!") is None
    with pytest.raises(ConfigError):
        make_filter(0.0)


def test_exact_is_the_same_but_for_case_width_and_space() -> None:
    one = ExactFilter()
    for key, text in (("a", "Write  a\tpoem."), ("b", "ＡＢＣ"), ("c", "write a poem."), ("d", "Straße")):
        one.add(key, text, one.prepare(text))
    found = {text: one.nearest(one.prepare(text)) for text in ("WRITE A POEM.", "abc", "STRASSE", "Write a poem")}
    assert {text: nearest and nearest.id for text, nearest in found.items()} == {
        "WRITE A POEM.": "a", "abc": "b", "STRASSE": "d", "Write a poem": None
    }  # fmt: skip
    later = one.nearest(one.prepare("write a poem."), since=1)
    assert later is not None
    assert (later.id, later.similarity) == ("c", 1.0)
    assert one.prepare(" \u200b ") is None


def make_example(key: str, text: str) -> Example:
    return Example(id=key, instruction=text, lineage=Lineage(recipe="test"))


def test_the_pool_embeds_only_what_cheap_filters_let_pass_and_not_in_the_loop() -> None:
    embedder = Letters()
    pool = Pool([RougeLFilter()], RougeLFilter, None, [SemanticFilter(embedder, 0.9)])
    pool.add_seeds([make_example("s", "abc def ghi")])
    embedder.asked.clear()
    embedder.threads.clear()

    async def look(text: str) -> Any:
        probe = await pool.prepare(text)
        assert probe is not None
        return probe, pool.look(probe)

    async def go() -> None:
        _, alike = await look("abc def ghi jkl")
        assert (alike.filter, embedder.asked) == ("rouge_l", [])
        probe, alike = await look("fed cba ihg")
        assert (alike.filter, alike.neighbour.similarity) == ("semantic", 1.0)
        assert alike.describe()["embedder"] == "letters/26"
        assert threading.get_ident() not in embedder.threads
        probe, alike = await look("xyz uvw")
        assert alike is None
        pool.add(make_example("m", "xyz uvw"), probe)
        _, alike = await look("wvu zyx")
        assert (alike.filter, alike.neighbour.id) == ("semantic", "m")
        probe, alike = await look("123 456")  # letters alone are counted: this text cannot be measured
        assert (alike, probe.is_unmeasurable) == (None, True)

    asyncio.run(go())


def test_a_run_is_the_same_whatever_the_concurrency(room: Room) -> None:
    pytest.importorskip("sklearn", reason="the extra [semantic] is not installed")
    room.write("c.toml", '[novelty]\nsemantic = 0.8\nembedder = "tfidf"\n')
    for name, concurrency in (("one", "1"), ("many", "32")):
        ended = room.call(
            "evolve", "seeds.jsonl", "--rounds", "3", "--run", name, "--config", "c.toml", "--backend", "embedded",
            "--concurrency", concurrency, "--json",
        )  # fmt: skip
        assert ended.status == 0, ended.err
    for file in ("dataset.jsonl", "rejects.jsonl"):
        assert (room.path / "runs/one" / file).read_bytes() == (room.path / "runs/many" / file).read_bytes()
    records = room.read_lines("one")
    assert all(record["scores"]["novelty.embedder"].startswith("tfidf/512/") for record in records)
    assert all(0 < record["scores"]["novelty.semantic"] <= 0.8 for record in records)


def test_a_run_that_cannot_embed_spends_nothing(room: Room) -> None:
    room.write("c.toml", '[novelty]\nsemantic = 0.8\nembedder = "server"\n')
    ended = room.call("evolve", "seeds.jsonl", "--run", "r", "--config", "c.toml", "--backend", "embedded", "--json")
    assert ended.status == 2
    assert "model" in ended.json["error"] or "OPENAI_API_KEY" in ended.json["error"]
    assert not (room.path / "runs").exists()


def test_a_run_that_goes_on_asks_the_server_of_embeddings_nothing_again(room: Room) -> None:
    with serve_embeddings() as log:
        novelty = f'[novelty]\nsemantic = 0.95\nembedder_model = "m"\nembedder_base_url = "{log.url}"\n'
        room.write("c.toml", novelty)
        arguments = ("evolve", "seeds.jsonl", "--run", "r", "--config", "c.toml", "--backend", "embedded", "--json")
        assert room.call(*arguments, "--rounds", "2").status == 0
        asked = len(log.texts)
        before = (room.path / "runs/r/dataset.jsonl").read_bytes()
        assert room.call(*arguments, "--rounds", "2").status == 0
        assert (room.path / "runs/r/dataset.jsonl").read_bytes() == before
        assert len(log.texts) == asked == len(set(log.texts))
        assert room.call(*arguments, "--rounds", "3").status == 0
        assert (room.path / "runs/r/dataset.jsonl").read_bytes().startswith(before)
        assert len(log.texts) == len(set(log.texts))
    records = room.read_lines("r")
    assert {record["scores"]["novelty.embedder"] for record in records} == {"m/8"}

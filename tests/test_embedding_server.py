"""Vectors from a server: paid for once, in order, of length 1, and honest about every fault."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evaluators.embedding.server import BATCH, TRIES, ServerEmbedder
from evaluators.embedding.store import VectorStore
from evaluators.novelty.semantic import SemanticFilter
from generator.errors import BackendGoneError, BackendSetupError, ConfigError, RefusedError
from tests.embedding_server import DIMENSIONS, Log, embed, make_reply, serve_embeddings

TEXTS = [f"text number {number}" for number in range(2 * BATCH + 3)]


def connect(log: Log, store: Path | None = None, waits: list[float] | None = None) -> ServerEmbedder:
    kept = VectorStore(store) if store else None
    return ServerEmbedder("m", log.url, store=kept, sleep=(waits if waits is not None else []).append)


def test_texts_go_in_batches_and_come_back_in_order_at_length_one() -> None:
    with serve_embeddings(shuffled=True) as log:
        embedder = connect(log)
        vectors = embedder.embed([*TEXTS, TEXTS[0]])
        embedder.close()
    wanted = np.array([embed(text) for text in [*TEXTS, TEXTS[0]]])
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    assert vectors.dtype == np.float32
    assert np.abs(vectors - wanted).max() < 1e-6
    assert [len(batch) for batch in log.asked] == [1, BATCH, BATCH, 3]  # the probe first; a repeat is asked for once
    assert embedder.name == f"m/{DIMENSIONS}"
    assert embedder.embed([]).shape == (0, DIMENSIONS)


def test_what_was_answered_is_never_asked_for_again(tmp_path: Path) -> None:
    def fail_in_the_end(number: int, texts: list[str]) -> tuple[int, dict[str, str], bytes] | None:
        return (401, {}, b"no") if number == 3 else None

    with serve_embeddings(fail_in_the_end) as log:
        embedder = connect(log, tmp_path / "vectors.sqlite")
        with pytest.raises(BackendSetupError):
            embedder.embed(TEXTS)
        embedder.close()
        again = connect(log, tmp_path / "vectors.sqlite")
        assert again.embed(TEXTS).shape == (len(TEXTS), DIMENSIONS)
        again.close()
        assert len(log.asked) == 5  # probe, two batches, the one that failed, and that one again
        assert log.asked[3] == log.asked[4] == TEXTS[2 * BATCH :]


def test_what_may_work_later_is_tried_again_and_never_before_the_server_says() -> None:
    answers = [
        (503, {}, b""),
        (429, {"retry-after": "7"}, b""),
        (200, {}, b"no JSON"),
        (200, {}, make_reply(["a", "b"])),
    ]

    with serve_embeddings(lambda number, texts: answers[number] if number < len(answers) else None) as log:
        waits: list[float] = []
        connect(log, waits=waits).close()
    assert waits == [0.5, 7.0, 2.0, 4.0]


def test_a_server_that_stays_away_is_given_up() -> None:
    with serve_embeddings(lambda number, texts: (500, {}, b"") if number else None) as log:
        waits: list[float] = []
        embedder = connect(log, waits=waits)
        with pytest.raises(BackendGoneError, match="500"):
            embedder.embed(["a"])
        embedder.close()
    assert len(log.asked) == 1 + TRIES
    assert len(waits) == TRIES - 1


def test_a_server_that_wants_to_be_left_alone_for_long_is_given_up_at_once() -> None:
    with serve_embeddings(lambda number, texts: (429, {"retry-after": "3600"}, b"busy") if number else None) as log:
        waits: list[float] = []
        embedder = connect(log, waits=waits)
        with pytest.raises(BackendGoneError, match=r"busy.*wants to be asked in 3600 s"):
            embedder.embed(["a"])
        embedder.close()
    assert waits == []


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_wrong_key_or_address_shows_at_once(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    with serve_embeddings(lambda number, texts: (status, {}, b"the key sk-secret is not known")) as log:
        with pytest.raises(BackendSetupError) as error:
            connect(log)
        assert len(log.asked) == 1
        assert log.headers[0]["authorization"] == "Bearer sk-secret"
    assert "sk-secret" not in str(error.value)


def test_nothing_at_the_address_and_no_key_and_no_model_are_the_users_faults() -> None:
    with serve_embeddings() as log:
        pass
    with pytest.raises(BackendSetupError, match=r"127\.0\.0\.1"):
        connect(log)
    with pytest.raises(ConfigError, match="OPENAI_API_KEY"):
        ServerEmbedder("m", "https://example.org/v1")
    with pytest.raises(ConfigError, match="model"):
        ServerEmbedder(None, log.url)
    with pytest.raises(ConfigError, match="address"):
        ServerEmbedder("m", "nonsense")


def test_vectors_of_another_model_are_not_mixed_in() -> None:
    rows = b'{"data": [{"index": 0, "embedding": [1, 2]}]}'
    with serve_embeddings(lambda number, texts: (200, {}, rows) if number else None) as log:
        embedder = connect(log)
        with pytest.raises(BackendSetupError, match="2 numbers"):
            embedder.embed(["a"])
        embedder.close()


def test_one_text_that_is_refused_leaves_the_others_alone() -> None:
    def refuse_long(number: int, texts: list[str]) -> tuple[int, dict[str, str], bytes] | None:
        return (400, {}, b"too long") if any(len(text) > 50 for text in texts) else None

    with serve_embeddings(refuse_long) as log:
        embedder = connect(log)
        one = SemanticFilter(embedder, 0.9)
        long = "x" * 51
        prepared = one.prepare_many(["a", "b", long, "c", "?!"])
        assert [vector is not None for vector in prepared] == [True, True, False, True, False]
        with pytest.raises(RefusedError):
            embedder.embed([long])
        embedder.close()


def test_a_damaged_store_is_named(tmp_path: Path) -> None:
    (tmp_path / "v.sqlite").write_bytes(b"something else" * 500)
    with pytest.raises(ConfigError, match=r"v\.sqlite"):
        VectorStore(tmp_path / "v.sqlite")

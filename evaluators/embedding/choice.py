"""Which embedder reads a text, by its language; and from which cosine similarity on it calls two texts too alike.

An English sentence model says next to nothing about other languages: it gives two unrelated Chinese instructions a
cosine of 0.58 in the median, more than it gives two English paraphrases of each other that share no word. So it is used
where every text is in a language of its own; else character n-grams are, which read any script.

Source of the thresholds: SemDeDup (Abbas et al. 2023, arXiv:2303.09540) and DEITA's filter (Liu et al. 2023,
arXiv:2312.15685, section 2.3: a cosine of 0.9) for sentence models; the calibration in docs/novelty.md for both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

Embedding = Literal["auto", "minilm", "tfidf", "server"]

MINILM_LANGUAGES = frozenset({"en"})  # what all-MiniLM-L6-v2 was trained on

# The highest cosine similarity that is still novel. `server`: of the model nothing is known; DEITA's holds for many.
THRESHOLDS: Mapping[str, float] = {"minilm": 0.9, "tfidf": 0.8, "server": 0.9}


def choose_embedder(languages: Collection[str], wanted: Embedding = "auto", *, has_server: bool = False) -> str:
    """Return the embedder for texts in these languages (ISO 639-1): `minilm`, `tfidf` or `server`.

    `auto` is the server where one is named; else MiniLM where it knows every one of the languages, and there is one;
    else TF-IDF. What is asked for by name is what there is.
    """
    if wanted != "auto":
        return wanted
    if has_server:
        return "server"
    bases = {language.partition("-")[0] for language in languages}
    return "minilm" if bases and bases <= MINILM_LANGUAGES else "tfidf"

"""Shingles: a text as the set of its short runs of words or characters, and how alike two such sets are.

Source: Broder 1997, "On the resemblance and containment of documents" (shingles, resemblance).
Deviations: the width goes by script, so that a shingle holds about as much in Chinese as in English.
"""

from __future__ import annotations

from functools import lru_cache

from evaluators.tokens import is_spaceless, tokenize

WORD_SHINGLE = 3  # word 3-grams: of the same grain as what separates two instructions
CHARACTER_SHINGLE = 5  # characters, in scripts without spaces: about three words; a word among them counts as one
CACHED_SHINGLES = 2048  # sets of hits kept: families of like instructions are hit again and again

Shingles = frozenset[str]


def list_shingles(text: str) -> Shingles:
    """Return the shingles of a text: word 3-grams, or character 5-grams where most tokens are spaceless characters.

    A text shorter than one shingle is one shingle of itself; a text without a token has none.
    """
    tokens = tokenize(text)
    if not text.isascii():
        spaceless = list(map(is_spaceless, tokens))
        if 2 * sum(spaceless) > len(tokens):
            return _list_character_shingles(tokens, spaceless)
    if len(tokens) <= WORD_SHINGLE:
        return frozenset([" ".join(tokens)] if tokens else ())
    # as many times the tokens as `WORD_SHINGLE` says, written out: this is done for every text
    return frozenset(map(" ".join, zip(tokens, tokens[1:], tokens[2:], strict=False)))


def _list_character_shingles(tokens: list[str], spaceless: list[bool]) -> Shingles:
    """Return the runs of `CHARACTER_SHINGLE` tokens; `spaceless` says which of them are characters."""
    if not all(spaceless):
        tokens = [token if is_one else f" {token} " for token, is_one in zip(tokens, spaceless, strict=True)]
    if len(tokens) <= CHARACTER_SHINGLE:
        return frozenset(["".join(tokens)])
    return frozenset(map("".join, zip(tokens, tokens[1:], tokens[2:], tokens[3:], tokens[4:], strict=False)))


@lru_cache(maxsize=CACHED_SHINGLES)
def recall_shingles(text: str) -> Shingles:
    """Return the shingles of a text that was hit: made again, so that a pool need not hold them."""
    return list_shingles(text)


def compute_jaccard(first: Shingles, second: Shingles) -> float:
    """Return the Jaccard similarity of two sets, 0 to 1, exactly; 0 where one is empty."""
    shared = len(first & second)
    return shared / (len(first) + len(second) - shared) if shared else 0.0

"""The character n-grams of a text in any script: what TF-IDF counts.

In a script written without spaces a character says about what a word says elsewhere, so that there one and two of them
are counted; in words two to four letters, with the word's ends marked. A word among such characters is a name or a term
and counts once, whole: in pieces it would outweigh all that is said about it ("Python" has twelve pieces).

Source: character n-grams within words, as scikit-learn's `char_wb`; lengths chosen by the calibration in docs/novelty.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from evaluators.tokens import is_spaceless, tokenize

SPACELESS_GRAMS = (1, 2)
WORD_GRAMS = (2, 3, 4)


def list_grams(text: str) -> list[str]:
    """Return the n-grams of a text, repeats included; empty where it has no letter and no digit."""
    stretches = list(_list_stretches(text))
    mixed = any(spaceless for _, spaceless in stretches)
    grams: list[str] = []
    for stretch, spaceless in stretches:
        if mixed and not spaceless:
            grams.append(stretch)
            continue
        for size in SPACELESS_GRAMS if spaceless else WORD_GRAMS:
            grams += [stretch[start : start + size] for start in range(len(stretch) - size + 1)]
    return grams


def _list_stretches(text: str) -> Iterator[tuple[str, bool]]:
    """Yield words between spaces, and stretches of spaceless characters as they are."""
    stretch: list[str] = []
    for token in tokenize(text):
        if is_spaceless(token):
            stretch.append(token)
            continue
        if stretch:
            yield "".join(stretch), True
            stretch = []
        yield f" {token} ", False
    if stretch:
        yield "".join(stretch), True

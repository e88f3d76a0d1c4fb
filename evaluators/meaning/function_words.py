"""A second look at the language of a short text, where character statistics are easily wrong.

Source: the commonest function words of each language; our own lists.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

SHORT = 80  # characters: beyond, the identifier is right nearly always
WORDS: Mapping[str, frozenset[str]] = {
    "en": frozenset("the a an of and or to in on is are for with without at from by that this you your please what why how which".split()),
    "de": frozenset("der die das den dem des ein eine einen einem und oder zu im in auf ist sind für mit ohne von nicht bitte was wie warum".split()),
    "fr": frozenset("le la les l des un une et ou de du d en au aux à est sont pour avec sans dans qui que vous ne pas quel quelle pourquoi".split()),
    "es": frozenset("el la los las un una y o de del en al a es son para con sin por que no tu su qué cuál cómo".split()),
}  # fmt: skip


def is_likelier(text: str, expected: str, found: str) -> bool:
    """Say whether the words of a short text speak for the expected language rather than for the one that was found."""
    if len(text) > SHORT or expected not in WORDS or found not in WORDS or expected == found:
        return False
    words = set(re.findall(r"[^\W\d_]+", text.casefold()))
    return len(words & WORDS[expected]) > len(words & WORDS[found])

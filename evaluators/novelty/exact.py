"""Exact duplicates: texts that are the same but for case, white space, compatibility forms and invisible characters.

Punctuation counts. Texts are compared by a digest of 128 bits, so that a million of them take no second look.

Source: Unicode NFKC (UAX #15) and case folding; that exact duplicates go first is usual in the field.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence

from evaluators.tokens import INVISIBLE
from generator.types import Neighbour

DIGEST_BYTES = 16
ZERO_WIDTH_SPACE = "\u200b"  # it parts words, as a space does


def normalise_text(text: str) -> str:
    """Return what two texts must share to be the same: NFKC, case folded, white space as single spaces."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", INVISIBLE.sub("", text.replace(ZERO_WIDTH_SPACE, " "))).casefold()
        text = unicodedata.normalize("NFKC", text)  # folding may undo it
    return " ".join(text.casefold().split())


class ExactFilter:
    """Finds an earlier text that is the same. Every text can be measured that is not empty."""

    name = "exact"
    threshold = 0.0  # the same or not

    def __init__(self) -> None:
        """Start empty."""
        self._keys: list[str] = []
        self._texts: list[str] = []
        self._positions: dict[bytes, int | list[int]] = {}  # a list only where a text was added again

    def __len__(self) -> int:
        """Count the texts."""
        return len(self._texts)

    def prepare(self, text: str) -> bytes | None:
        """Return the digest of the text; None where nothing is left of it."""
        text = normalise_text(text)
        return (
            hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).digest() if text else None
        )

    def prepare_many(self, texts: Sequence[str]) -> list[bytes | None]:
        """Return the same for several texts."""
        return [self.prepare(text) for text in texts]

    def add(self, key: str, text: str, prepared: bytes | None) -> None:
        """Append a text."""
        position = len(self._texts)
        self._keys.append(key)
        self._texts.append(text)
        if prepared is None:
            return
        held = self._positions.setdefault(prepared, position)
        if isinstance(held, list):
            held.append(position)
        elif held != position:
            self._positions[prepared] = [held, position]

    def nearest(self, prepared: bytes, since: int = 0, above: float = 0.0) -> Neighbour | None:
        """Return the earliest same text among the positions `since`…; None where there is none (or `above` is 1)."""
        held = self._positions.get(prepared, [])
        found = next((at for at in (held if isinstance(held, list) else [held]) if at >= since), None)
        return Neighbour(self._keys[found], 1.0, self._texts[found]) if found is not None and above < 1 else None

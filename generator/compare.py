"""Two versions of a data set against each other: what came, what went, what changed, and how the scores moved.

Records are matched by id (which a record keeps as long as it is made from the same) or by task. Both versions are read one
record at a time; of the first only digests and numbers are held, some 200 bytes a record.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from generator.types import Example, make_digest

FIELDS = ("instruction", "input", "response", "system", "history", "rejected", "language", "tags", "checks", "lineage")
QUANTILES = (0.1, 0.5, 0.9)
_NONE = math.nan  # a score that is not there
Match = Literal["id", "task"]


def digest_field(value: Any) -> int:
    """Return a digest of 64 bits of a field."""
    if isinstance(value, tuple):
        value = [one.model_dump(mode="json") for one in value]
    return int(make_digest(value.model_dump(mode="json") if hasattr(value, "model_dump") else value)[:16], 16)


def make_key(example: Example, match: Match) -> int:
    """Return a digest of 64 bits of what records are matched by."""
    if match == "id":
        return int(make_digest(example.id)[:16], 16)
    return int(make_digest(example.instruction, example.input)[:16], 16)


class Version:
    """What is held of the first version: digests of the fields and the scores, by place."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.place: dict[int, int] = {}
        self.fields = array("Q")
        self.scores: dict[str, array[float]] = {}
        self.repeated = 0

    def add(self, example: Example, match: Match) -> None:
        """Add a record; of several with one key the first counts."""
        key = make_key(example, match)
        if key in self.place:
            self.repeated += 1
            return
        self.place[key] = len(self.ids)
        for name, value in list_scores(example).items():
            column = self.scores.setdefault(name, array("d"))
            column.extend([_NONE] * (len(self.ids) - len(column)))
            column.append(value)
        self.ids.append(example.id)
        self.fields.extend(digest_field(getattr(example, name)) for name in FIELDS)

    def find_score(self, name: str, place: int) -> float:
        """Return a record's score, NaN where there is none."""
        column = self.scores.get(name)
        return column[place] if column is not None and place < len(column) else _NONE


def list_scores(example: Example) -> dict[str, float]:
    """Return the scores that are numbers."""
    return {
        name: float(score) for name, score in example.scores.items()
        if isinstance(score, int | float) and math.isfinite(score)
    }  # fmt: skip


def compare(
    old: Iterable[Example], new: Iterable[Example], match: Match = "id", observe: Callable[[], None] = lambda: None
) -> dict[str, Any]:
    """Return the difference, JSON-able: ids added, removed and changed, the fields that changed, scores by column."""
    before = Version()
    for example in old:
        observe()
        before.add(example, match)
    return _Comparison(before, match).read(new, observe)


class _Comparison:
    def __init__(self, before: Version, match: Match) -> None:
        self._before, self._match = before, match
        self._seen = bytearray(len(before.ids))
        self._fresh: set[int] = set()
        self._added: list[str] = []
        self._changed: dict[str, list[str]] = {}
        self._scores: dict[str, array[float]] = {}
        self._shifts: dict[str, array[float]] = {}
        self._repeated = 0

    def read(self, new: Iterable[Example], observe: Callable[[], None]) -> dict[str, Any]:
        for example in new:
            observe()
            self._take(example)
        return self._describe()

    def _take(self, example: Example) -> None:
        key = make_key(example, self._match)
        place = self._before.place.get(key)
        if key in self._fresh or (place is not None and self._seen[place]):
            self._repeated += 1
            return
        scores = list_scores(example)
        for name, value in scores.items():
            self._scores.setdefault(name, array("d")).append(value)
        if place is None:
            self._fresh.add(key)
            self._added.append(example.id)
            return
        self._seen[place] = 1
        at = place * len(FIELDS)
        digests = self._before.fields[at : at + len(FIELDS)]
        fields = [
            name for name, digest in zip(FIELDS, digests, strict=True) if digest_field(getattr(example, name)) != digest
        ]
        if fields:
            self._changed[example.id] = fields
        for name, value in scores.items():
            self._shifts.setdefault(name, array("d")).append(value - self._before.find_score(name, place))

    def _describe(self) -> dict[str, Any]:
        before = self._before
        removed = [key for key, seen in zip(before.ids, self._seen, strict=True) if not seen]
        common = sum(self._seen)
        names = sorted(before.scores.keys() | self._scores.keys())
        return {
            "records": {"old": len(before.ids), "new": common + len(self._added), "common": common},
            "repeated": {"old": before.repeated, "new": self._repeated},
            "added": self._added, "removed": removed, "changed": self._changed,
            "unchanged": common - len(self._changed),
            "fields": dict(Counter(name for fields in self._changed.values() for name in fields)),
            "scores": {name: self._describe_scores(name) for name in names},
        }  # fmt: skip

    def _describe_scores(self, name: str) -> dict[str, Any]:
        shifts = [shift for shift in self._shifts.get(name, ()) if not math.isnan(shift)]
        return {
            "old": summarise([score for score in self._before.scores.get(name, ()) if not math.isnan(score)]),
            "new": summarise(self._scores.get(name, array("d"))),
            "shift": summarise(shifts) | {
                "up": sum(shift > 0 for shift in shifts), "down": sum(shift < 0 for shift in shifts),
            },
        }  # fmt: skip


def summarise(values: Sequence[float]) -> dict[str, Any]:
    """Return count, mean and quantiles (linear between ranks) of numbers; null where there is none."""
    ordered = sorted(values)
    names = [f"p{round(100 * share)}" for share in QUANTILES]
    if not ordered:
        return {"count": 0, "mean": None, **dict.fromkeys(names)}
    quantiles = [find_quantile(ordered, share) for share in QUANTILES]
    return {
        "count": len(ordered),
        "mean": math.fsum(ordered) / len(ordered),
        **dict(zip(names, quantiles, strict=True)),
    }


def find_quantile(ordered: Sequence[float], share: float) -> float:
    """Return a quantile of sorted numbers, linear between the two nearest ranks."""
    at = share * (len(ordered) - 1)
    low = math.floor(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)

"""What an export could not carry: counted a record, said once. Nothing is left out in silence."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from typing import Any

from generator.conversation import BETWEEN
from generator.types import Example

EVERYTHING = frozenset({
    "id", "instruction", "input", "response", "system", "history", "rejected", "language", "tags", "scores", "lineage",
    "checks",
})  # fmt: skip


def list_held(example: Example) -> list[str]:
    """Return the fields that say something which the rest of the record does not.

    The id and lineage of a seed task follow from its text, so they are not lost where only the text is kept.
    """
    held = [
        name for name in ("input", "response", "system", "history", "rejected", "language", "tags", "scores", "checks")
        if getattr(example, name)
    ]  # fmt: skip
    if not example.tags.keys() - {BETWEEN} and "tags" in held:
        held.remove("tags")  # those turns go where the history goes
    return held if example.lineage.recipe == "seed" else ["id", *held, "lineage"]


class Tally:
    """Counts records, rows, and all that did not go into a row."""

    def __init__(self) -> None:
        self.records = 0
        self.rows = 0
        self.left_out: Counter[str] = Counter()
        self.joined: Counter[str] = Counter()
        self.replaced: Counter[str] = Counter()
        self.skipped: Counter[str] = Counter()

    def count(self, example: Example, carries: Collection[str], joins: Collection[str]) -> None:
        """Count a record, and which of its fields are not carried."""
        self.records += 1
        for name in list_held(example):
            if name in joins:
                self.joined[name] += 1
            elif name not in carries:
                self.left_out[name] += 1

    def skip(self, reason: str, count: int = 1) -> None:
        """Count records that give no row."""
        self.skipped[reason] += count

    def describe(self) -> dict[str, Any]:
        """Return the counts, JSON-able."""
        return {
            "records": self.records, "rows": self.rows, "left_out": dict(sorted(self.left_out.items())),
            "joined": dict(sorted(self.joined.items())), "replaced": dict(sorted(self.replaced.items())),
            "skipped": dict(sorted(self.skipped.items())),
        }  # fmt: skip

    def say(self) -> list[str]:
        """Return what is to be said, a line a kind."""
        lines = [("left out", self.left_out), ("joined to the instruction", self.joined), ("replaced", self.replaced)]
        said = [f"{what}: {self._list(counts)}" for what, counts in lines if counts]
        said += [f"left out: {count_of(count)} {reason}" for reason, count in sorted(self.skipped.items())]
        return said

    def _list(self, counts: Counter[str]) -> str:
        by_count: dict[int, list[str]] = defaultdict(list)
        for name, count in counts.items():
            by_count[count].append(name)
        return "; ".join(
            f"{', '.join(sorted(by_count[count]))} in {'all ' if count == self.records > 1 else ''}{count_of(count)}"
            for count in sorted(by_count, reverse=True)
        )


def count_of(count: int) -> str:
    """Return `1 record`, `2 records`."""
    return f"{count:,} record{'' if count == 1 else 's'}"

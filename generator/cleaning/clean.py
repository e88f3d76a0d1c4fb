"""Cleans records by a profile. Nothing is silent: each change and each drop is counted by rule, and told on request.

Promise: what no step has a reason to touch comes out as it went in, id included. A seed task whose text changed gets the
id of its new text; a record that a run made keeps its own, which says how it was made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from generator.cleaning.gates import GATES, Duplicates
from generator.cleaning.profiles import DUPLICATES, Profile, Step
from generator.cleaning.steps import MENDING, SPARED
from generator.types import Example, SeedTask, Turn

TEXTS = ("instruction", "input", "response", "system", "rejected")


@dataclass(frozen=True, slots=True)
class Change:
    """One change: the rule, the field, and the text before and after; `after` is None where the record was dropped."""

    where: str
    rule: str
    field: str
    before: str
    after: str | None


class Cleaner:
    """Cleans one record after the other.

    `changed` and `dropped` count by rule (texts, and records); `records`, `touched` and `kept` count records.
    """

    def __init__(self, profile: Profile, on_change: Callable[[Change], None] | None = None) -> None:
        self.profile = profile
        self.changed: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()
        self.records = self.touched = self.kept = 0
        self._on_change = on_change
        self._duplicates = Duplicates()

    def clean(self, example: Example, where: str) -> Example | None:
        """Return the record, cleaned; None where it was dropped. `where` is its place, for the list of changes."""
        self.records += 1
        cleaned = example
        for step in self.profile.steps:
            if step.rule in MENDING:
                cleaned = self._mend(cleaned, step.rule, where)
                if not cleaned.instruction.strip():
                    self._drop(example, Step("empty"), "nothing is left of the instruction", where)
                    return None
            elif (reason := self._find_reason(cleaned, step)) is not None:
                self._drop(cleaned, step, reason, where)
                return None
        self.kept += 1
        if cleaned is example:
            return example
        self.touched += 1
        return _renew(cleaned)

    def _find_reason(self, example: Example, step: Step) -> str | None:
        if step.rule == DUPLICATES:
            return self._duplicates.check(example)
        return GATES[step.rule](example, step.params)

    def _drop(self, example: Example, step: Step, reason: str, where: str) -> None:
        self.dropped[step.label] += 1
        if self._on_change is not None:
            field = str(step.params.get("field", "instruction"))
            text = str(getattr(example, field) or "")
            self._on_change(Change(where, f"{step.label}: {reason}", field, text, None))

    def _mend(self, example: Example, rule: str, where: str) -> Example:
        """Return the record with every text mended by one rule; the same object where nothing changed."""
        mend = MENDING[rule]
        if rule in SPARED and SPARED[rule](example.instruction):
            return example
        changes: dict[str, Any] = {}
        for name in TEXTS:
            text = getattr(example, name)
            if text and (mended := mend(text)) != text:
                changes[name] = mended
                self._tell(where, rule, name, text, mended)
        turns = tuple(self._mend_turn(turn, rule, where, n) for n, turn in enumerate(example.history))
        if turns != example.history:
            changes["history"] = turns
        return example.model_copy(update=changes) if changes else example

    def _mend_turn(self, turn: Turn, rule: str, where: str, place: int) -> Turn:
        mended = MENDING[rule](turn.content)
        if mended == turn.content:
            return turn
        self._tell(where, rule, f"history[{place}]", turn.content, mended)
        return turn.model_copy(update={"content": mended})

    def _tell(self, where: str, rule: str, field: str, before: str, after: str) -> None:
        self.changed[rule] += 1
        if self._on_change is not None:
            self._on_change(Change(where, rule, field, before, after))

    def describe(self) -> dict[str, Any]:
        """Return the counts, JSON-able."""
        return {
            "profile": self.profile.name, "records": self.records, "kept": self.kept, "touched": self.touched,
            "changed": dict(self.changed), "dropped": dict(self.dropped),
        }  # fmt: skip

    def summarise(self) -> str:
        """Return the counts as one line for a person."""
        changed = ", ".join(f"{rule} {count}" for rule, count in self.changed.items())
        dropped = ", ".join(f"{rule} {count}" for rule, count in self.dropped.items())
        return (
            f"cleaning `{self.profile.name}`: {self.records} records, {self.touched} changed"
            + (f" ({changed})" if changed else "")
            + f", {self.dropped.total()} dropped"
            + (f" ({dropped})" if dropped else "")
        )


def _renew(example: Example) -> Example:
    """Return the record with the id that its text has: a seed task's follows from it."""
    if example.lineage.recipe != "seed":
        return example
    task = SeedTask(
        instruction=example.instruction, input=example.input, response=example.response, system=example.system,
        history=example.history, rejected=example.rejected, language=example.language, tags=example.tags,
    )  # fmt: skip
    renewed = task.to_example()
    return renewed.model_copy(update={"scores": example.scores, "checks": example.checks})

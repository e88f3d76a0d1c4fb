"""What is odd about tasks as tasks: near twins, conflicts, personal data, missing languages.

Promise: memory is bounded by the number of tasks, not by their length (near twins are looked for among the first
`MAX_COMPARED` only, and it is said where there are more).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from generator.protocols import Filter
from generator.seed_files.faults import MAX_REPORTED, quote_text
from generator.types import Neighbour, SeedTask, make_digest

NO_LANGUAGE = "no_language"
MAX_COMPARED = 20_000  # tasks: near twins cost time with the square; at this size about a minute
_TEXTS = ("instruction", "input", "response", "system", "rejected")

PiiFinder = Callable[[str], Sequence[tuple[str, int, int, bool]]]  # kind, start, end, reserved


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: where (`FILE:LINE`), its kind, the field, what it is, and how to mend it."""

    place: str
    kind: str
    field: str
    message: str
    advice: str

    def format(self) -> str:
        """Return the finding as one line for a person."""
        return f"{self.place}: {self.kind}: `{self.field}`: {self.message}. {self.advice}"


class Conflicts:
    """Remembers what each question was answered, 16 bytes a task, and where."""

    def __init__(self) -> None:
        self._answers: dict[int, tuple[int, str]] = {}

    def check(self, task: SeedTask, place: str) -> Finding | None:
        """Return a finding where the same question was answered otherwise before."""
        turns = [turn.model_dump() for turn in task.history]
        key = _make_key(task.instruction, task.input, task.system, turns)
        answer = _make_key(task.response)
        first, where = self._answers.setdefault(key, (answer, place))
        if first == answer or not task.response:
            return None
        message = f"the same instruction as {where}, with another response"
        return Finding(place, "conflict", "response", message, "Keep the better one, or tell the two apart.")


def _make_key(*parts: object) -> int:
    return int(make_digest(*parts)[:16], 16)


class Lint:
    """Looks at one task after the other; keeps the first `MAX_REPORTED` findings of each kind, and counts all."""

    def __init__(self, make_twins: Callable[[], Filter], find_pii: PiiFinder) -> None:
        self.counts: Counter[str] = Counter()
        self.findings: list[Finding] = []
        self.compared = self.tasks = 0
        self._make_twins, self._twins, self._find_pii = make_twins, make_twins(), find_pii
        self._asked: dict[str, str] = {}  # of the tasks with an input, by place
        self._conflicts = Conflicts()

    def look(self, task: SeedTask, place: str, *, declared: bool) -> None:
        """Look at a task; `declared` says whether its language was given."""
        self.tasks += 1
        if not declared:
            self._note(Finding(place, NO_LANGUAGE, "language", "no language is declared; it is guessed from the text",
                               "Add `language`, or set it in seeds.toml."))  # fmt: skip
        conflict = self._conflicts.check(task, place)
        if conflict is not None:
            self._note(conflict)
        for finding in self._find_private(task, place):
            self._note(finding)
        if self.compared < MAX_COMPARED:
            self.compared += 1
            self._look_for_twin(task, place, conflict)

    def _look_for_twin(self, task: SeedTask, place: str, conflict: Finding | None) -> None:
        text = f"{task.instruction}\n{task.input}" if task.input else task.instruction
        prepared = self._twins.prepare(text)
        if prepared is None:
            return
        nearest = self._twins.nearest(prepared, above=self._twins.threshold)
        if nearest is not None and conflict is None and self._is_twin(task, nearest):
            message = f"{nearest.similarity:.2f} like {nearest.id} ({quote_text(nearest.text)})"
            advice = f"Remove one, or make them differ ({self._twins.name} above {self._twins.threshold})."
            self._note(Finding(place, "near_duplicate", "instruction", message, advice))
        self._twins.add(place, text, prepared)
        if task.input:
            self._asked[place] = task.instruction

    def _is_twin(self, task: SeedTask, nearest: Neighbour) -> bool:
        """Say whether two tasks are near twins; two questions about one long text are not."""
        threshold = self._twins.threshold
        asked = self._asked.get(nearest.id)
        if nearest.similarity <= threshold or not task.input or asked is None:
            return nearest.similarity > threshold
        alone = self._make_twins()
        one, other = alone.prepare(asked), alone.prepare(task.instruction)
        if one is None or other is None:
            return True
        alone.add(nearest.id, asked, one)
        found = alone.nearest(other, above=threshold)
        return found is not None and found.similarity > threshold

    def _find_private(self, task: SeedTask, place: str) -> Iterator[Finding]:
        texts = [(name, getattr(task, name)) for name in _TEXTS]
        texts += [(f"history[{n}]", turn.content) for n, turn in enumerate(task.history)]
        for name, text in texts:
            for kind, start, end, reserved in self._find_pii(text) if text else ():
                if not reserved:
                    message = f"{kind} at characters {start + 1} to {end} ({_mask(text[start:end])})"
                    yield Finding(
                        place, "pii", name, message, "Replace it by something made up (example.com, 555-0100)."
                    )

    def _note(self, finding: Finding) -> None:
        self.counts[finding.kind] += 1
        if self.counts[finding.kind] <= MAX_REPORTED:
            self.findings.append(finding)


def _mask(text: str) -> str:
    """Return a finding so that a log does not hold what it warns of."""
    return quote_text(text[:2] + "…" + text[-2:])

"""The funnel: how many candidates came to each stage, how they ended, and why. It always adds up.

Counts of candidates are a function of the data set; calls, tokens and cost are what was really spent.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from generator.types import STAGES, Outcome


class Funnel:
    """Counts outcomes."""

    def __init__(self) -> None:
        self._status: Counter[str] = Counter()
        self._ended: dict[str, dict[str, Counter[str]]] = {
            stage: {"rejected": Counter(), "failed": Counter()} for stage in STAGES
        }
        self._operators: dict[str, Counter[str]] = defaultdict(Counter)
        self._rounds: dict[int, Counter[str]] = defaultdict(Counter)

    def count(self, outcome: Outcome) -> None:
        """Count one decided candidate."""
        lineage = outcome.candidate.lineage
        self._status[outcome.status] += 1
        if outcome.status != "accepted":
            self._ended[outcome.stage][outcome.status][outcome.reason] += 1
        for group in (self._operators[lineage.operator or "none"], self._rounds[lineage.round]):
            group[outcome.status] += 1

    @property
    def accepted(self) -> int:
        """How many were accepted."""
        return self._status["accepted"]

    @property
    def total(self) -> int:
        """How many were decided."""
        return self._status.total()

    def list_reasons(self) -> list[tuple[str, str, int]]:
        """Return (stage, reason, count) of all that was not accepted, most frequent first within the order of stages."""
        return [
            (stage, reason, count)
            for stage, ended in self._ended.items()
            for reason, count in (ended["rejected"] + ended["failed"]).most_common()
        ]

    def describe(self) -> dict[str, Any]:
        """Return the counts, JSON-able: by stage, reason, operator and round."""
        return {
            "total": self.total,
            "accepted": self.accepted,
            "rejected": self._status["rejected"],
            "failed": self._status["failed"],
            "by_stage": self._describe_stages(),
            "by_operator": {name: _describe(self._operators[name]) for name in sorted(self._operators)},
            "by_round": {str(number): _describe(self._rounds[number]) for number in sorted(self._rounds)},
        }

    def _describe_stages(self) -> dict[str, Any]:
        entered = self.total
        stages = {}
        for stage, ended in self._ended.items():
            passed = entered - ended["rejected"].total() - ended["failed"].total()
            stages[stage] = {
                "entered": entered, "passed": passed,
                "rejected": dict(sorted(ended["rejected"].items())), "failed": dict(sorted(ended["failed"].items())),
            }  # fmt: skip
            entered = passed
        return stages

    def find_closed_stage(self) -> str | None:
        """Return the stage that let nothing of what entered it through, None where there is none."""
        for stage, counts in self._describe_stages().items():
            if counts["entered"] > 0 and counts["passed"] == 0:
                return stage
        return None


def _describe(counts: Counter[str]) -> dict[str, int]:
    return {
        "candidates": counts.total(), "accepted": counts["accepted"], "rejected": counts["rejected"],
        "failed": counts["failed"],
    }  # fmt: skip

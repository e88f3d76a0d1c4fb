"""The funnel: how many candidates came to each stage, how they ended, and why. It always adds up.

Counts of candidates are a function of the data set; calls, tokens and cost are what was really spent.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from generator.types import STAGES, Outcome

NO_OPERATOR = "none"  # of a record that was there already


class Funnel:
    """Counts outcomes."""

    def __init__(self, sources: Iterable[str] = (), benchmarks: Iterable[str] = (), ngrams: Iterable[int] = ()) -> None:
        """With what candidates are held against: sources, benchmarks, and the lengths of n-grams looked for."""
        self._against = Counter(dict.fromkeys(sources, 0))
        self._contaminated = {name: Counter({str(length): 0 for length in ngrams}) for name in benchmarks}
        self._status: Counter[str] = Counter()
        self._ended: dict[str, dict[str, Counter[str]]] = {
            stage: {"rejected": Counter(), "failed": Counter(), "review": Counter()} for stage in STAGES
        }
        self._operators: dict[str, Counter[str]] = defaultdict(Counter)
        self._rounds: dict[int, Counter[str]] = defaultdict(Counter)
        self.refused: str | None = None  # what was said of the first candidate that a back end refused to answer

    def count(self, outcome: Outcome) -> None:
        """Count one decided candidate."""
        lineage = outcome.candidate.lineage
        self._count_elsewhere(outcome)
        self._status[outcome.status] += 1
        if outcome.status != "accepted":
            self._ended[outcome.stage][outcome.status][outcome.reason] += 1
            if outcome.reason == "refused" and self.refused is None:
                self.refused = str(outcome.evidence.get("error"))
        for group in (self._operators[lineage.operator or NO_OPERATOR], self._rounds[lineage.round]):
            group[outcome.status] += 1

    def _count_elsewhere(self, outcome: Outcome) -> None:
        """Count by source and by benchmark; who shares 13 words with one shares 8 as well."""
        if outcome.stage != "novelty":
            return
        if outcome.reason == "against":
            self._against[outcome.evidence["source"]] += 1
        for name, words in outcome.evidence["benchmarks"].items() if outcome.reason == "contaminated" else ():
            for length in self._contaminated[name]:
                self._contaminated[name][length] += words >= int(length)

    @property
    def accepted(self) -> int:
        """How many were accepted."""
        return self._status["accepted"]

    @property
    def review(self) -> int:
        """How many wait for a person."""
        return self._status["review"]

    @property
    def total(self) -> int:
        """How many were decided."""
        return self._status.total()

    def list_reasons(self) -> list[tuple[str, str, int]]:
        """Return (stage, reason, count) of all that was not accepted, most frequent first within the order of stages."""
        return [
            (stage, reason, count)
            for stage, ended in self._ended.items()
            for reason, count in (ended["rejected"] + ended["failed"] + ended["review"]).most_common()
        ]

    def describe(self) -> dict[str, Any]:
        """Return the counts, JSON-able: by stage, reason, operator and round."""
        return {
            "total": self.total,
            "accepted": self.accepted,
            "rejected": self._status["rejected"],
            "failed": self._status["failed"],
            **self._describe_review(),
            "by_stage": self._describe_stages(),
            "by_operator": {name: _describe(self._operators[name]) for name in sorted(self._operators)},
            "by_round": {str(number): _describe(self._rounds[number]) for number in sorted(self._rounds)},
            **({"against": dict(self._against)} if self._against else {}),
            **({"contaminated": self.contaminated} if self._contaminated else {}),
        }

    @property
    def contaminated(self) -> dict[str, dict[str, int]]:
        """Candidates that share an n-gram with a benchmark, by benchmark and length in words."""
        return {name: dict(counts) for name, counts in self._contaminated.items()}

    def _describe_stages(self) -> dict[str, Any]:
        entered = self.total
        stages = {}
        for stage, ended in self._ended.items():
            passed = entered - sum(reasons.total() for reasons in ended.values())
            stages[stage] = {
                "entered": entered, "passed": passed,
                "rejected": dict(sorted(ended["rejected"].items())), "failed": dict(sorted(ended["failed"].items())),
            }  # fmt: skip
            if ended["review"]:
                stages[stage]["review"] = dict(sorted(ended["review"].items()))
            entered = passed
        return stages

    def _describe_review(self) -> dict[str, int]:
        """Return how many wait for a person; nothing where none does."""
        return {"review": self.review} if self.review else {}

    def find_closed_stage(self) -> str | None:
        """Return the stage that let nothing of what entered it through, None where there is none."""
        for stage, counts in self._describe_stages().items():
            if counts["entered"] > 0 and counts["passed"] == 0:
                return stage
        return None


def _describe(counts: Counter[str]) -> dict[str, int]:
    described = {
        "candidates": counts.total(), "accepted": counts["accepted"], "rejected": counts["rejected"],
        "failed": counts["failed"],
    }  # fmt: skip
    return described | ({"review": counts["review"]} if counts["review"] else {})

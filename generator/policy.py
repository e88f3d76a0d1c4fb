"""The policy: plain configuration that turns measurements into a decision, with its reason. It measures nothing.

In order: a verdict that is in doubt goes to review; the first rule that holds decides; where none does, the default, or
the thresholds. A record that a cheap scorer found weak, so that no critic was asked, goes to review too, unless a rule
that names the scorer's column holds. A value that is not known is never a zero: each rule says what is done then. So
every decision can be explained, and taken again by another policy without a call.
"""

from __future__ import annotations

import difflib
import operator
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from evaluators.critic.manner import CHEAP, FIRST_SIGHT
from generator.errors import ConfigError, ReplyError
from generator.settings.policy import CONDITION, Action, PolicyConfig, RuleConfig
from generator.types import Candidate, Example, Outcome, Status, Verdict

STAGE = "critic"
FAMILY = "critic."
OVERALL = "critic.overall"
DOUBT = "critic.doubt"  # the column that names why a person should look
Value = float | str | None

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
_STATUS: Mapping[Action, Status] = {"accept": "accepted", "reject": "rejected", "review": "review"}


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of a column with a value."""

    text: str
    column: str
    sign: str
    value: float | str

    def holds(self, columns: Mapping[str, Value]) -> bool | None:
        """Say whether it holds; None where the column's value is not known, or is of another kind."""
        value = columns.get(self.column)
        if value is None or isinstance(value, str) != isinstance(self.value, str):
            return None
        return _COMPARE[self.sign](value, self.value)


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done, why, and what more is evidence for it."""

    action: Action
    reason: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)


def read_condition(text: str) -> Condition:
    """Return the condition that a rule's text stands for; it was checked when the configuration was read."""
    match = CONDITION.fullmatch(text)
    assert match is not None
    column, sign, value = match.groups()
    return Condition(" ".join(text.split()), column, sign, value[1:-1] if value[0] in "\"'" else float(value))


class Policy:
    """Decides by what the critic found. `bars` are the scores that columns must reach where no rule decides."""

    def __init__(self, config: PolicyConfig, bars: Mapping[str, float] | None = None) -> None:
        self._config = config
        self._rules = [(rule, [read_condition(text) for text in rule.when]) for rule in config.rules]
        self._bars = dict(bars or {})
        if config.critic_overall is not None:
            self._bars[OVERALL] = config.critic_overall

    def list_columns(self) -> list[str]:
        """Return the columns that its rules name, in order."""
        return list(dict.fromkeys(condition.column for _, conditions in self._rules for condition in conditions))

    def find_idle_rule(self) -> str | None:
        """Return what keeps the first rule that can never decide from it; None where each of them can."""
        before: dict[int, set[str]] = {}
        for number, (rule, conditions) in enumerate(self._rules, 1):
            said = {condition.text for condition in conditions}
            looks_first = _names_cheap(conditions)  # then earlier rules that don't are passed over
            for earlier, held in before.items():
                if held <= said and (not looks_first or _names_cheap(self._rules[earlier - 1][1])):
                    return (
                        f"rule {number} never decides: where its conditions hold, rule {earlier} has decided before it"
                    )
            if not _can_hold(conditions):
                return f"rule {number} never decides: its conditions exclude each other ({_describe(conditions)})"
            if rule.missing != "skip":
                before[number] = said
        return None

    def decide(self, candidate: Candidate, example: Example, verdict: Verdict) -> Outcome:
        """Return the outcome at the critic's stage; the scores go into the record either way."""
        scores: dict[str, Value] = {FAMILY + name: score for name, score in verdict.scores.items()}
        if verdict.overall is not None:
            scores[OVERALL] = verdict.overall
        if verdict.doubts:
            scores[DOUBT] = ", ".join(verdict.doubts)
        known = dict(example.scores) | scores
        decision = self.choose(known)
        judged = example.model_copy(update={"scores": known})
        if decision.action == "accept":
            return Outcome("accepted", STAGE, "", candidate, judged)
        evidence = {
            "scores": known, **decision.evidence, "explanations": dict(verdict.explanations),
            "response": example.response,
        }  # fmt: skip
        kept = judged if decision.action == "review" else None
        return Outcome(_STATUS[decision.action], STAGE, decision.reason, candidate, kept, evidence)

    def decide_unparsed(self, candidate: Candidate, example: Example, error: ReplyError) -> Outcome:
        """Return the outcome of a record whose verdict is not in form: no score, ever."""
        evidence = {"error": str(error), "raw": error.raw, "response": example.response}
        if self._config.on_unparsed == "review":
            return Outcome("review", STAGE, error.reason, candidate, example, evidence)
        return Outcome("failed", STAGE, error.reason, candidate, evidence=evidence)

    def choose(self, columns: Mapping[str, Value]) -> Decision:
        """Return what is done with a record of which these columns are known."""
        doubt = columns.get(DOUBT)
        if doubt == FIRST_SIGHT:
            return self._rule_at_first_sight(columns) or Decision("review", FIRST_SIGHT)
        if doubt:
            return Decision("review", str(doubt).partition(",")[0])
        for rule, conditions in self._rules:
            decision = _apply(rule, conditions, columns)
            if decision is not None:
                return decision
        if self._config.default is not None:
            reason = "" if self._config.default == "accept" else "default"
            return Decision(self._config.default, reason)
        return self._compare_with_bars(columns)

    def _rule_at_first_sight(self, columns: Mapping[str, Value]) -> Decision | None:
        for rule, conditions in self._rules:
            if _names_cheap(conditions) and all(condition.holds(columns) for condition in conditions):
                return _decide(rule, conditions)
        return None

    def _compare_with_bars(self, columns: Mapping[str, Value]) -> Decision:
        for column, bar in self._bars.items():
            value = columns.get(column)
            if isinstance(value, float | int) and value < bar:
                named = {} if column == OVERALL else {"column": column}
                return Decision("reject", "below_threshold", {**named, "threshold": bar})
        return Decision("accept")


def _apply(rule: RuleConfig, conditions: Sequence[Condition], columns: Mapping[str, Value]) -> Decision | None:
    """Return what a rule decides; None where it leaves that to the next."""
    held = [condition.holds(columns) for condition in conditions]
    if False in held:
        return None
    if None in held:
        unknown = conditions[held.index(None)].column
        if rule.missing == "skip":
            return None
        evidence = {"rule": _describe(conditions), "column": unknown}
        return Decision(rule.missing, "" if rule.missing == "accept" else "missing", evidence)
    return _decide(rule, conditions)


def _decide(rule: RuleConfig, conditions: Sequence[Condition]) -> Decision:
    said = _describe(conditions)
    return Decision(rule.then, "" if rule.then == "accept" else rule.reason or said, {"rule": said})


def _names_cheap(conditions: Sequence[Condition]) -> bool:
    return any(condition.column == FAMILY + CHEAP for condition in conditions)


def _can_hold(conditions: Sequence[Condition]) -> bool:
    """Say whether for each column there is a value with which all that is said of it holds."""
    by_column: dict[str, list[Condition]] = {}
    for condition in conditions:
        by_column.setdefault(condition.column, []).append(condition)
    return all(
        any(all(one.holds({column: value}) for one in said) for value in _list_telling(said))
        for column, said in by_column.items()
    )


def _list_telling(conditions: Sequence[Condition]) -> list[float | str]:
    """Return values that tell whether comparisons can hold together: those compared with, between, and beyond them."""
    numbers = sorted(one.value for one in conditions if isinstance(one.value, float))
    between = [(low + high) / 2 for low, high in pairwise(numbers)]
    beyond = [numbers[0] - 1, numbers[-1] + 1] if numbers else []
    return [*(one.value for one in conditions), *between, *beyond, "\0"]


def _describe(conditions: Sequence[Condition]) -> str:
    return " and ".join(condition.text for condition in conditions)


def check_rules(policy: Policy, known: Collection[str], where: str) -> None:
    """Raise `ConfigError` where a rule names a column that there is not, or can never decide; `where` is its place."""
    if (idle := policy.find_idle_rule()) is not None:
        raise ConfigError(f"{where}: {idle}. The first rule whose conditions all hold decides (docs/critic.md).")
    for column in policy.list_columns():
        if column not in known:
            near = difflib.get_close_matches(column, known, n=1)
            hint = f" Do you mean `{near[0]}`?" if near else ""
            raise ConfigError(f"{where}: there is no column `{column}`.{hint} Those there are: {', '.join(known)}.")

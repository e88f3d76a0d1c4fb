"""What each operator took, over the whole life of a run: what the journal answers now was paid for once.

A call is about a candidate, and a candidate's operator is known when it is decided; so what was spent on it is kept by
its id until then. The same call asked twice (an attempt made again) counts once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from generator.client.prices import NANO_USD
from generator.client.spending import Spending
from generator.funnel import NO_OPERATOR
from generator.types import ChatRequest, Outcome, Usage

CRITIC = "critic"  # the family of the critic's templates: judging is told apart from making
UNDECIDED = "undecided"

_Call = tuple[str, Usage, int | None]  # template, usage, cost in nano-dollars


class Yields:
    """Spending by operator: of making, and of the critic."""

    def __init__(self) -> None:
        self._pending: dict[str, dict[str, _Call]] = {}  # by what it is about, then by the call's key
        self._accepted: Counter[str] = Counter()
        self._operators: defaultdict[str, tuple[Spending, Spending]] = defaultdict(lambda: (Spending(), Spending()))

    def note(self, key: str, request: ChatRequest, usage: Usage, cost: int | None) -> None:
        """Note a call that was answered, now or earlier; `cost` in nano-dollars, None where it is not known."""
        self._pending.setdefault(request.about, {})[key] = (request.template, usage, cost)

    def settle(self, outcome: Outcome) -> None:
        """Count what was spent on a candidate, now that it is decided, for its operator."""
        operator = outcome.candidate.lineage.operator or NO_OPERATOR
        _count(self._operators[operator], self._pending.pop(outcome.candidate.id, {}))
        self._accepted[operator] += outcome.status == "accepted"

    def describe(self) -> dict[str, Any]:
        """Return spending by operator, JSON-able, with the cost of an accepted record; None for what is not known.

        Calls that proposed several candidates at once are about none of them: their template tells the operator.
        """
        operators: defaultdict[str, tuple[Spending, Spending]] = defaultdict(lambda: (Spending(), Spending()))
        for name, (made, judged) in self._operators.items():
            operators[name][0].merge(made)
            operators[name][1].merge(judged)
        for calls in self._pending.values():
            named = next(iter(calls.values()))[0].rpartition("/")[2]
            _count(operators[named if named in self._operators else UNDECIDED], calls)
        return {name: _describe(*operators[name], self._accepted[name]) for name in sorted(operators)}


def _count(spent: tuple[Spending, Spending], calls: Mapping[str, _Call]) -> None:
    for template, usage, cost in calls.values():
        spent[template.partition("/")[0] == CRITIC].add(usage, cost)


def _describe(made: Spending, judged: Spending, accepted: int) -> dict[str, Any]:
    whole = Spending()
    whole.merge(made)
    whole.merge(judged)
    cost = None if whole.without_price else whole.cost
    return {
        **whole.describe(), "critic_cost_usd": judged.cost_usd,
        "cost_usd_per_accepted": None if cost is None or not accepted else round(cost / NANO_USD / accepted, 9),
    }  # fmt: skip

"""The pairwise critic: which of two responses is better, asked in both orders.

Where both orders name the same response, that is the verdict. Where they differ, it is a tie that only position made,
and a person should look. So no response gains by its place.

Source: Zheng et al. 2023 (MT-Bench, arXiv:2306.05685), section 3.4: swap the positions, and count a win only where both
agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evaluators.critic.manner import Columns, Manner, Opinion, ask_together, describe_example, rescale
from evaluators.critic.pointwise import list_judged, make_variables
from evaluators.critic.rubric import Rubric
from generator.parsing.verdicts import Preference, parse_preference
from generator.protocols import Ask
from generator.types import Completion, Example

SWAPPED: Mapping[Preference, Preference] = {"first": "second", "second": "first", "tie": "tie"}
WORTH: Mapping[Preference, float] = {"first": 1.0, "tie": 0.5, "second": 0.0}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Which of two responses is better, by dimension: in the order given and in the other one, told in the order given."""

    straight: Mapping[str, Preference]
    swapped: Mapping[str, Preference]
    explanations: Mapping[str, str]

    def decide(self, dimension: str) -> Preference:
        """Return the verdict on which both orders agree; else a tie."""
        return self.straight[dimension] if self.agrees(dimension) else "tie"

    def agrees(self, dimension: str) -> bool:
        """Say whether both orders came to the same."""
        return self.straight[dimension] == self.swapped[dimension]


class PairwiseCritic:
    """Compares two responses to one instruction by a rubric that looks at a pair."""

    def __init__(self, ask: Ask, rubric: Rubric, manner: Manner = Manner()) -> None:  # noqa: B008 - frozen
        self._ask = ask
        self._rubric = rubric
        self._manner = manner

    async def compare(self, example: Example, first: str, second: str, *, order: int = 0) -> Comparison:
        """Return how two responses to the record's instruction compare. Raises `ReplyError` and `RefusedError`."""
        replies = await ask_together([
            self.ask_once(example, first, second, order), self.ask_once(example, second, first, order),
        ])  # fmt: skip
        said = [reply for reply in replies if not isinstance(reply, Exception)]
        if len(said) < len(replies):
            raise next(reply for reply in replies if isinstance(reply, Exception))
        (straight, explanations), (swapped, _) = said
        return Comparison(straight, {name: SWAPPED[choice] for name, choice in swapped.items()}, explanations)

    async def ask_once(
        self, example: Example, first: str, second: str, order: int
    ) -> tuple[dict[str, Preference], dict[str, str]]:
        """Return which is better as they are shown, by dimension, and why. Raises `ReplyError` and `RefusedError`."""
        rubric = self._rubric
        dimensions = list(rubric.dimensions)
        judged = list_judged(example, first, second, self._manner.find_reference(example))

        def read(completion: Completion) -> tuple[dict[str, Preference], dict[str, str]]:
            return parse_preference(completion.text, dimensions, judged=judged)

        shown = {"response": "", "first_response": first, "second_response": second}
        reply = await self._ask(
            rubric.template, example.language, make_variables(example, self._manner, "") | shown, read,
            facts=describe_example(example, first=first, second=second), schema=rubric.make_schema(dimensions),
            about=example.id, order=order,
        )  # fmt: skip
        return reply.value

    async def judge(self, example: Example, *, order: int = 0) -> Opinion:
        """Compare the record's response with the one that lost against it; without one, all is unknown."""
        rubric = self._rubric
        if example.rejected is None:
            columns: Columns = dict.fromkeys(rubric.list_columns())
            return Opinion(columns, None, {}, doubts=("no_pair",))
        comparison = await self.compare(example, example.response, example.rejected, order=order)
        worth = {name: WORTH[comparison.decide(name)] for name in rubric.dimensions}
        agreement = all(comparison.agrees(name) for name in rubric.dimensions)
        overall = rubric.combine(worth, self._manner.aggregate)
        columns = {rubric.prefix + name: value for name, value in worth.items()}
        columns |= {f"{rubric.prefix}overall": overall, f"{rubric.prefix}agreement": float(agreement)}
        explanations = {rubric.prefix + name: text for name, text in comparison.explanations.items()}
        doubts = () if agreement else ("orders_disagree",)
        points = {
            rubric.prefix + name: rescale(value, WORTH["second"], WORTH["first"]) for name, value in worth.items()
        }
        bars = {rubric.name: overall >= WORTH["tie"]}
        return Opinion(columns, None, explanations, doubts=doubts, bars=bars, points=points)

"""The pointwise critic: a model scores one record by one rubric. Its verdict is parsed strictly, never made up.

All dimensions in one call, or one a call; once, or several times with the spread told. Where the server tells
log-probabilities, scores can be weighed by them (`probabilities`). What code has verified is named in the prompt as
settled, and a reference answer is shown where there is one.

A reply that is not in form is an error with the raw text kept, never a zero or a middle score. The schema is asked for,
and validated all the same.

Source: Zheng et al. 2023 (MT-Bench, arXiv:2306.05685), section 3.1; Wang et al. 2022 (self-consistency,
arXiv:2203.11171); Liu et al. 2023 (G-Eval, arXiv:2303.16634).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluators.critic.demands import describe_verified
from evaluators.critic.manner import Columns, Manner, Opinion, ask_together, describe_example, rescale
from evaluators.critic.probabilities import BY_PROBABILITY, TOP, weigh_scores
from evaluators.critic.rubric import Rubric
from generator.parsing.verdicts import parse_verdict
from generator.protocols import Ask
from generator.types import Completion, Example


@dataclass(frozen=True, slots=True)
class _Said:
    """What one reply says."""

    scores: Mapping[str, float]
    explanations: Mapping[str, str]
    scored_by: str


class PointwiseCritic:
    """Scores records by one rubric."""

    def __init__(self, ask: Ask, rubric: Rubric, manner: Manner = Manner()) -> None:  # noqa: B008 - frozen
        self._ask = ask
        self._rubric = rubric
        self._manner = manner

    async def judge(self, example: Example, *, order: int = 0) -> Opinion:
        """Return the opinion. Raises `ReplyError` where too few verdicts are in form, and `RefusedError`."""
        groups = [[name] for name in self._rubric.dimensions] if self._manner.by_dimension else [[]]
        asks = [self._ask_once(example, group, draw, order) for draw in range(self._manner.samples) for group in groups]
        replies = await ask_together(asks)
        samples: list[_Said] = []
        faults: list[Exception] = []
        for number in range(self._manner.samples):
            parts = replies[number * len(groups) : (number + 1) * len(groups)]
            said = [part for part in parts if isinstance(part, _Said)]
            faults += [part for part in parts if isinstance(part, Exception)]
            if len(said) == len(parts):
                samples.append(_join(said))
        if 2 * len(samples) <= self._manner.samples:  # no majority of them is in form
            raise faults[0]
        return self._sum_up(samples)

    async def _ask_once(self, example: Example, group: Sequence[str], draw: int, order: int) -> _Said:
        rubric, manner = self._rubric, self._manner
        dimensions = list(group or rubric.dimensions)
        more: dict[str, Any] = {"dimensions": dimensions} if group else {}
        options: dict[str, Any] = {"logprobs": TOP} if manner.probabilities else {}
        if manner.warmth is not None:
            options["temperature"] = manner.warmth
        reply = await self._ask(
            rubric.template, example.language, make_variables(example, manner, "".join(group)),
            self._make_reader(example, dimensions), facts=describe_example(example, **more),
            schema=rubric.make_schema(dimensions), draw=draw, about=example.id, order=order, **options,
        )  # fmt: skip
        return reply.value

    def _make_reader(self, example: Example, dimensions: Sequence[str]) -> Callable[[Completion], _Said]:
        rubric = self._rubric
        judged = list_judged(example, example.response, self._manner.find_reference(example))

        def read(completion: Completion) -> _Said:
            scores, explanations = parse_verdict(completion.text, dimensions, rubric.low, rubric.high, judged=judged)
            if not self._manner.probabilities:
                return _Said(scores, explanations, "")
            weighed, how = weigh_scores(completion, scores, rubric.low, rubric.high)
            return _Said(weighed, explanations, how)

        return read

    def _sum_up(self, samples: Sequence[_Said]) -> Opinion:
        rubric, manner, count = self._rubric, self._manner, len(samples)
        scores = {name: sum(said.scores[name] for said in samples) / count for name in rubric.dimensions}
        overall = rubric.combine(scores, manner.aggregate)
        columns: Columns = {rubric.prefix + name: score for name, score in scores.items()}
        columns[f"{rubric.prefix}overall"] = overall
        doubts: tuple[str, ...] = ()
        spread = None
        if manner.samples > 1:
            ranges = [_measure_range([said.scores[name] for said in samples]) for name in rubric.dimensions]
            spread = max(ranges) * rescale_width(rubric)
            columns |= {f"{rubric.prefix}spread": spread, f"{rubric.prefix}samples": float(count)}
            doubts = ("samples_disagree",) if spread > manner.max_spread else ()
        if manner.probabilities:
            columns[f"{rubric.prefix}scored_by"] = _tell_how(samples)
        explanations = {rubric.prefix + name: text for name, text in samples[0].explanations.items()}
        points = {rubric.prefix + name: rescale(score, rubric.low, rubric.high) for name, score in scores.items()}
        return Opinion(
            columns, rescale(overall, rubric.low, rubric.high), explanations, spread, doubts,
            {rubric.name: overall >= rubric.bar}, points,
        )  # fmt: skip


def make_variables(example: Example, manner: Manner, only: str) -> dict[str, Any]:
    """Return what fills a rubric's template for a record."""
    return {
        "instruction": example.instruction, "input": example.input, "response": example.response,
        "system": example.system, "history": describe_history(example), "reference": manner.find_reference(example),
        "verified": describe_verified(example.checks, example.language), "only": only,
        "first_response": "", "second_response": "",
    }  # fmt: skip


def describe_history(example: Example) -> str:
    """Return the turns before the instruction, each with who speaks."""
    return "\n\n".join(f"{turn.role}: {turn.content}" for turn in example.history)


def list_judged(example: Example, *more: str) -> tuple[str, ...]:
    """Return the texts that a critic is shown as material: whatever verdict stands in them is none of its own."""
    return (example.instruction, example.input, example.system or "", describe_history(example), *more)


def rescale_width(rubric: Rubric) -> float:
    """Return what one point of the rubric's scale is on the scale 1 to 10."""
    return rescale(rubric.low + 1, rubric.low, rubric.high) - rescale(rubric.low, rubric.low, rubric.high)


def _join(parts: Sequence[_Said]) -> _Said:
    """Return the replies on single dimensions as one."""
    scores = {name: score for said in parts for name, score in said.scores.items()}
    explanations = {name: text for said in parts for name, text in said.explanations.items()}
    return _Said(scores, explanations, _tell_how(parts))


def _tell_how(parts: Sequence[_Said]) -> str:
    """Return how the scores came about: by probability all, or the first reason why one did not."""
    return next((said.scored_by for said in parts if said.scored_by != BY_PROBABILITY), BY_PROBABILITY)


def _measure_range(values: Sequence[float]) -> float:
    return max(values) - min(values)

"""Asks a critic for its verdicts on labelled items: pairs in both orders, records by their dimensions.

A reply that is not in form, or a request that is refused, is no verdict: it is told as None, and counted as that.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from evaluators.agreement.pairs import JudgedPair
from evaluators.agreement.scores import ScoredItem
from evaluators.critic.pairwise import PairwiseCritic
from generator.calibration.labels import LabelledPair, LabelledRecord
from generator.errors import RefusedError, ReplyError
from generator.parsing.choices import Choice, parse_choice, read_choice, swap_choice
from generator.parsing.reply_text import require_answer
from generator.protocols import Ask, Critic
from generator.types import Completion, Example, SeedTask

ORDERS = ("given", "swapped")


class PairJudge(Protocol):
    """Chooses between the responses of a pair, in both orders; counts what was not in form by its reason."""

    @property
    def unparsed(self) -> Counter[str]:
        """How many replies were not in form, by the name of what was wrong."""
        ...

    async def judge(self, number: int, pair: LabelledPair) -> tuple[Choice | None, Choice | None]:
        """Return the choices in both orders, told in the pair's own order; None for no verdict."""
        ...


@dataclass(slots=True)
class ChoiceJudge:
    """Asks which of two responses is better, in free text of one form (`direct`, `reasoned`).

    Recorded replies are read as those who recorded them did (`is_recorded`), live ones to the letter.
    """

    ask: Ask
    form: str
    is_recorded: bool = False
    unparsed: Counter[str] = field(default_factory=Counter)  # by the name of what was wrong

    async def judge(self, number: int, pair: LabelledPair) -> tuple[Choice | None, Choice | None]:
        """Return the choices with the pair as it is, and with its order swapped, both told as it is."""
        given, swapped = await asyncio.gather(*(self._ask(number, pair, order) for order in ORDERS))
        return given, swap_choice(swapped)

    async def _ask(self, number: int, pair: LabelledPair, order: str) -> Choice | None:
        first, second = pair.responses if order == "given" else pair.responses[::-1]
        variables = {
            "instruction": pair.instruction, "input": pair.input, "first_response": first, "second_response": second,
        }  # fmt: skip
        try:
            reply = await self.ask(
                f"judge/choose_{self.form}",
                pair.language,
                variables,
                self._read,
                about=f"{pair.id}/{order}",
                order=number,
            )
        except ReplyError as error:
            self.unparsed[error.reason] += 1
            return None
        except RefusedError:
            self.unparsed["not_recorded" if self.is_recorded else "refused"] += 1
            return None
        return reply.value

    def _read(self, completion: Completion) -> Choice:
        answer = require_answer(completion.text)
        choice = read_choice(answer, self.form) if self.is_recorded else parse_choice(answer, self.form)
        if choice is None:
            raise ReplyError(
                "no_choice", "the reply does not say in the form asked for which is better", raw=completion.text
            )
        return choice


@dataclass(slots=True)
class RubricJudge:
    """Asks by a rubric that looks at a pair; its first dimension is the verdict."""

    critic: PairwiseCritic
    unparsed: Counter[str] = field(default_factory=Counter)

    async def judge(self, number: int, pair: LabelledPair) -> tuple[Choice | None, Choice | None]:
        """Return the choices with the pair as it is, and with its order swapped, both told as it is."""
        example = SeedTask(instruction=pair.instruction, input=pair.input, language=pair.language).to_example()
        given, swapped = await asyncio.gather(*(
            self._ask(example.model_copy(update={"id": f"{pair.id}/{order}"}), pair, order, number) for order in ORDERS
        ))  # fmt: skip
        return given, swap_choice(swapped)

    async def _ask(self, example: Example, pair: LabelledPair, order: str, number: int) -> Choice | None:
        first, second = pair.responses if order == "given" else pair.responses[::-1]
        try:
            choices, _ = await self.critic.ask_once(example, first, second, number)
        except (ReplyError, RefusedError) as error:
            self.unparsed[error.reason if isinstance(error, ReplyError) else "refused"] += 1
            return None
        return next(iter(choices.values()))


async def judge_pairs(judge: PairJudge, pairs: Sequence[LabelledPair], *, at_once: int) -> list[JudgedPair]:
    """Return the verdicts on the pairs that have a label, in their order; `at_once` pairs are asked about together."""
    gate = asyncio.Semaphore(at_once)

    async def work(number: int, pair: LabelledPair) -> JudgedPair | None:
        label = pair.label
        if label is None:
            return None
        async with gate:
            given, swapped = await judge.judge(number, pair)
        return JudgedPair(label, given, swapped, True, (len(pair.responses[0]), len(pair.responses[1])))

    judged = await asyncio.gather(*(work(number, pair) for number, pair in enumerate(pairs)))
    return [pair for pair in judged if pair is not None]


async def judge_records(
    critic: Critic, records: Sequence[LabelledRecord], columns: Mapping[str, str], *, at_once: int
) -> Mapping[str, list[ScoredItem]]:
    """Return, by dimension, what people and the critic gave each record; a dimension that nobody labelled is left out.

    `columns` are the critic's, without `critic.`, by dimension.
    """
    gate = asyncio.Semaphore(at_once)

    async def work(number: int, record: LabelledRecord) -> Mapping[str, float | str | None]:
        async with gate:
            try:
                verdict = await critic.judge(record.example, order=number)
            except (ReplyError, RefusedError):
                return {}
        return {**verdict.scores, "overall": verdict.overall}

    verdicts = await asyncio.gather(*(work(number, record) for number, record in enumerate(records)))
    items: dict[str, list[ScoredItem]] = {}
    for record, scores in zip(records, verdicts, strict=True):
        for dimension, given in record.scores.items():
            if given:
                column = columns[dimension]
                critics = _read_number(scores.get(column))
                rubric, _, _ = column.rpartition(".")
                spread = _read_number(scores.get(f"{rubric}.spread" if rubric else "spread"))
                people = sum(given) / len(given)
                items.setdefault(dimension, []).append(ScoredItem(record.example.id, people, critics, spread))
    return items


def _read_number(value: float | str | None) -> float | None:
    return float(value) if isinstance(value, int | float) else None

"""Recorded verdicts, through the same code as live ones: a replay back end, the prompts, the parsing, the report.

Source: the forms of the released files of LLMBar (arXiv:2310.07641) and PandaLM (arXiv:2306.05087).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evaluators.agreement.pairs import JudgedPair
from generator.backends.replay import ReplayBackend
from generator.calibration.judging import ORDERS, ChoiceJudge, judge_pairs
from generator.calibration.labels import LabelledPair
from generator.errors import ConfigError
from generator.parsing.choices import FORMS, HIGHEST_RATING, RATINGS, Choice, read_choice, read_rating, swap_choice
from generator.prompter import Prompter
from generator.templates import Templates


@dataclass(frozen=True, slots=True)
class Replayed:
    """Recorded verdicts as they read: in which form, and what was not in form, by its reason."""

    judged: list[JudgedPair]
    form: str
    unparsed: Mapping[str, int]


async def replay_pairs(templates: Templates, pairs: Sequence[LabelledPair], form: str | None) -> Replayed:
    """Return the recorded verdicts: replies in both orders, or ratings of each response. Raises `ConfigError`."""
    if form in (None, RATINGS) and any(pair.ratings for pair in pairs):
        return take_ratings(pairs)
    forms = find_forms(pairs, form)
    recorded = {
        f"{pair.id}/{order}": text
        for pair in pairs
        for order, text in zip(ORDERS, pair.recorded, strict=False)
        if text is not None
    }
    ask = Prompter(templates, ReplayBackend(recorded), "recorded")
    judge = _RecordedJudge({stage: ChoiceJudge(ask, form, is_recorded=True) for stage, form in forms.items()})
    judged = await judge_pairs(judge, pairs, at_once=len(pairs))
    return Replayed(judged, ", ".join(dict.fromkeys(forms[stage] for stage in sorted(forms))), judge.unparsed)


@dataclass(frozen=True, slots=True)
class _RecordedJudge:
    """Reads the replies of each stage in its own form."""

    judges: Mapping[int, ChoiceJudge]

    @property
    def unparsed(self) -> Counter[str]:
        return sum((judge.unparsed for judge in self.judges.values()), Counter[str]())

    async def judge(self, number: int, pair: LabelledPair) -> tuple[Choice | None, Choice | None]:
        return await self.judges[pair.stage].judge(number, pair)


def find_forms(pairs: Sequence[LabelledPair], form: str | None) -> dict[int, str]:
    """Return the form of reply by stage: the one given, else that which fits best. Raises `ConfigError` where none does.

    A critic that is asked again where its two verdicts differ may answer in another form then.
    """
    stages = {pair.stage for pair in pairs}
    if form is not None:
        if form not in FORMS:
            raise ConfigError(
                f"no reply here was recorded in the form `{form}`. The forms are: {', '.join((*FORMS, RATINGS))}."
            )
        return dict.fromkeys(stages, form)
    overall = _find_form(pairs)
    if overall is None:
        raise ConfigError(f"the recorded replies are in none of the forms {', '.join((*FORMS, RATINGS))}.")
    return {stage: _find_form([pair for pair in pairs if pair.stage == stage]) or overall for stage in stages}


def _find_form(pairs: Sequence[LabelledPair]) -> str | None:
    fits = {form: sum(_count_fits(pair, form) for pair in pairs) for form in FORMS}
    best = max(fits, key=lambda form: fits[form])
    return best if fits[best] else None


def _count_fits(pair: LabelledPair, form: str) -> int:
    """Count the replies that can be read, and that read as they were recorded to read where that was recorded."""
    choices = [None if text is None else read_choice(text, form) for text in pair.recorded]
    told = [*choices[:1], *[swap_choice(choice) for choice in choices[1:]]]
    wanted = pair.recorded_choices if any(pair.recorded_choices) else told
    return sum(one is not None and one == other for one, other in zip(told, wanted, strict=False))


def take_ratings(pairs: Sequence[LabelledPair]) -> Replayed:
    """Return the choices that ratings of each response come to: the higher one, or a tie; a rating off the scale is none."""
    judged: list[JudgedPair] = []
    unparsed = Counter[str]()
    for pair in pairs:
        if pair.label is None:
            continue
        texts = pair.ratings or (None, None)
        first, second = (read_rating(text or "") for text in texts)
        unparsed.update(_name_faults(texts))
        sound = [rating for rating in (first, second) if rating is not None and rating <= HIGHEST_RATING]
        choice = _compare(*sound) if len(sound) == 2 else None
        judged.append(JudgedPair(pair.label, choice, lengths=_measure(pair), rated=(first, second)))
    return Replayed(judged, RATINGS, unparsed)


def _name_faults(texts: Sequence[str | None]) -> Iterator[str]:
    for text in texts:
        rating = read_rating(text or "")
        if text is None:
            yield "not_recorded"
        elif not text.strip():
            yield "empty_reply"
        elif rating is None:
            yield "score_not_a_number"
        elif rating > HIGHEST_RATING:
            yield "score_out_of_range"


def _compare(first: int, second: int) -> Choice:
    return "tie" if first == second else "first" if first > second else "second"


def take_verdicts(pairs: Sequence[LabelledPair], verdicts: Mapping[str, Choice | None]) -> list[JudgedPair]:
    """Return recorded verdicts that are choices already, in one order, with the labels. Raises `ConfigError`."""
    missing = [pair.id for pair in pairs if pair.id not in verdicts]
    if missing:
        raise ConfigError(
            f"there is no recorded verdict on {len(missing)} of {len(pairs)} items (the first: {missing[0]})."
        )
    return [
        JudgedPair(pair.label, verdicts[pair.id], lengths=_measure(pair)) for pair in pairs if pair.label is not None
    ]


def _measure(pair: LabelledPair) -> tuple[int, int]:
    return len(pair.responses[0]), len(pair.responses[1])

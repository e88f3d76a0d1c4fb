"""Recorded verdicts, through the same code as live ones: a replay back end, the prompts, the parsing, the report.

Source: the forms of the released files of LLMBar (arXiv:2310.07641) and PandaLM (arXiv:2306.05087).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.agreement.pairs import JudgedPair
from generator.backends.replay import ReplayBackend
from generator.calibration.judging import ORDERS, ChoiceJudge, judge_pairs
from generator.calibration.labels import LabelledPair
from generator.errors import ConfigError
from generator.parsing.choices import FORMS, Choice, read_choice, swap_choice
from generator.prompter import Prompter
from generator.templates import Templates


async def replay_pairs(
    templates: Templates, pairs: Sequence[LabelledPair], form: str | None
) -> tuple[list[JudgedPair], str, ChoiceJudge]:
    """Return the recorded verdicts as they parse, the form they were read in, and who read them. Raises `ConfigError`."""
    form = form or find_form(pairs)
    if form not in FORMS:
        raise ConfigError(f"there is no form of reply `{form}`. Those there are: {', '.join(FORMS)}.")
    recorded = {
        f"{pair.id}/{order}": text for pair in pairs for order, text in zip(ORDERS, pair.recorded, strict=False)
    }
    backend = ReplayBackend(recorded)
    judge = ChoiceJudge(Prompter(templates, backend, "recorded"), form)
    return await judge_pairs(judge, pairs, at_once=len(pairs)), form, judge


def find_form(pairs: Sequence[LabelledPair]) -> str:
    """Return the form of reply that fits the recorded ones best. Raises `ConfigError` where none fits any."""
    fits = {form: sum(_count_fits(pair, form) for pair in pairs) for form in FORMS}
    best = max(fits, key=lambda form: fits[form])
    if fits[best] == 0:
        raise ConfigError(f"the recorded replies are in none of the forms {', '.join(FORMS)}.")
    return best


def _count_fits(pair: LabelledPair, form: str) -> int:
    """Count the replies that can be read, and that read as they were recorded to read where that was recorded."""
    choices = [read_choice(text, form) for text in pair.recorded]
    told = [*choices[:1], *[swap_choice(choice) for choice in choices[1:]]]
    wanted = pair.recorded_choices if any(pair.recorded_choices) else told
    return sum(one is not None and one == other for one, other in zip(told, wanted, strict=True))


def take_verdicts(pairs: Sequence[LabelledPair], verdicts: Mapping[str, Choice | None]) -> list[JudgedPair]:
    """Return recorded verdicts that are choices already, in one order, with the labels. Raises `ConfigError`."""
    missing = [pair.id for pair in pairs if pair.id not in verdicts]
    if missing:
        raise ConfigError(
            f"there is no recorded verdict on {len(missing)} of {len(pairs)} items (the first: {missing[0]})."
        )
    return [
        JudgedPair(pair.label, verdicts[pair.id], lengths=(len(pair.responses[0]), len(pair.responses[1])))
        for pair in pairs
        if pair.label is not None
    ]

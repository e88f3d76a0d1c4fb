"""Which of two outputs a reply in free text prefers: strict forms, and nothing guessed from what fits none.

Two forms, both with the outputs called (a) and (b): `direct` is the choice alone; `reasoned` an explanation, which closes
with "Therefore, Output (a) is better." What is neither is no choice, and no tie either. A reply that is asked for now must
be in its form to the letter and name one output alone, so that a sentence which it quotes from the judged text decides
nothing. A reply that was recorded elsewhere is read as those who recorded it did, so that their figures can be compared.

Source: Zeng et al. 2023 (LLMBar, arXiv:2310.07641), the evaluators' configurations; as there, (a) is read where a recorded
reply names both, and a rating of an output is a whole number from 0 to 9.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from generator.errors import ConfigError, ReplyError

Choice = Literal["first", "second", "tie"]

FORMS: Mapping[str, Mapping[Choice, re.Pattern[str]]] = {
    "direct": {
        "first": re.compile(r"(?:^|\n) ?Output \(a\)"),
        "second": re.compile(r"(?:^|\n) ?Output \(b\)"),
    },
    "reasoned": {
        "first": re.compile(r"Output \(a\) is better."),
        "second": re.compile(r"Output \(b\) is better."),
    },
}
RATINGS = "ratings"  # the form in which each output was rated by itself
HIGHEST_RATING = 9

_LETTERS: Mapping[str, Choice] = {"a": "first", "b": "second"}
_WHOLE = re.compile(r"Output \(([ab])\)\.?")
_CLOSE = re.compile(r"Therefore, Output \(([ab])\) is better\.")
_EMPHASIS = str.maketrans("", "", "*`")
_RATING = re.compile(r"[0-9]{1,3}")


def read_choice(text: str, form: str) -> Choice | None:
    """Return which output a recorded reply prefers, as they were shown; None where it is not in form.

    Raises `ConfigError`.
    """
    _check_form(form)
    return next((choice for choice, pattern in FORMS[form].items() if pattern.search(text.strip())), None)


def parse_choice(text: str, form: str) -> Choice:
    """Return which output a reply prefers, as they were shown; emphasis (`**`) left aside.

    Raises `ConfigError`, and `ReplyError`: `no_choice`, `two_choices`.
    """
    _check_form(form)
    said = text.translate(_EMPHASIS).strip()
    if form == "direct":
        letters = [whole[1]] if (whole := _WHOLE.fullmatch(said)) else []
    else:
        letters = _CLOSE.findall(said)
        if len(set(letters)) > 1:
            raise ReplyError("two_choices", "the reply holds the closing sentence for either output", raw=text)
        closing = f"Therefore, Output ({letters[0]}) is better." if letters else ""
        letters = letters if closing and said.endswith(closing) else []
    if not letters:
        raise ReplyError("no_choice", "the reply does not say in the form asked for which is better", raw=text)
    return _LETTERS[letters[0]]


def read_rating(text: str) -> int | None:
    """Return a recorded rating, a whole number; None where the reply is anything else. It may lie off the scale."""
    return int(text) if _RATING.fullmatch(text.strip()) else None


def swap_choice(choice: Choice | None) -> Choice | None:
    """Return the choice as it reads with the two outputs in the other order."""
    return {"first": "second", "second": "first"}.get(choice or "", choice)  # type: ignore[return-value]


def _check_form(form: str) -> None:
    if form not in FORMS:
        raise ConfigError(f"there is no form of reply `{form}`. Those there are: {', '.join(FORMS)}.")

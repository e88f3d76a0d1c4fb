"""Which of two outputs a reply in free text prefers: strict forms, and nothing guessed from what fits none.

Two forms, both with the outputs called (a) and (b). `direct`: a line begins with the choice. `reasoned`: an explanation,
which closes with "Output (a) is better." A reply that fits neither is no choice, and no tie either.

Source: Zeng et al. 2023 (LLMBar, arXiv:2310.07641), the evaluators' configurations; as there, where a reply names both,
(a) is read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from generator.errors import ConfigError

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


def read_choice(text: str, form: str) -> Choice | None:
    """Return which output the reply prefers, as they were shown; None where it is not in form. Raises `ConfigError`."""
    if form not in FORMS:
        raise ConfigError(f"there is no form of reply `{form}`. Those there are: {', '.join(FORMS)}.")
    return next((choice for choice, pattern in FORMS[form].items() if pattern.search(text.strip())), None)


def swap_choice(choice: Choice | None) -> Choice | None:
    """Return the choice as it reads with the two outputs in the other order."""
    return {"first": "second", "second": "first"}.get(choice or "", choice)  # type: ignore[return-value]

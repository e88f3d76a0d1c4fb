"""What an augmentation makes of a record, before anything is checked about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from evaluators.elimination.hit import Hit
from generator.types import Check, Completion, Example, Turn

ResponseMode = Literal["keep", "ask", "translate"]
MeaningMode = Literal["same", "new"]


@dataclass(frozen=True, slots=True)
class Job:
    """One augmentation to make: of a record, in one variant ("" where there is one only), with a partner for some.

    `order` and `about` go with the calls; `facts` are for a back end that works by rules.
    """

    record: Example
    variant: str
    partner: Example | None
    about: str
    order: int
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """A new text for a record. `response` is None where it is to be asked for; `found` is what is already wrong.

    `system` is a system prompt that became another, None where the record's own stays. `goes_on`: the instruction is a
    further turn of the conversation. `compared` is what the instruction is held against where that is not the record's
    own (names were exchanged in it); `scores` are noted in the record.
    """

    instruction: str
    input: str = ""
    response: str | None = None
    language: str = ""
    history: tuple[Turn, ...] = ()
    system: str | None = None
    goes_on: bool = False
    checks: tuple[Check, ...] = ()
    compared: str | None = None
    found: Hit | None = None
    scores: Mapping[str, float | str | None] = field(default_factory=dict)
    raw: str = ""


def describe_completions(completions: Sequence[Completion]) -> str:
    """Return the raw texts of some calls, as they are kept with a reject."""
    return "\n\n".join(completion.text for completion in completions)

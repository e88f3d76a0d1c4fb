"""The profiles: named tables of steps. Nothing here is a default of anything; a profile is asked for by name.

Source: METHODS, "Format, cleaning, filtering" (82, 83, 88 to 91, 93, 127). The thresholds of `document_b` drop two
of five Alpaca rows, nearly all by the response's 20 words: that is why they are a profile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.cleaning.gates import GATES
from generator.cleaning.steps import MENDING
from generator.errors import ConfigError

DUPLICATES = "duplicates"  # the one step that has to remember
RULES = frozenset({*MENDING, *GATES, DUPLICATES})


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the rule's name, and its parameters where it has some."""

    rule: str
    params: Mapping[str, float | str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The rule as it is counted: with the field it looks at."""
        name = self.params.get("field")
        return f"{self.rule}.{name}" if name else self.rule


@dataclass(frozen=True, slots=True)
class Profile:
    """Steps in the order in which they are taken."""

    name: str
    about: str
    steps: tuple[Step, ...]


_STANDARD = (Step("fix_text"), Step("nfc"), Step("white_space"), Step(DUPLICATES))
_WEB = (Step("fix_text"), Step("html"), Step("nfc"), Step("white_space"), Step(DUPLICATES))

PROFILES: Mapping[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile("none", "nothing", ()),
        Profile("standard", "mojibake, Unicode form, white space, exact duplicates", _STANDARD),
        Profile("web", "standard, and the HTML of prose", _WEB),
        Profile("no_urls", "standard, and addresses of web pages taken out", (
            Step("fix_text"), Step("nfc"), Step("urls"), Step("white_space"), Step(DUPLICATES),
        )),
        Profile("lengths", "standard, and bounds of length: 10 and 20 characters at least (document B), 32,000 at most", (
            *_STANDARD,
            Step("chars", {"field": "instruction", "least": 10, "most": 32_000}),
            Step("chars", {"field": "response", "least": 20, "most": 32_000}),
        )),
        Profile("document_b", "standard, and document B's thresholds: 5 and 20 words, type–token ratio 0.4", (
            *_STANDARD,
            Step("words", {"field": "instruction", "least": 5}),
            Step("words", {"field": "response", "least": 20}),
            Step("ttr", {"field": "response", "least": 0.4}),
        )),
        Profile("document_c", "document C's clean_text: letters a to z, Chinese characters and digits alone; destroys code", (
            Step("urls"), Step("keep_words"), Step(DUPLICATES),
        )),
    )
}  # fmt: skip


def find_profile(names: str) -> Profile:
    """Return a profile by its name, or several as one (`web,document_b`), each step once. Raises `ConfigError`."""
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in PROFILES]
    if unknown or not wanted:
        said = f"there is no cleaning profile `{unknown[0]}`" if unknown else "no cleaning profile is named"
        raise ConfigError(f"{said}. Those there are: {', '.join(PROFILES)}.")
    steps: list[Step] = []
    for step in (step for name in wanted for step in PROFILES[name].steps):
        if step not in steps:
            steps.append(step)
    steps.sort(key=_rank)
    return Profile(",".join(wanted), "; ".join(PROFILES[name].about for name in wanted), tuple(steps))


def _rank(step: Step) -> int:
    """Texts are mended before they are measured: 0 for mending, in its order, then gates, then duplicates."""
    order = [*MENDING, *GATES, DUPLICATES]
    return order.index(step.rule)

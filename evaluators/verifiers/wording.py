"""Turns templates into wordings: numbers agree with their nouns, lists read as prose, optional parameters are heard.

The templates are data, one file a language (`wording_en`, `wording_zh`): a new language is a new file and a line here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from evaluators.verifiers.kind import Params
from evaluators.verifiers.segment import is_cjk
from evaluators.verifiers.wording_answers import CHINESE_ANSWERS, ENGLISH_ANSWERS
from evaluators.verifiers.wording_en import ENGLISH
from evaluators.verifiers.wording_zh import CHINESE, CHINESE_SCRIPTS

TEMPLATES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "en": ENGLISH | ENGLISH_ANSWERS,
    "zh": CHINESE | CHINESE_ANSWERS,
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A parameter in a sentence: `{count:word|words}` counts, `{words:and}` lists, `{text:quote}` quotes."""

    value: Any

    def __format__(self, spec: str) -> str:
        """Render by the format specification."""
        if "|" in spec:
            one, many = spec.split("|")
            return f"{self.value} {one if self.value == 1 else many}"
        if spec == "script":
            return CHINESE_SCRIPTS[self.value]
        if spec == "quote":
            return f"“{self.value}”"
        return join_quoted(self.value, spec) if spec else str(self.value)


def join_quoted(items: tuple[str, ...], conjunction: str) -> str:
    """Return the items as quoted prose, with the comma of the conjunction's language."""
    quoted = [f"“{item}”" for item in items]
    comma, last = ("、", conjunction) if is_cjk(conjunction) else (", ", f" {conjunction} ")
    return last.join([comma.join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


def fill(templates: tuple[str, ...], params: Params, variant: int = 0) -> str:
    """Return template number `variant` (modulo their number), filled with the parameters."""
    shown = {key: Shown(value) for key, value in params.items()}
    return templates[variant % len(templates)].format_map(shown)


def word_kind(name: str, optional: tuple[str, ...]) -> dict[str, Callable[[Params, int], str]]:
    """Return the wordings of a kind by language; `optional` names its optional parameters."""
    return {
        language: make_wording(templates, name, optional)
        for language, templates in TEMPLATES.items()
        if name in templates
    }


def make_wording(
    templates: Mapping[str, tuple[str, ...]], name: str, optional: tuple[str, ...]
) -> Callable[[Params, int], str]:
    """Return a wording that takes the template of `KIND+PARAMETER` where that optional parameter is set."""
    special = [(key, f"{name}+{key}") for key in optional if f"{name}+{key}" in templates]

    def describe(params: Params, variant: int = 0) -> str:
        chosen = next((entry for key, entry in special if params.get(key)), name)
        task = templates.get(f"{name}.{params.get('operation')}")
        sentence = fill(templates[chosen], params, variant)
        return sentence if task is None else fill(task, params, variant) + sentence

    return describe

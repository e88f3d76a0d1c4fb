"""A rubric: one file of `prompts/critic/`, whose head names what is judged and whose body says by what levels.

Promise: what is asked for, parsed and reported follows from the file alone; one that is dropped in is there by its name.

Source: anchored levels in words after Kim et al. 2023 (Prometheus, arXiv:2310.08491); scales, explanation before score,
after Zheng et al. 2023 (MT-Bench, arXiv:2306.05685).
Deviations: dimensions have weights and a rubric a threshold, so that composites need no code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generator.errors import ConfigError, TemplateError
from generator.templates import Template, Templates

FAMILY = "critic"
COLUMNS = "critic."  # what columns of the critic begin with
DEFAULT = "overall"  # the rubric whose columns need no name of their own
DEFAULT_DIMENSIONS = ("instruction", "response", "alignment")  # what `overall` judges where its head names none
DEFAULT_THRESHOLD = 7.0  # the threshold in common use for composite scores on 1-10 rubrics
PAIR = "pair"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
RESERVED = frozenset({
    "overall", "spread", "samples", "scored_by", "doubt", "votes", "arbiter", "agreement", "jury",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rubric:
    """What a rubric asks for: dimensions with their weights, whole scores in [low, high], a threshold.

    `threshold` is what its overall score must reach; None leaves that to the policy, 0 says that it only measures.
    """

    name: str
    looks_at: str
    dimensions: Mapping[str, float]
    low: int = 1
    high: int = 10
    threshold: float | None = None

    @property
    def template(self) -> str:
        """The prompt's name."""
        return f"{FAMILY}/{self.name}"

    @property
    def prefix(self) -> str:
        """What its columns begin with, after `critic.`."""
        return "" if self.name == DEFAULT else f"{self.name}."

    @property
    def gates(self) -> bool:
        """Whether its score counts: a threshold of 0 says that it only measures."""
        return self.threshold != 0

    @property
    def bar(self) -> float:
        """The overall score that counts as good."""
        return DEFAULT_THRESHOLD if self.threshold is None else self.threshold

    def list_columns(self) -> list[str]:
        """Return the columns that it fills, without `critic.`."""
        if self.looks_at == PAIR:
            return [f"{self.prefix}{name}" for name in (*self.dimensions, "overall", "agreement")]
        return [f"{self.prefix}{name}" for name in (*self.dimensions, "overall")]

    def make_schema(self, dimensions: Sequence[str]) -> dict[str, Any]:
        """Return the JSON schema of a reply that judges these dimensions."""
        if self.looks_at == PAIR:
            verdict: dict[str, Any] = {"better": {"type": "string", "enum": ["first", "second", "tie"]}}
        else:
            verdict = {"score": {"type": "integer", "minimum": self.low, "maximum": self.high}}
        part = {
            "type": "object",
            "properties": {"explanation": {"type": "string"}, **verdict},
            "required": ["explanation", *verdict],
            "additionalProperties": False,
        }
        return {
            "type": "object",
            "properties": dict.fromkeys(dimensions, part),
            "required": list(dimensions),
            "additionalProperties": False,
        }

    def combine(self, scores: Mapping[str, float], aggregate: str) -> float:
        """Return the overall score of scores by dimension: the `weighted` mean, the `mean`, or the `lowest`."""
        if aggregate == "lowest":
            return min(scores.values())
        weights = (
            dict.fromkeys(scores, 1.0) if aggregate == "mean" else {name: self.dimensions[name] for name in scores}
        )
        return sum(weights[name] * scores[name] for name in scores) / sum(weights.values())


def read_rubric(templates: Templates, name: str, language: str) -> Rubric:
    """Return the rubric as its file for that language has it. Raises `ConfigError`, `TemplateError`."""
    known = templates.list_names(FAMILY)
    if name not in known:
        raise ConfigError(f"there is no rubric `{name}`. Those there are: {', '.join(known)}.")
    template = templates.get(f"{FAMILY}/{name}", language)
    head = template.head
    dimensions = head.dimensions or (dict.fromkeys(DEFAULT_DIMENSIONS, 1.0) if name == DEFAULT else {})
    _check_head(template, dimensions, head.scale)
    return Rubric(name, head.looks_at, dimensions, *head.scale, head.threshold)


def _check_head(template: Template, dimensions: Mapping[str, float], scale: tuple[int, int]) -> None:
    if not dimensions:
        raise TemplateError(f"{template.path}: the head names no dimensions: `[dimensions]`, then NAME = WEIGHT.")
    for name in dimensions:
        if not _NAME.fullmatch(name) or name in RESERVED:
            taken = f" and none of {', '.join(sorted(RESERVED))}" if name in RESERVED else ""
            raise TemplateError(
                f"{template.find_place('dimensions', name)}: a dimension cannot be called `{name}`: small letters, digits"
                f" and _ only{taken}."
            )
    if sum(dimensions.values()) <= 0:
        raise TemplateError(f"{template.find_place('dimensions')}: every dimension has the weight 0.")
    low, high = scale
    if not 0 <= low < high <= 100:
        raise TemplateError(
            f"{template.find_place('scale')}: the head's `scale` must be two whole numbers, low and high, 0 to 100."
        )
    threshold = template.head.threshold
    if threshold and not low <= threshold <= high:
        raise TemplateError(
            f"{template.find_place('threshold')}: the threshold {threshold:g} is not on the scale, {low} to {high}."
        )


def read_rubrics(templates: Templates, names: Iterable[str], languages: Iterable[str]) -> dict[str, Rubric]:
    """Return rubrics by name, all languages of each the same but for their words. Raises `ConfigError`, `TemplateError`."""
    rubrics: dict[str, Rubric] = {}
    for name in dict.fromkeys(names):
        for language in sorted({"", *languages}):
            rubric = read_rubric(templates, name, language)
            if rubrics.setdefault(name, rubric) != rubric:
                path = templates.get(rubric.template, language).path
                raise TemplateError(f"{path}: its dimensions, weights, scale or threshold are not those of `{name}`.")
    return rubrics

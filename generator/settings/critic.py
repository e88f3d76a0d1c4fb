"""How the critic judges, and who sits on its jury."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from generator.settings.backend import BackendConfig
from generator.settings.section import Text

FILES = ("references", "prescreen")  # settings of the critic that name a file which verdicts depend on


class CriticConfig(BackendConfig):
    """The critic's back end, and how it judges."""

    rubrics: tuple[Text, ...] = Field(
        default=("overall",), min_length=1, strict=False, description="rubrics to judge by: files of `prompts/critic/`"
    )
    by_dimension: bool = Field(default=False, description="ask for one dimension a call, not for all in one")
    # Wang et al. 2022 (self-consistency, arXiv:2203.11171) vote over up to 40
    samples: int = Field(default=1, ge=1, le=40, description="verdicts drawn for each record; their mean counts")
    temperature: float | None = Field(
        default=None,
        ge=0,
        le=2,
        description="temperature of the verdicts; unset: the rubric's, 0.7 where several are drawn",
    )
    probabilities: bool = Field(
        default=False,
        description="weigh each score by the log-probabilities of its tokens, where the server tells them",
    )
    aggregate: Literal["weighted", "mean", "lowest"] = Field(
        default="weighted", description="how the dimensions of a rubric make its overall score; weights are in its head"
    )
    # one anchor of a rubric of 1 to 10 (1, 3, 5, 7, 10) is two or three points from the next
    max_spread: float = Field(
        default=2.0,
        ge=0,
        description="points that samples or jurors may differ by; beyond it the record goes to review",
    )
    reference_guided: bool = Field(
        default=False,
        description="show the critic a reference answer where `references` or the tag `reference` has one",
    )
    references: Text | None = Field(
        default=None, description="JSONL file of reference answers: `reference`, and `id` or `instruction`"
    )
    prescreen: Text | None = Field(
        default=None, description="scorer (made by `distill`) that looks at every record before the critic is asked"
    )
    prescreen_below: float = Field(
        default=0.0,
        ge=0,
        description="score of the scorer below which the critic is not asked: to review, or as a rule says",
    )
    holds: tuple[Text, ...] = Field(
        default=(),
        strict=False,
        description="digests of what `references` and `prescreen` hold; filled in, and checked where given",
    )
    jury_by: Literal["median", "majority"] = Field(
        default="median", description="how a jury comes to its score: its median, or that of the side with more votes"
    )

    def list_files(self) -> Iterator[tuple[str, str]]:
        """Yield the settings that name a file which verdicts depend on, with its path."""
        for name in FILES:
            if path := getattr(self, name):
                yield name, path


class JurorConfig(BackendConfig):
    """One juror: a model, a rubric, or both of its own; what it does not set is the critic's."""

    rubric: Text | None = Field(default=None, description="the rubric it judges by; unset: those of the critic")
    arbiter: bool = Field(default=False, description="it is asked only where the others disagree, and then it decides")


def take_backend(config: BackendConfig) -> BackendConfig:
    """Return how a critic is reached, without how it judges."""
    return BackendConfig.model_construct(**{name: getattr(config, name) for name in BackendConfig.model_fields})

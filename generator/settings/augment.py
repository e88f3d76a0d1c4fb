"""Augmentations: which, and how far from its source one must and may be."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from generator.settings.section import SECTION, Text


class AugmentConfig(BaseModel):
    """Augmentations of accepted records, as a stage of a run or over any file."""

    model_config = SECTION

    methods: tuple[Text, ...] = Field(
        default=(), strict=False, description="what to make of each record, by name; none: the stage is left out"
    )
    variants: dict[str, Annotated[tuple[Text, ...], Field(strict=False)]] = Field(
        default_factory=dict,
        description="by method: the languages, styles or personas to use; else those in the head of its prompt",
    )
    similarity: float = Field(
        default=0.85,
        ge=0,
        le=1,
        description="highest ROUGE-L similarity to its source at which a new text is worth having",
    )
    judge_meaning: bool = Field(
        default=True, description="let a model judge whether a rewording means the same (one call each)"
    )

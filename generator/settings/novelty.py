"""What counts as novel."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from generator.settings.section import SECTION


class NoveltyConfig(BaseModel):
    """Candidates more alike than this to anything in the pool are rejected."""

    model_config = SECTION

    # Self-Instruct, section 2.3: ROUGE-L F1 above 0.7
    rouge_l: float = Field(default=0.7, ge=0, le=1, description="highest ROUGE-L similarity that is still novel")
    minhash: float = Field(
        default=0.7, ge=0, le=1, description="highest Jaccard similarity (word 3-grams, character 5-grams) still novel"
    )
    tokens: Literal["multilingual", "rouge_score"] = Field(
        default="multilingual", description="how ROUGE-L cuts words; `rouge_score` knows only a to z and digits"
    )

"""What candidates are held against beside their own run's pool."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from generator.settings.section import SECTION, Text


class AgainstConfig(BaseModel):
    """Earlier sets that candidates must differ from, and benchmarks that must not leak into them (docs/novelty.md)."""

    model_config = SECTION

    novel: tuple[Text, ...] = Field(
        default=(), strict=False,
        description="runs, files or folders: a candidate too like any record of theirs is rejected, as one of the pool",
    )  # fmt: skip
    benchmarks: tuple[Text, ...] = Field(
        default=(), strict=False,
        description="files or folders: a candidate that shares an n-gram with any of their records is rejected",
    )  # fmt: skip
    # Brown et al. 2020 (arXiv:2005.14165), appendix C: between 8 and 13 words
    ngrams: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        default=(13, 8), strict=False, min_length=1, description="lengths of these n-grams, in words"
    )
    holds: tuple[Text, ...] = Field(
        default=(), strict=False, description="digests of what these sources hold; filled in, and checked where given"
    )

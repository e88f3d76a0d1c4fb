"""What a run is steered towards."""

from __future__ import annotations

from pydantic import BaseModel, Field

from generator.settings.section import SECTION, Weight


class BalanceConfig(BaseModel):
    """The shares that the data set should have, by dimension and class (docs/balance.md)."""

    model_config = SECTION

    toward: dict[str, dict[str, Weight]] = Field(
        default_factory=dict,
        description="a table of shares for each of task_type, domain, difficulty, language; empty: none",
    )

"""What a run may take."""

from __future__ import annotations

from pydantic import BaseModel, Field

from generator.settings.section import SECTION


class LimitsConfig(BaseModel):
    """Hard limits: the run stops before the call that would exceed one. What earlier calls of the run took counts."""

    model_config = SECTION

    max_calls: int | None = Field(default=None, ge=1, description="calls answered, over the whole life of the run")
    max_tokens_total: int | None = Field(default=None, ge=1, description="prompt and completion tokens together")
    max_cost_usd: float | None = Field(default=None, gt=0, description="US dollars, by the table of prices")

"""What turns a verdict into a decision."""

from __future__ import annotations

from pydantic import BaseModel, Field

from generator.settings.section import SECTION


class PolicyConfig(BaseModel):
    """What turns a verdict into accept or reject."""

    model_config = SECTION

    critic: bool = Field(default=True, description="let a critic judge every record")
    # the threshold in common use for composite scores on 1-10 rubrics
    critic_overall: float = Field(
        default=7.0, ge=0, le=10, description="overall score, 1 to 10, that a record must reach"
    )

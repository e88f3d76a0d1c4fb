"""Labels of people that a critic is held against."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from generator.settings.section import SECTION, Text


class CalibrationConfig(BaseModel):
    """Holds the critic against people's labels: by the command `calibrate`, and as a gate before a run."""

    model_config = SECTION

    labels: Text | None = Field(default=None, description="file of labelled pairs or scores (docs/calibration.md)")
    reply: Literal["rubric", "reasoned", "direct"] = Field(
        default="rubric", description="how the critic is asked about pairs: by the rubric `pairwise`, or in free text"
    )
    at_least: dict[str, Annotated[float, Field(ge=-1, le=1)]] = Field(
        default_factory=dict,
        description="what the critic must reach on the labels, like kappa = 0.6; else the run stops",
    )

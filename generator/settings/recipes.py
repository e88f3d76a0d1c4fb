"""The recipes: Evol-Instruct and Self-Instruct."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from generator.settings.section import SECTION, Weight

AUGMENT, JUDGE, CALIBRATE = "augment", "judge", "calibrate"  # the recipes over what is there already
JUDGING = (JUDGE, CALIBRATE)  # those in which nobody writes


class EvolveConfig(BaseModel):
    """Evol-Instruct."""

    model_config = SECTION

    rounds: int | None = Field(
        default=None, ge=0, description="rounds of evolution; unset: 4, or with a target as many as it takes"
    )
    bootstrap: int = Field(
        default=0, ge=0, description="Self-Instruct first grows the pool, seeds included, to this many tasks"
    )
    operators: dict[str, Weight] = Field(
        default_factory=dict,
        description="operators to draw from, name = weight; empty: all there are, as weighted in their heads",
    )
    judge_equal: bool = Field(default=True, description="drop what a judge finds equal to its parent (one call each)")


class SelfInstructConfig(BaseModel):
    """Self-Instruct."""

    model_config = SECTION

    form: Literal["list", "blocks"] = Field(
        default="list", description="`list`: instructions first, then their instances; `blocks`: whole tasks (Alpaca)"
    )
    demonstrations: int = Field(default=8, ge=1, description="tasks shown in a prompt of the form `list`")
    machine_demonstrations: int = Field(default=2, ge=0, description="how many of them, at most, a machine made")
    items: int = Field(default=8, ge=1, description="new tasks asked for in a prompt of the form `list`")
    lag: int = Field(default=16, ge=1, description="a prompt draws on the pool as it was that many prompts earlier")
    blocks_demonstrations: int = Field(default=3, ge=1, description="tasks shown in a prompt of the form `blocks`")
    blocks_items: int = Field(default=20, ge=1, description="new tasks asked for in a prompt of the form `blocks`")

    @field_validator("machine_demonstrations")
    @classmethod
    def _check_share(cls, count: int, info: ValidationInfo) -> int:
        if count > info.data.get("demonstrations", count):
            raise ValueError("must not be more than `self_instruct.demonstrations`")
        return count

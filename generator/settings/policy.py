"""What turns a verdict into a decision."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from generator.settings.section import SECTION, Text

Action = Literal["accept", "reject", "review"]
CONDITION = re.compile(r"""\s*([A-Za-z0-9_.]+)\s*(<=|>=|==|!=|<|>)\s*(-?[0-9]+(?:\.[0-9]+)?|"[^"]*"|'[^']*')\s*""")


def check_condition(text: str) -> str:
    """Return the condition as it was given. Raises `ValueError` where it is none."""
    match = CONDITION.fullmatch(text)
    if match is None:
        raise ValueError('not a condition; write `COLUMN OPERATOR VALUE`, like "critic.overall < 7"')
    if match[3][0] in "\"'" and match[2] not in ("==", "!="):
        raise ValueError("a text can only be compared with == or !=")
    return text


def _list_one(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _require_one(conditions: tuple[str, ...]) -> tuple[str, ...]:
    if not conditions:
        raise ValueError("must hold a condition")
    return conditions


class RuleConfig(BaseModel):
    """One rule: where all of `when` holds, `then` is done, for `reason`; `missing` is done where a value is unknown."""

    model_config = SECTION

    when: Annotated[
        tuple[Annotated[Text, AfterValidator(check_condition)], ...], BeforeValidator(_list_one),
        AfterValidator(_require_one), Field(strict=False),
    ] = Field(description="conditions that must all hold, like `critic.overall < 7`")  # fmt: skip
    then: Action = Field(description="what is done with the record")
    reason: Text | None = Field(default=None, description="the reason's name; unset: the conditions")
    missing: Literal["accept", "reject", "review", "skip"] = Field(
        default="review", description="what is done where a value is not known; `skip`: the next rule decides"
    )


class PolicyConfig(BaseModel):
    """What turns a verdict into accept, reject or review."""

    model_config = SECTION

    critic: bool = Field(default=True, description="let a critic judge every record")
    critic_overall: float | None = Field(
        default=None,
        ge=0,
        le=10,
        description="overall score, 1 to 10, that a record must reach where no rule decides;"
        " unset: the thresholds of the rubrics, 7 where one has none",
    )
    on_unparsed: Literal["fail", "review"] = Field(
        default="fail", description="what becomes of a record whose verdict is not in form, asked for again in vain"
    )
    rules: tuple[RuleConfig, ...] = Field(
        default=(), strict=False, description="rules in order; the first that holds decides (docs/critic.md)"
    )
    default: Action | None = Field(
        default=None, description="what is done where no rule decides; unset: the thresholds decide"
    )

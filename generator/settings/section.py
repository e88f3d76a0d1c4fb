"""What all sections of the configuration share: frozen, strict, unknown keys refused; and the types of their settings."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

SECTION = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
Text = Annotated[str, StringConstraints(min_length=1, pattern=r"^[^\x00]*$")]
Weight = Annotated[float, Field(ge=0)]

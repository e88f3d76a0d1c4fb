"""How seed files are read: for a run, and for a folder of them (`seeds.toml` beside the files)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field, model_validator

from generator.settings.section import SECTION, Text

Trees = Literal["best", "all"]
_ALIASES = {"license": "licence", "system_prompt": "system"}


class ReadingConfig(BaseModel):
    """How seed files are read."""

    model_config = SECTION

    clean: Text | None = Field(
        default=None,
        description="cleaning profiles, like `standard` or `web,document_b` (docs/cleaning.md); unset: none",
    )
    trees: Trees = Field(default="best", description="of a tree of messages: its best path, or every one")


class FolderConfig(BaseModel):
    """What `seeds.toml` says of the files beside it and below. What a record says itself wins."""

    model_config = SECTION

    domain: Text | None = None
    language: Text | None = None
    licence: Text | None = None
    source: Text | None = None
    system: Text | None = None
    quota: int | None = Field(default=None, ge=1)
    clean: Text | None = None
    trees: Trees | None = None
    map: dict[str, Text] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _read_aliases(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        known = {key: value for key, value in values.items() if key not in _ALIASES}
        return {_ALIASES[key]: values[key] for key in _ALIASES if key in values} | known

"""What a prompt template says of itself: the Jinja comment at its top, `key = value` lines in TOML."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from generator.config_faults import find_line
from generator.errors import TemplateError
from generator.types import Sampling

_HEAD = re.compile(r"\s*\{#-?(.*?)-?#\}", re.DOTALL)
_KEY_LINE = re.compile(r"^\s*[a-z_]+\s*=", re.MULTILINE)


class Head(BaseModel):
    """What a template says of itself, and the sampling parameters that its call uses."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    what: str = ""
    variables: tuple[str, ...] = Field(default=(), strict=False)
    reply: str = ""
    source: str = ""
    kind: Literal["in-depth", "in-breadth"] = "in-depth"
    weight: float = Field(default=1.0, ge=0)
    temperature: float | None = Field(default=None, ge=0)
    top_p: float | None = Field(default=None, gt=0, le=1)
    presence_penalty: float | None = None
    max_tokens: int | None = Field(default=None, gt=0)
    stop: tuple[str, ...] = Field(default=(), strict=False)
    states_checks: bool = False  # an operator's: the reply must state constraints that code can check
    # what follows is an augmentation's, under `prompts/augment/`
    meaning: Literal["same", "new"] = "new"
    response: Literal["keep", "ask"] = "ask"
    form: Literal["task", "list", "follow_up"] = "task"
    partners: int = Field(default=0, ge=0, le=1)
    variants: tuple[str, ...] = Field(default=(), strict=False)
    # what follows is a rubric's, under `prompts/critic/`
    language: str = ""
    looks_at: Literal["record", "instruction", "pair", "long text"] = "record"
    dimensions: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)  # name = weight
    scale: tuple[int, int] = Field(default=(1, 10), strict=False)
    threshold: float | None = Field(default=None, ge=0)

    @cached_property
    def sampling(self) -> Sampling:
        """The sampling parameters."""
        return Sampling(self.temperature, self.top_p, self.presence_penalty, self.max_tokens, self.stop)


def find_head_line(path: Path, key: Sequence[str]) -> int | None:
    """Return the line of a template's file that sets a key of its head; None where none does."""
    source = path.read_text(encoding="utf-8-sig")
    match = _HEAD.match(source)
    line = find_line(match[1], key) if match else None
    return source.count("\n", 0, match.start(1)) + line if match and line else None


def read_head(path: Path, source: str) -> Head:
    """Return the head of a template; a comment without a `key =` line is none. Raises `TemplateError` with the line."""
    match = _HEAD.match(source)
    if match is None or not _KEY_LINE.search(match[1]):
        return Head()
    above = source.count("\n", 0, match.start(1))
    try:
        return Head.model_validate(tomllib.loads(match[1]))
    except tomllib.TOMLDecodeError as error:
        said, _, place = str(error).partition(" (at line ")
        line = above + int(place.partition(",")[0]) if place else above + 1
        raise TemplateError(f"{path}:{line}: the head (the comment at the top) is not TOML: {said}.") from error
    except ValidationError as error:
        fault = error.errors()[0]
        name = str(fault["loc"][0])
        line = above + (find_line(match[1], [name]) or 1)
        said = re.sub("^Input should", "must", fault["msg"])
        if fault["type"] == "extra_forbidden":
            said = f"no such key; those there are: {', '.join(Head.model_fields)}"
        raise TemplateError(f"{path}:{line}: the head's `{name}`: {said}.") from error

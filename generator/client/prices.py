"""What calls cost. Prices are whole nano-dollars a token, so that a limit is exact to the last of many small sums.

Promise: an unknown price is None, never 0.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from generator.errors import ConfigError
from generator.types import Usage

NANO_USD = 1_000_000_000
_NANO_A_TOKEN = NANO_USD // 1_000_000  # a dollar for a million tokens is so many nano-dollars a token
_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: float = Field(ge=0)
    cached_prompt: float | None = Field(default=None, ge=0)
    completion: float = Field(ge=0)


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    date: str = ""
    source: str = ""
    models: dict[str, _Row] = {}


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one model, in nano-dollars a token."""

    prompt: int
    cached_prompt: int
    completion: int

    def compute_cost(self, usage: Usage) -> int | None:
        """Return the cost of a call in nano-dollars; None where the server did not say the tokens, unless all is free."""
        if not (self.prompt or self.completion):
            return 0
        if usage.prompt_tokens is None or usage.completion_tokens is None:
            return None
        cached = min(usage.cached_prompt_tokens or 0, usage.prompt_tokens)
        fresh = usage.prompt_tokens - cached
        return fresh * self.prompt + cached * self.cached_prompt + usage.completion_tokens * self.completion


def load_prices(overlay: Path | None = None) -> Mapping[str, Price]:
    """Return the shipped prices with the user's laid over them. Raises `ConfigError`."""
    shipped = resources.files("generator.client").joinpath("prices.toml").read_text(encoding="utf-8")
    rows = dict(_parse(shipped, "prices.toml").models)
    if overlay is not None:
        try:
            rows |= _parse(overlay.read_text(encoding="utf-8"), str(overlay)).models
        except OSError as error:
            raise ConfigError(f"--prices {overlay}: cannot be read ({error.strerror}).") from error
    return {name: _make_price(row) for name, row in rows.items()}


def find_price(prices: Mapping[str, Price], model: str) -> Price | None:
    """Return the price of a model, or of the model that it is a dated snapshot of; None where it is not known."""
    return prices.get(model) or prices.get(_SNAPSHOT.sub("", model))


def _parse(text: str, source: str) -> _Table:
    try:
        return _Table.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{source}: not TOML: {error}.") from error
    except ValidationError as error:
        fault = error.errors()[0]
        raise ConfigError(f"{source}: `{'.'.join(map(str, fault['loc']))}`: {fault['msg']}.") from error


def _make_price(row: _Row) -> Price:
    cached = row.prompt if row.cached_prompt is None else row.cached_prompt
    return Price(*(round(usd * _NANO_A_TOKEN) for usd in (row.prompt, cached, row.completion)))

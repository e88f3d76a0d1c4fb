"""What a kind of constraint is: its parameters, its wording in each language, and its check.

Parameters come from a model's JSON, so they are untrusted: `clean_params` refuses unknown names, wrong types (a bool is
no count, 3.0 is no 3) and what is out of range, before any check sees them. Every text is NFC and bounded in length.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from generator.errors import ReplyError

MAX_COUNT = 100_000  # more than any response holds
MAX_TEXT = 500  # characters of one text parameter
MAX_ITEMS = 50  # entries of one list parameter

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Clean:
    """Reads one untrusted value; `form` says what it takes, as it would stand in JSON (`1…100`, `"text"`)."""

    form: str
    read: Callable[[Any], Any]

    def __call__(self, value: Any) -> Any:
        """Return the value as checks see it. Raises `ReplyError`."""
        return self.read(value)


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter: `clean` returns the value as checks see it, or raises `ReplyError`."""

    clean: Clean
    required: bool = True
    default: Any = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What code knows of a kind: its parameters and its check. `check` and `refine` get parameters already clean.

    `check` takes (response, params, task input), the response in NFC and not blank. `conflicts` names the kinds that it
    cannot, or should not, stand beside (said on one side is enough). `refine` looks at all parameters together.
    """

    params: Mapping[str, Param]
    check: Callable[[str, Params, str], bool]
    conflicts: frozenset[str] = frozenset()
    refine: Callable[[Params], Params] | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of constraint: its rule, and how it is worded: language -> (params, variant) -> imperative sentence."""

    name: str
    params: Mapping[str, Param]
    check: Callable[[str, Params, str], bool]
    conflicts: frozenset[str]
    refine: Callable[[Params], Params] | None
    describe: Mapping[str, Callable[[Params, int], str]]

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that it can be asked for in."""
        return tuple(self.describe)


def refuse(message: str) -> ReplyError:
    """Return the error for parameters that cannot be used."""
    return ReplyError("bad_check_params", message)


def clean_params(name: str, spec: Mapping[str, Param], params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters with defaults filled in. Raises `ReplyError` (`bad_check_params`)."""
    unknown = sorted(set(params) - set(spec))
    if unknown:
        raise refuse(f"{name}: unknown parameter {unknown[0]!r:.80}; it takes {', '.join(spec) or 'none'}")
    clean: dict[str, Any] = {}
    for key, param in spec.items():
        if key in params:
            try:
                clean[key] = param.clean(params[key])
            except ReplyError as error:
                raise refuse(f"{name}: {key} {error}") from None
        elif param.required:
            raise refuse(f"{name}: the parameter {key!r} is missing")
        else:
            clean[key] = param.default
    return clean


def whole(low: int = 1, high: int = MAX_COUNT) -> Clean:
    """Return a check for a whole number in [low, high]."""

    def clean(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise refuse(f"must be a whole number from {low} to {high}")
        return value

    return Clean(f"{low}…{high}", clean)


def text(max_chars: int = MAX_TEXT) -> Clean:
    """Return a check for a text of 1 to `max_chars` characters that is not blank; outer white space goes."""

    def clean(value: Any) -> str:
        if not isinstance(value, str) or not value.strip() or len(value) > max_chars:
            raise refuse(f"must be a text of 1 to {max_chars} characters")
        return unicodedata.normalize("NFC", value.strip())

    return Clean('"text"', clean)


def texts(max_chars: int = 80, max_items: int = MAX_ITEMS) -> Clean:
    """Return a check for a list of 1 to `max_items` different texts."""
    one = text(max_chars)

    def clean(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list | tuple) or not 1 <= len(value) <= max_items:
            raise refuse(f"must be a list of 1 to {max_items} texts")
        items = tuple(one(item) for item in value)
        if len(set(items)) < len(items):
            raise refuse("must not hold the same text twice")
        return items

    return Clean('["text", …]', clean)


def choice(*values: str) -> Clean:
    """Return a check for one of some texts."""

    def clean(value: Any) -> str:
        if not isinstance(value, str) or value not in values:
            raise refuse(f"must be one of {', '.join(values)}")
        return value

    return Clean(" | ".join(json.dumps(value, ensure_ascii=False) for value in values), clean)


def flag() -> Clean:
    """Return a check for true or false."""

    def clean(value: Any) -> bool:
        if not isinstance(value, bool):
            raise refuse("must be true or false")
        return value

    return Clean("true | false", clean)

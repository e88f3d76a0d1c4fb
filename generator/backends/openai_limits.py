"""What a server says about its limits in the headers of a response (`x-ratelimit-*`). Pure, and cheap where none are there.

Source: https://platform.openai.com/docs/guides/rate-limits (headers); Groq, Mistral and Together send the same names.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from generator.protocols import RateLimits

_PREFIX = b"x-ratelimit-"
_PARTS = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|)")
_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "": 1.0}
_LONGEST_RESET_S = 7 * 86400.0  # more is no span but a date in another form


def read_rate_limits(headers: Iterable[tuple[bytes, bytes]]) -> RateLimits | None:
    """Return what the headers say is left; None where they say nothing of it."""
    said = {
        name.lower().removeprefix(_PREFIX): value for name, value in headers if name[:12].lower() == _PREFIX
    }  # most responses hold none: only the beginnings are looked at
    if not said:
        return None
    limits = RateLimits(
        _read_count(said.get(b"remaining-requests")), _read_span(said.get(b"reset-requests")),
        _read_count(said.get(b"remaining-tokens")), _read_span(said.get(b"reset-tokens")),
    )  # fmt: skip
    return None if limits == RateLimits() else limits


def _read_count(value: bytes | None) -> int | None:
    try:
        count = float(value) if value is not None else -1.0
    except ValueError:
        return None
    return int(count) if math.isfinite(count) and count >= 0 else None


def _read_span(value: bytes | None) -> float | None:
    """Return the seconds of `6m0s`, `20ms`, `1h2m3.5s` or `17`; None for another form."""
    text = value.decode("latin-1").strip() if value is not None else ""
    parts = _PARTS.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    seconds = sum(float(number) * _UNITS_S[unit] for number, unit in parts)
    return seconds if seconds <= _LONGEST_RESET_S else None

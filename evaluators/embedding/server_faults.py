"""What a server of embeddings said when it gave none, in our own errors: what may work later, and what never will.

Source: https://www.rfc-editor.org/rfc/rfc9110 (status codes, Retry-After)
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from generator.errors import BackendError, BackendSetupError, RefusedError, RetryableError

LONGEST_QUOTE = 300
_LATER = frozenset({408, 409, 425, 429})
_NO_MONEY = "insufficient_quota"  # OpenAI's 429 for an account without credit: no waiting helps


def explain_status(url: str, status: int, headers: Mapping[str, str], said: str) -> BackendError:
    """Return the error for an HTTP status other than success."""
    what = f"HTTP {status}: {' '.join(said.split())[:LONGEST_QUOTE]}"
    if status in (401, 402, 403) or (status == 429 and _NO_MONEY in said):
        return BackendSetupError(f"{url} refused the key or wants payment ({what}).")
    if status in (404, 405) or 300 <= status < 400:
        return BackendSetupError(
            f"{url} has no such address or model ({what}). Check both; the address usually ends in /v1."
        )
    if status in _LATER or status >= 500:
        return RetryableError(what, retry_after_s=read_seconds(headers.get("retry-after")), limited=status == 429)
    return RefusedError(what)


def explain_connection(error: Exception) -> RetryableError:
    """Return the error for a call without an answer; the transport's own words are the last in its chain."""
    root: BaseException = error
    while root.__cause__ is not None:
        root = root.__cause__
    return RetryableError(" ".join(str(root).split())[:LONGEST_QUOTE] or type(root).__name__)


def read_seconds(text: str | None) -> float | None:
    """Return a Retry-After in seconds; None where there is none, or a date (then the usual wait must do)."""
    try:
        seconds = float(text or "")
    except ValueError:
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None

"""The language that somebody names, by its code or its name."""

from __future__ import annotations

import difflib

from generator.errors import ConfigError
from generator.language_names import NAMES


def find_language(text: str) -> tuple[str, str]:
    """Return (code, English name) of a language given by either. Raises `ConfigError` for one that is not known."""
    wanted = text.strip().casefold()
    for code, name in NAMES.items():
        if wanted in (code, name.casefold()):
            return code, name
    near = difflib.get_close_matches(wanted, [name.casefold() for name in NAMES.values()], n=1)
    advice = f" Do you mean {near[0].capitalize()}?" if near else ""
    raise ConfigError(f"there is no language `{text}`.{advice} Write its code or English name: {', '.join(NAMES)}.")

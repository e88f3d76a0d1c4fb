"""The language that somebody names, by its code or its name."""

from __future__ import annotations

from generator.errors import ConfigError
from generator.language_names import NAMES


def find_language(text: str) -> tuple[str, str]:
    """Return (code, English name) of a language given by either. Raises `ConfigError` for one that is not known."""
    wanted = text.strip().casefold()
    for code, name in NAMES.items():
        if wanted in (code, name.casefold()):
            return code, name
    known = ", ".join(f"{code} ({name})" for code, name in NAMES.items())
    raise ConfigError(f"there is no language `{text}`. Those there are: {known}.")

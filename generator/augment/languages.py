"""Languages by code and by name, as they stand in a prompt."""

from __future__ import annotations

from collections.abc import Mapping

from generator.errors import ConfigError

NAMES: Mapping[str, str] = {
    "ar": "Arabic", "bn": "Bengali", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian",
    "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "ms": "Malay", "nl": "Dutch",
    "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sv": "Swedish",
    "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


def find_language(text: str) -> tuple[str, str]:
    """Return (code, English name) of a language given by either. Raises `ConfigError` for one that is not known."""
    wanted = text.strip().casefold()
    for code, name in NAMES.items():
        if wanted in (code, name.casefold()):
            return code, name
    known = ", ".join(f"{code} ({name})" for code, name in NAMES.items())
    raise ConfigError(f"there is no language `{text}`. Those there are: {known}.")

"""Configuration files: TOML in UTF-8, read whole and written whole."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w

from generator.errors import ConfigError

PATHS = ("seeds", "prompts", "runs_dir")  # settings that name places, as seen from the folder that the file lies in


def read_config(path: Path) -> tuple[dict[str, Any], str]:
    """Return the settings of a file, not yet checked, with absolute paths, and its text. Raises `ConfigError`."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        settings = tomllib.loads(text)
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file.") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 (byte {error.start + 1}). Save it as UTF-8.") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        said, _, place = str(error).partition(" (at line ")
        line = f":{place.partition(',')[0]}" if place else ""
        raise ConfigError(f"{path}{line}: not TOML: {said}.") from error
    folder = path.absolute().parent
    return settings | {key: _anchor(settings[key], folder) for key in PATHS if key in settings}, text


def _anchor(value: Any, folder: Path) -> Any:
    if isinstance(value, str):
        return str(folder / value) if value else value
    return [_anchor(item, folder) for item in value] if isinstance(value, list) else value


def save_config(settings: Mapping[str, Any], path: Path) -> None:
    """Write settings as TOML, whole or not at all."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(tomli_w.dumps(settings), encoding="utf-8")
    temporary.replace(path)

"""Configuration files: TOML in UTF-8, read whole and written whole."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w

from generator.errors import ConfigError

PATHS = ("seeds", "prompts", "runs_dir")  # settings that name places, as seen from the folder that the file lies in


def read_config(path: Path, flag: str = "") -> tuple[dict[str, Any], str]:
    """Return the settings of a file, not yet checked, with absolute paths, and its text; `flag` is how it was given.

    Raises `ConfigError`.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        settings = tomllib.loads(text)
    except FileNotFoundError as error:
        raise ConfigError(f"{flag} {path}: no such file.".lstrip()) from error
    except OSError as error:
        raise ConfigError(f"{flag} {path}: cannot be read ({error.strerror}).".lstrip()) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 (byte {error.start + 1}). Save it as UTF-8.") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        said, _, place = str(error).partition(" (at line ")
        line = f":{place.partition(',')[0]}" if place else ""
        raise ConfigError(f"{path}{line}: not TOML: {said}.") from error
    settings = _spread_seeds(settings)
    folder = path.absolute().parent
    settings |= {key: _anchor(settings[key], folder) for key in PATHS if key in settings}
    return settings | _anchor_sources(settings, folder), text


def _anchor_sources(settings: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return the section `against` with absolute paths; what is not there from the folder may be a run's name."""
    against = settings.get("against")
    if not isinstance(against, dict):
        return {}
    listed = {key: against[key] for key in ("novel", "benchmarks") if isinstance(against.get(key), list)}
    anchored = {
        key: [str(folder / one) if isinstance(one, str) and (folder / one).exists() else one for one in values]
        for key, values in listed.items()
    }
    return {"against": against | anchored}


def _spread_seeds(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings with a table `[seeds]` (paths, and how they are read) as the two settings that it stands for."""
    seeds, reading = settings.get("seeds"), settings.get("reading", {})
    if not isinstance(seeds, dict) or not isinstance(reading, dict):
        return settings
    rest = {key: value for key, value in seeds.items() if key != "paths"}
    return {**settings, "seeds": seeds.get("paths", []), "reading": reading | rest}


def _anchor(value: Any, folder: Path) -> Any:
    if isinstance(value, str):
        return str(folder / value) if value else value
    return [_anchor(item, folder) for item in value] if isinstance(value, list) else value


def save_config(settings: Mapping[str, Any], path: Path) -> None:
    """Write settings as TOML, whole or not at all."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(tomli_w.dumps(settings), encoding="utf-8")
    temporary.replace(path)

"""What a folder of seed files says of itself in `seeds.toml`, and how that is laid over its records.

The nearest `seeds.toml` counts: the one beside a file, else the one of the folders above it up to the folder that was
named. Its defaults fill what a record leaves open; its map renames fields before the shape is told.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from generator.config_faults import Source, explain_fault
from generator.errors import SeedError
from generator.seed_files.faults import name_path
from generator.settings.seeds import FolderConfig
from generator.types import SeedTask

NAME = "seeds.toml"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder's settings and the file that they stand in; both empty where there is none."""

    settings: FolderConfig = field(default_factory=FolderConfig)
    path: Path | None = None

    def rename(self, values: Mapping[str, object]) -> Mapping[str, object]:
        """Return a record's values under the names that the map gives them."""
        return rename_fields(values, self.settings.map) if self.settings.map else values

    def fill(self, task: SeedTask) -> SeedTask:
        """Return the task with the folder's defaults where it says nothing itself."""
        settings = self.settings
        tags = {"domain": settings.domain, "licence": settings.licence, "source": settings.source}
        missing = {name: text for name, text in tags.items() if text and name not in task.tags}
        update: dict[str, object] = {"tags": task.tags | missing} if missing else {}
        if settings.language and not task.language:
            update["language"] = settings.language.lower()
        if settings.system and task.system is None:
            update["system"] = settings.system
        return task.model_copy(update=update) if update else task


NO_FOLDER = Folder()


def rename_fields(values: Mapping[str, object], names: Mapping[str, str]) -> Mapping[str, object]:
    """Return values under new names: `a.b` looks into `a`, `tags.x` names a tag. What is not there is passed over."""
    renamed = {key: value for key, value in values.items() if key not in names}
    for old, new in names.items():
        value = values.get(old, _look_into(values, old.split(".")))
        if value is None:
            continue
        if new.startswith("tags."):
            tags = renamed.get("tags")
            text = value if isinstance(value, str) else str(value)
            renamed["tags"] = {**(tags if isinstance(tags, Mapping) else {}), new.removeprefix("tags."): text}
        else:
            renamed[new] = value
    return renamed


def _look_into(values: object, path: list[str]) -> object:
    for part in path:
        if not isinstance(values, Mapping):
            return None
        values = values.get(part)
    return values


def read_map(pairs: Iterable[str]) -> dict[str, str]:
    """Return the map of `--map old=new` options. Raises `SeedError`."""
    names = {}
    for pair in pairs:
        old, mark, new = (side.strip() for side in pair.partition("="))
        if not (old and mark and new):
            raise SeedError(f"--map {pair}: write THEIR_FIELD=OUR_FIELD, like question=instruction.")
        names[old] = new
    return names


class Folders:
    """Finds the settings of files; each `seeds.toml` is read once. `names` are maps and defaults from the command line."""

    def __init__(self, tops: Iterable[Path | str], names: Mapping[str, str] | None = None) -> None:
        self._tops = [Path(top).absolute() for top in tops if Path(top).is_dir()]
        self._names = dict(names or {})
        self._known: dict[Path, Folder | None] = {}

    def find(self, file: Path) -> Folder:
        """Return the settings for a file. Raises `SeedError` where they cannot be used."""
        here = file.absolute().parent
        folders = [here, *(parent for parent in here.parents if self._is_inside(parent))]
        found = next((known for folder in folders if (known := self._read(folder)) is not None), NO_FOLDER)
        if not self._names:
            return found
        merged = {**found.settings.map, **self._names}
        return Folder(found.settings.model_copy(update={"map": merged}), found.path)

    def _is_inside(self, folder: Path) -> bool:
        return any(folder.is_relative_to(top) for top in self._tops)

    def _read(self, folder: Path) -> Folder | None:
        if folder not in self._known:
            path = folder / NAME
            self._known[folder] = Folder(read_settings(path), path) if path.is_file() else None
        return self._known[folder]


def read_settings(path: Path) -> FolderConfig:
    """Return what a `seeds.toml` says. Raises `SeedError` that names every fault and its line."""
    shown = name_path(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return FolderConfig.model_validate(tomllib.loads(text))
    except OSError as error:
        raise SeedError(f"{shown}: the file cannot be read ({error.strerror}). Check its rights.") from error
    except UnicodeDecodeError as error:
        raise SeedError(f"{shown}: not UTF-8 (byte {error.start + 1}). Save it as UTF-8.") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        said, _, place = str(error).partition(" (at line ")
        line = f":{place.partition(',')[0]}" if place else ""
        raise SeedError(f"{shown}{line}: not TOML: {said}.") from error
    except ValidationError as error:
        known = list(FolderConfig.model_fields)
        source = Source(file=shown, text=text)
        raise SeedError("\n".join(explain_fault(fault, source, known) for fault in error.errors())) from error

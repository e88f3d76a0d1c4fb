"""Paths → seed files, always in the same order: as named; in a folder by name, its own files before its sub-folders'.

In a folder, hidden names, files with an unknown ending (`README.md`, `seeds.toml`) and the files that describe a data set
(`dataset_info.json`) are passed over; a file that is named itself has to be readable, whatever its ending. A file or
folder reached twice, through a link or by being named twice, counts once.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from generator.seed_files.faults import name_path
from generator.seed_files.formats import find_container, list_endings

# What describes a data set and is none: Hugging Face's and LLaMA-Factory's, and our own manifest.
DESCRIPTIONS = frozenset({
    "dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json", "manifest.json", "funnel.json",
})  # fmt: skip


def list_seed_files(paths: Iterable[Path | str]) -> tuple[list[Path], list[str]]:
    """Return the seed files behind the paths, and what is wrong with paths, as messages."""
    files: dict[str, Path] = {}
    problems: list[str] = []
    for path in map(Path, paths):
        if os.path.isdir(path):
            found = list(_walk_folder(path, problems))
            if not found:
                advice = f"Put a file there that ends in {list_endings()}."
                problems.append(f"{name_path(path)}: the folder holds no seed file. {advice}")
        else:
            problem = check_path(path)
            found = [] if problem else [path]
            if problem:
                problems.append(f"{name_path(path)}: {problem}")
        for file in found:
            files.setdefault(os.path.realpath(file), file)
    return list(files.values()), problems


def check_path(path: Path) -> str | None:
    """Return what is wrong with a path that should be a seed file; None where nothing is."""
    if os.path.isdir(path):
        return "this is a folder. Name a file in it."
    if not os.path.exists(path):
        if os.path.islink(path):
            return "the link leads nowhere. Mend or remove it."
        return "there is no such file or folder. Check the spelling."
    if not os.path.isfile(path):
        return "this is not a regular file. Save the seeds to a file first."
    return None


def _walk_folder(top: Path, problems: list[str]) -> Iterator[Path]:
    """Yield the seed files below a folder. Folders are known by their real path, so a loop of links ends."""
    seen: set[str] = set()
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        real = os.path.realpath(folder)
        if real in seen:
            continue
        seen.add(real)
        try:
            names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
        except OSError as error:
            problems.append(f"{name_path(folder)}: the folder cannot be read ({error.strerror}). Check its rights.")
            continue
        entries = [folder / name for name in names]
        for entry in entries:
            if not os.path.isdir(entry) and find_container(entry) is not None and entry.name not in DESCRIPTIONS:
                yield entry
        waiting += [entry for entry in reversed(entries) if os.path.isdir(entry)]

"""Quotas of folders: at most so many tasks of each, chosen by the digest of what they ask, and every folder's share.

The choice depends on nothing but the tasks themselves: not on their order, nor on other folders; and a larger quota
keeps all that a smaller one chose.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from generator.seed_files.folder import Folder
from generator.types import SeedTask, make_digest


@dataclass(frozen=True, slots=True)
class Share:
    """One folder with a `seeds.toml` (`name` is its path; "" for all files without): tasks there, quota, tasks used."""

    name: str
    count: int
    quota: int | None
    used: int


class ShareCounter:
    """Counts the tasks of each folder, without holding them: a quota lets through what it names, or all there are."""

    def __init__(self) -> None:
        self._counts: dict[str, tuple[int, int | None]] = {}

    def count(self, folder: Folder) -> None:
        """Count one task."""
        name = name_folder(folder)
        self._counts[name] = (self._counts.get(name, (0, None))[0] + 1, folder.settings.quota)

    def list_shares(self) -> list[Share]:
        """Return the shares of all folders, in the order in which they came."""
        return [
            Share(name, count, quota, count if quota is None else min(count, quota))
            for name, (count, quota) in self._counts.items()
        ]


def name_folder(folder: Folder) -> str:
    """Return the path of a folder that says something of itself, "" for all others."""
    return str(folder.path.parent) if folder.path else ""


def choose_share(tasks: Sequence[tuple[SeedTask, Folder]]) -> tuple[list[tuple[SeedTask, Folder]], list[Share]]:
    """Return the tasks that the quotas let through, in order, and the share of each folder."""
    groups: defaultdict[str, list[int]] = defaultdict(list)
    quotas: dict[str, int | None] = {}
    for place, (_, folder) in enumerate(tasks):
        name = name_folder(folder)
        groups[name].append(place)
        quotas[name] = folder.settings.quota
    kept: set[int] = set()
    shares = []
    for name, places in groups.items():
        chosen = _choose([(tasks[place][0].id, place) for place in places], quotas[name])
        kept.update(chosen)
        shares.append(Share(name, len(places), quotas[name], len(chosen)))
    return [task for place, task in enumerate(tasks) if place in kept], shares


def _choose(tasks: Sequence[tuple[str, int]], quota: int | None) -> list[int]:
    if quota is None or len(tasks) <= quota:
        return [place for _, place in tasks]
    ranked = sorted(tasks, key=lambda task: (make_digest("quota", task[0]), task[1]))
    return [place for _, place in ranked[:quota]]

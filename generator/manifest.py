"""`manifest.json`: what files a version of a data set is made of, by digest, and what it was made from.

A run's manifest names the run's own files; an export's names its files and, as parent, the manifest or the files that it
was made from. So a file found anywhere can be told to be, or not to be, of a certain run. No time stands in it: the same
files have the same manifest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from generator.config import RunConfig
from generator.errors import ConfigError
from generator.run_folder import RunFolder, write_whole
from generator.types import make_digest

MANIFEST = "manifest.json"
VERSION = 1
RUN_DATA = ("seeds.jsonl", "dataset.jsonl", "rejects.jsonl", "review.jsonl")


def describe_file(path: Path, name: str | None = None) -> dict[str, Any]:
    """Return a file's name, size in bytes, digest, and number of lines."""
    digest, size, lines = hashlib.sha256(), 0, 0
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
            size += len(piece)
            lines += piece.count(b"\n")
    return {"path": name or path.name, "bytes": size, "sha256": digest.hexdigest(), "lines": lines}


def write_manifest(path: Path, kind: str, files: Sequence[Mapping[str, Any]], parents: Sequence[Mapping[str, Any]],
                   **more: Any) -> None:  # fmt: skip
    """Write a manifest, whole or not at all."""
    value = {"seedbed": VERSION, "kind": kind, **more, "files": list(files), "parents": list(parents)}
    write_whole(path, json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def write_run_manifest(folder: RunFolder, config: RunConfig) -> None:
    """Write the manifest of a run that has come to its end."""
    files = [describe_file(folder.path / name) for name in RUN_DATA if (folder.path / name).is_file()]
    identity = config.describe_identity()
    write_manifest(
        folder.path / MANIFEST, "run", files, [], name=folder.name, configuration=make_digest(identity),
        settings=identity, **({"critic_holds": list(config.critic.holds)} if config.critic.holds else {}),
    )  # fmt: skip


def read_manifest(path: Path) -> dict[str, Any] | None:
    """Return a manifest of ours; None where there is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) and "seedbed" in value and isinstance(value.get("files"), list) else None


def describe_parent(name: str, files: Iterable[Path], folder: Path | None) -> dict[str, Any]:
    """Return what a version is made from: its name, its files, and the digest of its manifest where it has one."""
    manifest = None if folder is None else folder / MANIFEST
    known = manifest is not None and manifest.is_file()
    return {
        "name": name, "kind": "file" if folder is None else "run",
        "manifest": describe_file(manifest)["sha256"] if manifest is not None and known else None,
        "files": [describe_file(path) for path in files],
    }  # fmt: skip


def check_manifest(path: Path) -> list[str]:
    """Return what differs between a manifest and the files beside it; empty where all is as it says."""
    manifest = read_manifest(path)
    if manifest is None:
        raise ConfigError(f"{path}: no manifest of ours.")
    faults = []
    for file in manifest["files"]:
        beside = path.parent / file["path"]
        if not beside.is_file():
            faults.append(f"{file['path']} is missing")
        elif describe_file(beside)["sha256"] != file["sha256"]:
            faults.append(f"{file['path']} is another file")
    return faults

"""What a model is called in a record: its name, never the place on this machine where it lies.

Source: the cache of https://huggingface.co/docs/huggingface_hub (`models--ORG--NAME/snapshots/COMMIT`)
"""

from __future__ import annotations

import re
from pathlib import Path

_CACHED = re.compile(r"/models--([^/]+?)--([^/]+)/snapshots/[^/]+$")
_PLACE = re.compile(r"^(?:[/~]|\.{1,2}[/\\]|[A-Za-z]:[/\\])")
# Names that tell a model only together with the folder above: what trainers call their outputs, and digests.
_VAGUE = re.compile(
    r"^(?:(?:checkpoint|step|epoch)[-_]?\d*|final|latest|last|best|model|merged|weights|\d+|[0-9a-f]{32,})$"
)


def is_place(model: str) -> bool:
    """Say whether a model is named by where it lies: a path that cannot be anything else."""
    return _PLACE.match(model) is not None


def name_model(model: str) -> str:
    """Return the name of a model that is given by name or by a path: `/data/models/Qwen3-8B/` is `Qwen3-8B`."""
    if not is_place(model):
        return model
    path = model.replace("\\", "/").rstrip("/")
    if cached := _CACHED.search(path):
        return f"{cached[1]}/{cached[2]}"
    *above, name = path.split("/")
    return f"{above[-1]}/{name}" if _VAGUE.match(name) and above and above[-1] else name or model


def name_folder(folder: Path) -> str:
    """Return the name of a model in a folder, however the path to it is written."""
    return name_model(folder.expanduser().resolve().as_posix())

"""A run on disk: what lies where, whose it is, and that only one process writes it.

`config.toml`, `seeds.jsonl`, `journal.sqlite`, `dataset.jsonl`, `rejects.jsonl`, `funnel.json`, `lock`; `review.jsonl`
where something waits for a person.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from pydantic import ValidationError

from generator.config import RunConfig, find_differences, make_config
from generator.config_faults import Source
from generator.config_file import read_config, save_config
from generator.errors import ConfigError
from generator.types import Example

try:
    import fcntl
except ImportError:  # not on this system: two processes on one run are then not noticed
    fcntl = None  # type: ignore[assignment]

_NAME = re.compile(r"\w[\w.-]{0,99}")
RUN_FILES = (
    "config.toml", "seeds.jsonl", "journal.sqlite", "dataset.jsonl", "rejects.jsonl", "funnel.json", "review.jsonl",
)  # fmt: skip
VECTORS_FILE = "vectors.sqlite"  # only where a server makes embeddings
_TRIES, _BETWEEN_S = 4, 0.05  # for the lock: `runs` holds it for a moment while it looks


def is_run_name(name: str) -> bool:
    """Say whether a run may have this name: it can never lead out of the folder of runs."""
    return _NAME.fullmatch(name) is not None


# What a kill may leave of a run that had only begun to make its folder.
_BEGINNINGS = frozenset({"lock", "config.toml.tmp"})


class RunFolder:
    """The folder of one run."""

    def __init__(self, runs_dir: str, name: str) -> None:
        if not is_run_name(name):
            raise ConfigError(f"--run {name}: a run's name has letters, digits, `_`, `-` and `.` only (up to 100).")
        self.name = name
        self.path = Path(runs_dir) / name
        self.config, self.seeds, self.journal, self.dataset, self.rejects, self.funnel, self.review = (
            self.path / file for file in RUN_FILES
        )
        self.vectors = self.path / VECTORS_FILE
        self._lock: IO[str] | None = None
        self._made_runs_dir = False

    def claim(self, config: RunConfig, seeds: Sequence[Example]) -> RunConfig | None:
        """Make the folder this configuration's, for this process alone; return the one it had, None where it is new.

        Raises `ConfigError` where it is another's.
        """
        try:
            known = self._check_owner(config, seeds)
            self._made_runs_dir = not self.path.parent.exists()
            self.path.mkdir(parents=True, exist_ok=True)
            self._take_lock()
            save_config(config.model_dump(mode="json", exclude_none=True), self.config)
            write_whole(self.seeds, "".join(seed.model_dump_json() + "\n" for seed in seeds))
        except OSError as error:
            raise ConfigError(
                f"{self.path}: cannot be written ({error.strerror}). Choose another --runs-dir."
            ) from error
        return known

    def _check_owner(self, config: RunConfig, seeds: Sequence[Example]) -> RunConfig | None:
        if not self.path.exists():
            return None
        if not self.config.is_file():
            if not self.path.is_dir() or any(path.name not in _BEGINNINGS for path in self.path.iterdir()):
                raise ConfigError(f"{self.path}: this is not a run's folder. Choose another --run or --runs-dir.")
            return None
        settings, text = read_config(self.config)
        known = make_config(settings, Source(file=str(self.config), text=text))
        differences = find_differences(known, config)
        if differences:
            listed = "\n  ".join(differences)
            raise ConfigError(
                f"the run `{self.name}` ({self.path}) belongs to another configuration:\n  {listed}\n"
                "Choose another --run, or give the same settings to go on with it."
            )
        if config.recipe == "judge" and known.seeds != config.seeds:
            raise ConfigError(
                f"the run `{self.name}` ({self.path}) judges another source ({', '.join(known.seeds)}). "
                "Choose another --run."
            )
        self._check_seeds({seed.id for seed in seeds})
        return known

    def _check_seeds(self, ids: set[str]) -> None:
        known = {example.id for example in read_examples(self.seeds)} if self.seeds.is_file() else set()
        if known and not known & ids:
            raise ConfigError(
                f"the run `{self.name}` ({self.path}) belongs to other seeds: none of its {len(known)} seed tasks is "
                "among these. Choose another --run."
            )

    def _take_lock(self) -> None:
        lock = (self.path / "lock").open("a+", encoding="utf-8")
        for left in reversed(range(_TRIES if fcntl is not None else 0)):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if left:
                    time.sleep(_BETWEEN_S)
                    continue
                lock.seek(0)
                holder = lock.read().strip()
                lock.close()
                raise ConfigError(
                    f"the run `{self.name}` is going on in another process{holder and f' ({holder})'}. "
                    "Wait for it, or stop it."
                ) from error
        lock.truncate(0)
        lock.write(f"process {os.getpid()}\n")
        lock.flush()
        self._lock = lock

    def is_locked(self) -> bool:
        """Say whether a process is at work on the run."""
        path = self.path / "lock"
        if fcntl is None or not path.is_file():
            return False
        with path.open("r", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return True
        return False

    def release(self) -> None:
        """Let others have the folder."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def remove(self) -> None:
        """Remove the folder of a run that never came to spend anything; what is not ours stays."""
        databases = [f"{name}{part}" for name in ("journal.sqlite", VECTORS_FILE) for part in ("", "-wal", "-shm")]
        for name in (*RUN_FILES, *databases, "lock"):
            (self.path / name).unlink(missing_ok=True)
        for folder in (self.path, *([self.path.parent] if self._made_runs_dir else [])):
            if any(folder.iterdir()):
                return
            folder.rmdir()

    def read_kind(self) -> tuple[str | None, str | None]:
        """Return the recipe and the kind of back end that the run is made by; None for what cannot be read."""
        try:
            settings = read_config(self.config)[0]
        except ConfigError:
            return None, None
        backend = settings.get("backend")
        return settings.get("recipe"), backend.get("kind") if isinstance(backend, dict) else None

    def read_funnel(self) -> dict[str, Any]:
        """Return the funnel; empty where there is none yet or it cannot be read."""
        try:
            funnel = json.loads(self.funnel.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return funnel if isinstance(funnel, dict) else {}


def write_json(path: Path, value: Any) -> None:
    """Write a value as an indented JSON file, whole or not at all."""
    write_whole(path, json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(text, encoding="utf-8", errors="surrogatepass")
    temporary.replace(path)


def read_examples(path: Path) -> Iterator[Example]:
    """Read records, one a line; a last line that was cut off is left out. Raises `ConfigError` for a damaged one."""
    with path.open(encoding="utf-8", errors="surrogatepass") as lines:
        for number, line in enumerate(lines, 1):
            if line.endswith("\n"):
                try:
                    yield Example.model_validate_json(line)
                except ValidationError as error:
                    raise ConfigError(f"{path}:{number}: damaged, not a record of Seedbed.") from error


def list_runs(runs_dir: str) -> list[RunFolder]:
    """Return the runs in a folder, by name."""
    folder = Path(runs_dir)
    if not folder.is_dir():
        return []
    names = sorted(path.name for path in folder.iterdir() if (path / "config.toml").is_file())
    return [RunFolder(runs_dir, name) for name in names if is_run_name(name)]

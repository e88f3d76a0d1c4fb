"""A run on disk: what lies where, whose it is, and that only one process writes it.

`config.toml`, `seeds.jsonl`, `journal.sqlite`, `dataset.jsonl`, `rejects.jsonl`, `funnel.json`, `lock`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from generator.config import RunConfig, find_differences, make_config, read_config, save_config
from generator.errors import ConfigError
from generator.types import Example

try:
    import fcntl
except ImportError:  # not on this system: two processes on one run are then not noticed
    fcntl = None  # type: ignore[assignment]

_NAME = re.compile(r"\w[\w.-]{0,99}")
RUN_FILES = ("config.toml", "seeds.jsonl", "journal.sqlite", "dataset.jsonl", "rejects.jsonl", "funnel.json")


class RunFolder:
    """The folder of one run."""

    def __init__(self, runs_dir: str, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise ConfigError(f"--run {name}: a run's name has letters, digits, `_`, `-` and `.` only (up to 100).")
        self.name = name
        self.path = Path(runs_dir) / name
        self.config, self.seeds, self.journal, self.dataset, self.rejects, self.funnel = (
            self.path / file for file in RUN_FILES
        )
        self._lock: IO[str] | None = None

    def claim(self, config: RunConfig, seeds: Sequence[Example]) -> None:
        """Make the folder this configuration's, for this process alone. Raises `ConfigError` where it is another's."""
        self._check_owner(config, seeds)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._take_lock()
            save_config(config, self.config)
            write_whole(self.seeds, "".join(seed.model_dump_json() + "\n" for seed in seeds))
        except OSError as error:
            raise ConfigError(f"{self.path}: cannot be written ({error.strerror}).") from error

    def _check_owner(self, config: RunConfig, seeds: Sequence[Example]) -> None:
        if not self.path.exists():
            return
        if not self.config.is_file():
            if any(self.path.iterdir()):
                raise ConfigError(f"{self.path}: this folder is not a run's. Choose another --run or --runs-dir.")
            return
        differences = find_differences(make_config(read_config(self.config), str(self.config)), config)
        if differences:
            listed = "\n  ".join(differences)
            raise ConfigError(
                f"The run `{self.name}` ({self.path}) belongs to another configuration:\n  {listed}\n"
                "Choose another --run, or give the same settings to go on with it."
            )
        known = {example.id for example in read_examples(self.seeds)} if self.seeds.is_file() else set()
        if known and not known & {seed.id for seed in seeds}:
            raise ConfigError(
                f"The run `{self.name}` ({self.path}) belongs to other seeds: none of its {len(known)} seed tasks is "
                "among these. Choose another --run."
            )

    def _take_lock(self) -> None:
        lock = (self.path / "lock").open("w", encoding="utf-8")
        if fcntl is not None:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise ConfigError(f"The run `{self.name}` is going on in another process. Wait for it, or stop it.") from error
        lock.write(f"{os.getpid()}\n")
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
        for name in (*RUN_FILES, "journal.sqlite-wal", "journal.sqlite-shm", "lock"):
            (self.path / name).unlink(missing_ok=True)
        if not any(self.path.iterdir()):
            self.path.rmdir()

    def read_funnel(self) -> dict[str, Any]:
        """Return the funnel; empty where there is none yet or it cannot be read."""
        try:
            funnel = json.loads(self.funnel.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return funnel if isinstance(funnel, dict) else {}


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(text, encoding="utf-8", errors="surrogatepass")
    temporary.replace(path)


def read_examples(path: Path) -> Iterator[Example]:
    """Read records, one a line; a last line that was cut off is left out."""
    with path.open(encoding="utf-8", errors="surrogatepass") as lines:
        for line in lines:
            if line.endswith("\n"):
                yield Example.model_validate_json(line)

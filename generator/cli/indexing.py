"""What a person sees while the sources that a run is held against are indexed: it happens once, and may take minutes."""

from __future__ import annotations

import sys
import time
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from generator import catalog
from generator.cli.console import escape, say
from generator.config import RunConfig

PLAIN_EVERY_S = 5.0


def index_sources(config: RunConfig) -> None:
    """Build the indexes that are not there yet, and say how far it is. Raises `ConfigError`, `SeedError`."""
    if not config.against.novel:
        return
    with _open_status() as status:
        told_at = time.monotonic()

        def tell(name: str, count: int) -> None:
            nonlocal told_at
            line = f"indexing {name}: {count:,} records"
            if status is not None:
                status.update(escape(line).replace("[", "\\["))  # no markup of rich's
            elif time.monotonic() - told_at > PLAIN_EVERY_S:
                told_at = time.monotonic()
                say(line)

        catalog.build_indexes(config, tell)


def _open_status() -> AbstractContextManager[Any]:
    if not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console
    from rich.status import Status

    return Status("indexing", console=Console(stderr=True))

"""How far a pass over many records has come: a live line on a terminal, nothing elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any

SHOWN_AFTER_S, EVERY_S = 1.0, 0.25
LOOK_EVERY = 64  # records between two looks at the clock


class Count:
    """Counts records; shows the count where stderr is a terminal and it takes more than a second."""

    def __init__(self, doing: str) -> None:
        self.doing = doing
        self._count = 0
        self._began = self._shown = time.monotonic()
        self._status: Any = None

    def __enter__(self) -> Count:
        return self

    def __call__(self) -> None:
        """Count one record."""
        self._count += 1
        if self._count % LOOK_EVERY == 0 and sys.stderr.isatty():
            self._show()

    def _show(self) -> None:
        now = time.monotonic()
        if now - self._began < SHOWN_AFTER_S or now - self._shown < EVERY_S:
            return
        self._shown = now
        if self._status is None:
            from rich.console import Console
            from rich.status import Status

            self._status = Status("", console=Console(stderr=True))
            self._status.start()
        from rich.text import Text

        self._status.update(Text(f"{self.doing}: {self._count:,} records, {self._count / (now - self._began):,.0f}/s"))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:  # fmt: skip
        if self._status is not None:
            self._status.stop()

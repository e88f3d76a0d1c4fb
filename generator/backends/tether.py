"""Ends other processes when this one is gone, however it went: a small process that waits for the end of a pipe.

Promise: what is held is killed once this process is dead, `kill -9` included; nothing is killed while it lives.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterable

# Only the process tethered to holds the pipe's other end, so the loop ends with it.
_PROGRAM = """
import contextlib, os, signal, sys
held = [int(line) for line in sys.stdin]
for pid in held:
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGKILL)
"""


class Tether:
    """Holds processes. In a session of its own, so that a terminal's Ctrl-C does not end it."""

    def __init__(self) -> None:
        self._held: set[int] = set()
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, text=True, start_new_session=True,
        )  # fmt: skip

    def hold(self, pids: Iterable[int]) -> None:
        """Let these processes end with this one."""
        stream = self._process.stdin
        for pid in set(pids) - self._held:
            self._held.add(pid)
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.write(f"{pid}\n")
                    stream.flush()

    def release(self) -> None:
        """Hold nothing any more; what was held lives on."""
        self._process.kill()
        self._process.communicate()

"""What is tethered dies with the process it is tethered to, and only then."""

from __future__ import annotations

import subprocess
import sys
import time

from generator.backends.tether import Tether


def start_sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])


def test_what_is_tethered_dies_with_a_process_that_is_killed() -> None:
    sleeper = start_sleeper()
    program = (
        "import os, signal, sys\nfrom generator.backends.tether import Tether\n"
        f"Tether().hold([{sleeper.pid}])\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    try:
        subprocess.run([sys.executable, "-c", program], check=False)
        assert sleeper.wait(20) == -9
    finally:
        sleeper.kill()


def test_what_is_released_lives_on() -> None:
    sleeper = start_sleeper()
    try:
        tether = Tether()
        tether.hold([sleeper.pid])
        tether.release()
        time.sleep(0.2)
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()

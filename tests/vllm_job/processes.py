"""The processes of the job: each has a time limit, and none is left at the end."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.vllm_job.tiny_model import CONTEXT

ROOT = Path(__file__).resolve().parent.parent.parent
SERVER_START_S = 300.0
RUN_LIMIT_S = 300.0
GRAMMAR = '{"backend":"guidance","disable_any_whitespace":true}'
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name not in ("OPENAI_API_KEY", "OPENAI_BASE_URL")
} | {"HF_HUB_OFFLINE": "1", "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1"}


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process and everything in its session."""
    for number, patience_s in ((signal.SIGTERM, 15.0), (signal.SIGKILL, 15.0)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience_s)
    list_engines(wait_s=15.0)


def list_engines(wait_s: float = 0.0) -> list[str]:
    """Return vLLM's processes on this machine that belong to nobody's server, after waiting for them to end."""
    deadline = time.monotonic() + wait_s
    while True:
        listed = subprocess.run(["ps", "-eo", "pid=,stat=,args="], capture_output=True, text=True, check=True).stdout
        found = [row for row in listed.splitlines() if "VLLM::" in row and row.split()[1][0] != "Z"]
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.5)


@contextlib.contextmanager
def serve(model: Path, log: Path) -> Iterator[tuple[str, int]]:
    """Run vLLM's own server; yield its address and its process. Where something fails, show the end of its log."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(model), "--served-model-name",
        model.name, "--host", "127.0.0.1", "--port", str(port), "--max-model-len", str(CONTEXT), "--dtype", "bfloat16",
        "--enforce-eager", "--gpu-memory-utilization", "0.3", "--structured-outputs-config", GRAMMAR,
    ]  # fmt: skip
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, cwd=tempfile.gettempdir(), env=ENVIRONMENT, stdout=output, stderr=output, start_new_session=True
        )
    try:
        _wait_until_ready(server, f"http://127.0.0.1:{port}/health", log)
        yield f"http://127.0.0.1:{port}/v1", server.pid
    except BaseException:
        how = "runs" if server.poll() is None else f"ended with {server.returncode}"
        say(f"the server {how}; the end of its log:\n{log.read_text(errors='replace')[-3000:]}")
        raise
    finally:
        end(server)


def _wait_until_ready(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + SERVER_START_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2):
            return
        time.sleep(0.5)
    raise AssertionError("vLLM's server did not start")


def start_evolve(arguments: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """Start `python -m generator evolve ... --json` in a session of its own, as a terminal would."""
    command = [sys.executable, "-m", "generator", "evolve", *arguments, "--json"]
    with log.open("wb") as errors, log.with_suffix(".json").open("wb") as output:
        return subprocess.Popen(
            command, cwd=ROOT, env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
            start_new_session=True,
        )  # fmt: skip


def evolve(arguments: Sequence[str], log: Path) -> tuple[int, float]:
    """Run `evolve` to its end; return its exit status and the seconds it took."""
    began = time.monotonic()
    process = start_evolve(arguments, log)
    try:
        return process.wait(RUN_LIMIT_S), time.monotonic() - began
    except subprocess.TimeoutExpired:
        raise AssertionError(f"it hangs; the end of its log:\n{log.read_text(errors='replace')[-3000:]}") from None
    finally:
        end(process)

"""Runs the whole of `evolve` against the real vLLM, its server and its engine in the process; kills; compares."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.vllm_job import checks
from tests.vllm_job.engine_checks import IN_FLIGHT, check_engine, measure_server
from tests.vllm_job.processes import ROOT, RUN_LIMIT_S, end, evolve, list_engines, say, serve, start_evolve
from tests.vllm_job.seeds import COUNTS, write_seeds
from tests.vllm_job.tiny_model import make_model

ROUNDS = 2
KILL_AFTER = 8  # answers in the journal at which a run is killed
INTERRUPT_AFTER = 20


class Job:
    """One room with model, seeds and runs."""

    def __init__(self, room: Path) -> None:
        self.room = room
        self.model = room / "tiny"

    def list_arguments(self, name: str, backend: Sequence[str], seeds: str = "ten") -> list[str]:
        return [
            str(self.room / f"{seeds}.jsonl"), "--rounds", str(ROUNDS), "--run", name,
            "--runs-dir", str(self.room / "runs"), "--concurrency", str(IN_FLIGHT), *backend,
        ]  # fmt: skip

    def run(self, name: str, backend: Sequence[str], seeds: str = "ten") -> tuple[dict[str, Any], float]:
        """Run to the end and check everything that must hold; return the funnel and the seconds."""
        log = self.room / f"{name}.log"
        status, seconds = evolve(self.list_arguments(name, backend, seeds), log)
        folder = self.room / "runs" / name
        try:
            assert (folder / "funnel.json").exists(), f"exit status {status} and no funnel"
            funnel: dict[str, Any] = json.loads((folder / "funnel.json").read_text())
            shown = json.loads(log.with_suffix(".json").read_text())  # one object on stdout, nothing else
            assert shown["candidates"] == funnel["candidates"], shown
            checks.check_ending(status, funnel)
            checks.check_funnel(folder, funnel, COUNTS[seeds] * ROUNDS)
            checks.check_records(folder)
        except (AssertionError, ValueError):
            say(log.read_text(errors="replace")[-3000:])
            raise
        return funnel, seconds

    def read_bytes(self, name: str) -> list[bytes]:
        return [(self.room / "runs" / name / file).read_bytes() for file in ("dataset.jsonl", "rejects.jsonl")]

    def run_twice(self, name: str, backend: Sequence[str]) -> dict[str, Any]:
        """Run, report, and run again: nothing is asked, nothing changes."""
        funnel, seconds = self.run(name, backend)
        counts, calls, tokens = funnel["candidates"], funnel["calls"], funnel["tokens"]
        folder = self.room / "runs" / name
        say(f"   {counts['accepted']} of {counts['total']} accepted, {calls['answered']} answers, {seconds:.1f} s")
        say(f"   rejected: {checks.count_reasons(folder)}")
        say(f"   replies by schema: {checks.count_json_replies(folder)}; tokens: {tokens}")
        before = self.read_bytes(name)
        again, seconds = self.run(name, backend)
        assert again["calls"]["asked"] == 0, again["calls"]
        assert self.read_bytes(name) == before
        say(f"   again: {again['calls']['asked']} calls, {again['calls']['cached']} from the journal, {seconds:.1f} s")
        return funnel

    def break_off(self, name: str, backend: Sequence[str], number: signal.Signals, after: int) -> tuple[int, int]:
        """Start a run and end it by a signal once it has `after` completions; return exit status and completions."""
        folder = self.room / "runs" / name
        process = start_evolve(self.list_arguments(name, backend), self.room / f"{name}-{number.name}.log")
        try:
            deadline = time.monotonic() + RUN_LIMIT_S
            while checks.count_recorded(folder) < after and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.01)
            if number == signal.SIGKILL:
                process.kill()
            else:
                os.killpg(process.pid, number)  # as a terminal does
            status = process.wait(60)
            left = list_engines(wait_s=20)
            assert not left, f"left behind after {number.name}: {left}"
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it does not end on {number.name}") from None
        finally:
            end(process)
        return status, checks.count_recorded(folder)


def try_server(job: Job) -> float:
    """Run against vLLM's own server; return its tokens a second."""
    with serve(job.model, job.room / "server.log") as address:
        backend = ["--backend", "openai", "--base-url", address]
        job.run_twice("server", backend)
        _, seconds = job.run("endless", backend, seeds="endless")
        reasons = checks.count_reasons(job.room / "runs" / "endless")
        say(f"   a task that no context holds: {reasons}, {seconds:.1f} s")
        return asyncio.run(measure_server(address, job.model.name))


def try_breaking_off(job: Job, backend: Sequence[str]) -> None:
    """Kill a run, interrupt it, run it to the end: nothing answered is asked again."""
    status, killed = job.break_off("broken", backend, signal.SIGKILL, KILL_AFTER)
    say(f"   SIGKILL: exit status {status}, {killed} answers kept, no process left")
    status, kept = job.break_off("broken", backend, signal.SIGINT, max(INTERRUPT_AFTER, killed + 5))
    assert status == 130, status
    say(f"   Ctrl-C: exit status {status}, {kept} answers kept, no process left")
    funnel, _ = job.run("broken", backend)
    calls, total = funnel["calls"], checks.count_recorded(job.room / "runs" / "broken")
    assert calls["answered"] == total - kept, (calls, total, kept)
    same = job.read_bytes("broken") == job.read_bytes("whole")
    say(f"   then to the end: {calls['answered']} answers, {calls['cached']} from the journal, {total} in all")
    say(f"   the same bytes as unbroken: {'yes' if same else 'NO (another batch, other rounding)'}")


def run_job(room: Path) -> None:
    job = Job(room)
    say(f"== a tiny random model: {make_model(job.model, ROOT / 'seeds'):,} parameters")
    write_seeds(room)
    say("== vLLM's server")
    served = try_server(job)
    assert not list_engines(wait_s=20)
    say("== vLLM in the process")
    backend = ["--backend", "vllm", "--model", str(job.model)]
    job.run_twice("whole", backend)
    say("== killed, interrupted, and run to the end")
    try_breaking_off(job, backend)
    say("== the engine")
    engine = asyncio.run(check_engine(job.model))
    ratio = f"{engine / served:.2f} ×"
    say(f"== tokens a second, {IN_FLIGHT} in flight: server {served:.0f}, in process {engine:.0f} ({ratio})")
    say("vllm: all held")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="seedbed-vllm-") as folder:
        try:
            run_job(Path(folder))
        except AssertionError as error:
            say(f"vllm: FAILED: {error}")
            sys.exit(1)

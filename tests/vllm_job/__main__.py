"""Runs the whole of `evolve` against the real vLLM: its server, then its engine in the process; kills that; compares."""

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
from tests.vllm_job.seeds import COUNT, write_seeds
from tests.vllm_job.tiny_model import make_model

ROUNDS = 2
KILL_AFTER = 8  # completions in the journal at which a run is killed
INTERRUPT_AFTER = 20


class Job:
    """One room with model, seeds and runs."""

    def __init__(self, room: Path) -> None:
        self.room = room
        self.model = room / "tiny"
        self.seeds = room / "seeds.jsonl"

    def list_arguments(self, name: str, backend: Sequence[str]) -> list[str]:
        return [
            str(self.seeds), "--rounds", str(ROUNDS), "--run", name, "--runs-dir", str(self.room / "runs"),
            "--concurrency", str(IN_FLIGHT), *backend,
        ]  # fmt: skip

    def run(self, name: str, backend: Sequence[str]) -> tuple[dict[str, Any], float]:
        """Run to the end and check everything that must hold; return the funnel and the seconds."""
        log = self.room / f"{name}.log"
        status, seconds = evolve(self.list_arguments(name, backend), log)
        shown = json.loads(log.with_suffix(".json").read_text())  # one object on stdout, nothing else
        folder = self.room / "runs" / name
        funnel = json.loads((folder / "funnel.json").read_text())
        assert shown["candidates"] == funnel["candidates"], shown
        try:
            checks.check_ending(status, funnel)
            checks.check_funnel(folder, funnel, COUNT * ROUNDS)
            checks.check_records(folder)
        except AssertionError:
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
        say(f"   {counts['accepted']} of {counts['total']} accepted, {calls['answered']} calls answered, {seconds:.1f} s")
        say(f"   rejected: {checks.count_reasons(folder)}")
        say(f"   replies by schema: {checks.count_json_replies(folder)}; tokens: {tokens}")
        before = self.read_bytes(name)
        again, seconds = self.run(name, backend)
        # a refusal is no completion, so it is no part of the journal: it is asked for again
        assert again["calls"]["answered"] == 0, again["calls"]
        assert self.read_bytes(name) == before
        say(f"   again: {again['calls']['answered']} calls answered, {again['calls']['cached']} from the journal, {seconds:.1f} s")
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


def run_job(room: Path) -> None:
    job = Job(room)
    say(f"== a tiny random model: {make_model(job.model, ROOT / 'seeds'):,} parameters")
    write_seeds(job.seeds)

    say("== vLLM's server")
    with serve(job.model, room / "server.log") as address:
        job.run_twice("server", ["--backend", "openai", "--base-url", address])
        served = asyncio.run(measure_server(address, job.model.name))
    assert not list_engines(wait_s=20)

    say("== vLLM in the process")
    in_process = ["--backend", "vllm", "--model", str(job.model)]
    whole = job.run_twice("whole", in_process)

    say("== killed, interrupted, and run to the end")
    status, recorded = job.break_off("broken", in_process, signal.SIGKILL, KILL_AFTER)
    say(f"   SIGKILL: exit status {status}, {recorded} completions kept, no process left")
    status, interrupted = job.break_off("broken", in_process, signal.SIGINT, max(INTERRUPT_AFTER, recorded + 5))
    assert status == 130, status
    say(f"   Ctrl-C: exit status {status}, {interrupted} completions kept, no process left")
    funnel, _ = job.run("broken", in_process)
    assert funnel["calls"]["cached"] >= interrupted - funnel["calls"]["in_vain"] > 0, (funnel["calls"], interrupted)
    total = checks.count_recorded(room / "runs" / "broken")
    assert funnel["calls"]["answered"] == total - interrupted, (funnel["calls"], total, interrupted)
    same = job.read_bytes("broken") == job.read_bytes("whole")
    say(f"   then: {funnel['calls']['answered']} calls answered, {funnel['calls']['cached']} from the journal")
    say(f"   the same bytes as the run that nothing broke off: {'yes' if same else 'NO (another batch, other rounding)'}")
    say(f"   calls of the whole run: {whole['calls']['answered']}")

    say("== the engine")
    engine = asyncio.run(check_engine(job.model))
    say(f"== tokens a second, {IN_FLIGHT} calls in flight: server {served:.0f}, in process {engine:.0f} ({engine / served:.2f} ×)")
    say("vllm: all held")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="seedbed-vllm-") as folder:
        try:
            run_job(Path(folder))
        except AssertionError as error:
            say(f"vllm: FAILED: {error}")
            sys.exit(1)

"""Runs the whole of `evolve` against the real vLLM, its server and its engine in the process; kills; compares."""

from __future__ import annotations

import asyncio
import signal
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.vllm_job import checks
from tests.vllm_job.batches import try_batches
from tests.vllm_job.engine_checks import IN_FLIGHT, check_engine
from tests.vllm_job.job import Job
from tests.vllm_job.processes import ROOT, evolve, list_engines, say, serve
from tests.vllm_job.seeds import write_seeds
from tests.vllm_job.server_checks import check_server
from tests.vllm_job.tiny_model import CONTEXT, make_model

KILL_AFTER = 8  # answers in the journal at which a run is killed
INTERRUPT_AFTER = 20
OPTIONS = f"""
[backend.options]
max_model_len = {CONTEXT // 2}
gpu_memory_utilization = 0.25
max_num_seqs = {IN_FLIGHT}
"""


def try_server(job: Job) -> float:
    """Run against vLLM's own server; return its tokens a second."""
    with serve(job.model, job.room / "server.log") as (address, pid):
        backend = ["--backend", "vllm", "--base-url", address]
        job.run_twice("server", backend)
        _, seconds = job.run("endless", backend, seeds="endless")
        reasons = checks.count_reasons(job.room / "runs" / "endless")
        say(f"   a task that no context holds: {reasons}, {seconds:.1f} s")
        return asyncio.run(check_server(address, job.model.name, pid))


def try_options(job: Job) -> list[str]:
    """Refuse an unknown option before anything starts; return what configures an engine by options."""
    wrong, right = job.room / "wrong.toml", job.room / "options.toml"
    wrong.write_text("[backend.options]\nmax_model_length = 9\n")
    right.write_text(OPTIONS)
    log = job.room / "wrong.log"
    arguments = job.list_arguments("wrong", ["--backend", "vllm", "--model", str(job.model), "--config", str(wrong)])
    status, seconds = evolve(arguments, log)
    said = log.read_text()
    assert status == 2, (status, said)
    assert "no argument max_model_length. Do you mean max_model_len?" in said, said
    assert not (job.room / "runs" / "wrong").exists()
    say(f"   an option that vLLM does not know: refused by name in {seconds:.1f} s")
    return ["--backend", "vllm", "--model", str(job.model), "--config", str(right)]


def try_moving(job: Job, name: str) -> None:
    """Move the model's folder: the run is the same, and has nothing to ask."""
    moved = job.room / "elsewhere" / job.model.name
    moved.parent.mkdir()
    job.model.rename(moved)
    try:
        job.run_again(name, ["--backend", "vllm", "--model", str(moved)])
    finally:
        moved.rename(job.model)


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


def try_interrupting_the_start(job: Job, backend: Sequence[str]) -> None:
    for name, until_engine in (("loading", False), ("starting", True)):
        over_s, gone_s = job.interrupt_start(name, backend, until_engine=until_engine)
        when = "the engine starts" if until_engine else "vLLM loads"
        say(f"   Ctrl-C as {when}: the run is over in {over_s:.1f} s, its process gone in {gone_s:.1f} s")


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
    try_moving(job, "whole")
    say("== Ctrl-C while the engine starts")
    try_interrupting_the_start(job, backend)
    say("== killed, interrupted, and run to the end")
    try_breaking_off(job, backend)
    say("== offline batches, and an engine with options")
    try_batches(job, try_options(job))
    say("== the engine")
    engine = asyncio.run(check_engine(job.model))
    ratio = f"{engine / served:.2f} ×"
    say(f"== tokens a second, {IN_FLIGHT} in flight: server {served:.0f}, in process {engine:.0f} ({ratio})")


def _leave(number: int, _: Any) -> None:
    raise AssertionError(f"ended from outside by signal {number}")  # so that all that runs is ended on the way out


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _leave)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="seedbed-vllm-") as folder:
        try:
            run_job(Path(folder))
            say(f"vllm: all held, in {time.monotonic() - began:.0f} s")
        except BaseException as error:
            say(f"vllm: FAILED after {time.monotonic() - began:.0f} s: {type(error).__name__}: {error}")
            raise

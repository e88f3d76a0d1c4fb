"""Two waves of a run answered by vLLM's `run_batch`, the rest by the engine: the three ways serve one run together."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.vllm_job import checks
from tests.vllm_job.job import Job
from tests.vllm_job.processes import ENVIRONMENT, GRAMMAR, ROOT, RUN_LIMIT_S, list_engines, say
from tests.vllm_job.tiny_model import CONTEXT

WAVES = 2
WAITING = 3  # exit status: requests wait for a batch


def try_batches(job: Job, backend: Sequence[str]) -> None:
    """Export, have it answered, import; twice; then run to the end, and again."""
    name = "batch"
    wave, results = job.room / "wave.jsonl", job.room / "results.jsonl"
    imported = 0
    for number in range(WAVES):
        first = ["evolve", *job.list_arguments(name, backend), "--batch", str(wave)]
        later = ["export-batch", name, "-o", str(wave), "--runs-dir", str(job.room / "runs")]
        _call(job, first if number == 0 else later, WAITING)
        asked = len(wave.read_text().splitlines())
        _run_batch(job, wave, results)
        _call(job, ["import-batch", name, str(results), "--runs-dir", str(job.room / "runs"), "--json"], 0)
        kept = checks.count_recorded(job.room / "runs" / name)
        assert kept == imported + asked, f"{asked} asked, {kept - imported} kept"
        imported = kept
        say(f"   wave {number + 1}: {asked} requests, all answered by run_batch")
    funnel, _ = job.run(name, backend)
    calls = funnel["calls"]
    assert calls["cached"] >= imported, calls
    say(f"   then to the end: {calls['answered']} answers by the engine, {calls['cached']} from the journal")
    job.run_again(name, backend)


def _call(job: Job, arguments: Sequence[str], expected: int) -> None:
    command = [sys.executable, "-m", "generator", *arguments]
    try:
        ended = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=RUN_LIMIT_S)
    except subprocess.TimeoutExpired:
        raise AssertionError(f"{arguments[0]} hangs") from None
    assert ended.returncode == expected, f"{arguments[0]}: exit status {ended.returncode}\n{ended.stderr[-2000:]}"


def _run_batch(job: Job, wave: Path, results: Path) -> None:
    model = json.loads(wave.read_text().splitlines()[0])["body"]["model"]
    command = [
        sys.executable, "-m", "vllm.entrypoints.openai.run_batch", "-i", str(wave), "-o", str(results), "--model",
        str(job.model), "--served-model-name", model, "--max-model-len", str(CONTEXT), "--dtype", "bfloat16",
        "--enforce-eager", "--gpu-memory-utilization", "0.3", "--structured-outputs-config", GRAMMAR,
    ]  # fmt: skip
    log = job.room / "run_batch.log"
    with log.open("wb") as output:
        try:
            ended = subprocess.run(
                command, cwd=tempfile.gettempdir(), env=ENVIRONMENT, stdout=output, stderr=output, timeout=RUN_LIMIT_S
            )
        except subprocess.TimeoutExpired:
            raise AssertionError("run_batch hangs") from None
    assert ended.returncode == 0, (
        f"run_batch: exit status {ended.returncode}\n{log.read_text(errors='replace')[-2000:]}"
    )
    assert not list_engines(wait_s=20)

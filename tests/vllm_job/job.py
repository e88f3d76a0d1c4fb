"""One room of the job: its model, its seeds, and the runs in it, each checked for everything that must hold."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.vllm_job import checks
from tests.vllm_job.engine_checks import IN_FLIGHT
from tests.vllm_job.processes import RUN_LIMIT_S, end, evolve, list_engines, say, start_evolve
from tests.vllm_job.seeds import COUNTS

ROUNDS = 2
PROMPT_S = 8.0  # a run whose engine starts is over so long after Ctrl-C, on a busy machine as well


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
            checks.check_records(folder, self.model)
        except (AssertionError, ValueError, LookupError):
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
        say(f"   asked again: {funnel['damaged'] or 'none'}; repaired: {funnel['repaired'] or 'none'}")
        self.run_again(name, backend)
        return funnel

    def run_again(self, name: str, backend: Sequence[str]) -> None:
        before = self.read_bytes(name)
        again, seconds = self.run(name, backend)
        assert again["calls"]["asked"] == 0, again["calls"]
        assert self.read_bytes(name) == before
        say(f"   again: {again['calls']['asked']} calls, {again['calls']['cached']} from the journal, {seconds:.1f} s")

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

    def interrupt_start(self, name: str, backend: Sequence[str], *, until_engine: bool) -> tuple[float, float]:
        """Press Ctrl-C while the engine starts: as vLLM loads, or once its process is there.

        Return the seconds until the run was over, and until its process was gone (which first takes down all of vLLM).
        """
        funnel = self.room / "runs" / name / "funnel.json"
        process = start_evolve(self.list_arguments(name, backend), self.room / f"{name}.log")
        try:
            deadline = time.monotonic() + RUN_LIMIT_S
            while not funnel.exists() and process.poll() is None:
                assert time.monotonic() < deadline, "it does not begin"
                time.sleep(0.05)
            while until_engine and not list_engines() and process.poll() is None:
                assert time.monotonic() < deadline, "its engine does not begin"
                time.sleep(0.05)
            time.sleep(1.0)
            began = time.monotonic()
            os.killpg(process.pid, signal.SIGINT)
            while json.loads(funnel.read_text())["state"] == "running" and time.monotonic() < began + 60:
                time.sleep(0.05)
            over_s = time.monotonic() - began
            status = process.wait(60)
            gone_s = time.monotonic() - began
        except subprocess.TimeoutExpired:
            raise AssertionError("Ctrl-C while the engine starts: it does not end") from None
        finally:
            end(process)
        left = list_engines(wait_s=20)
        assert not left, f"left behind: {left}"
        assert status == 130, f"Ctrl-C while the engine starts: exit status {status}\n{self.tail(name)}"
        assert over_s < PROMPT_S, f"Ctrl-C while the engine starts: it took {over_s:.1f} s to end"
        return over_s, gone_s

    def tail(self, name: str) -> str:
        return (self.room / f"{name}.log").read_text(errors="replace")[-3000:]

"""Runs `evolve` against llama-cpp-python's server, a make that differs: what it refuses is done without."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from generator.backends.openai import OpenAIBackend
from generator.backends.openai_dialect import OBJECT_WITH_SCHEMA
from generator.types import ChatRequest, Sampling
from tests.llama_job.tiny_gguf import make_gguf
from tests.vllm_job.checks import check_ending, check_funnel, check_records, count_json_replies, count_reasons
from tests.vllm_job.processes import ROOT, end, evolve, say
from tests.vllm_job.seeds import COUNTS, write_seeds
from tests.vllm_job.tiny_model import CONTEXT

ROUNDS = 2
# A greedy random model would give the same score to all; of drawn ones, some are good enough for this threshold.
CRITIC = "[critic]\ntemperature = 1.0\n[policy]\ncritic_overall = 3.0\n"
SERVER_START_S = 120.0
SCHEMA = {"type": "object", "properties": {"equal": {"type": "boolean"}}, "required": ["equal"]}


@contextlib.contextmanager
def serve(model: Path, log: Path) -> Iterator[str]:
    """Run the server; yield its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "llama_cpp.server", "--model", str(model), "--model_alias", "tiny", "--host", "127.0.0.1",
        "--port", str(port), "--n_ctx", str(CONTEXT), "--verbose", "False", "--logits_all", "True", "--seed", "1",
    ]  # fmt: skip
    with log.open("wb") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
    try:
        deadline = time.monotonic() + SERVER_START_S
        while True:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=2):
                break
            assert server.poll() is None and time.monotonic() < deadline, "the server does not start"  # noqa: PT018
            time.sleep(0.3)
        yield f"http://127.0.0.1:{port}/v1"
    except BaseException:
        say(f"the end of the server's log:\n{log.read_text(errors='replace')[-3000:]}")
        raise
    finally:
        end(server)


async def check_dialect(address: str) -> None:
    """Ask for a schema and for log-probabilities, and see what is learned."""
    backend = OpenAIBackend(base_url=address, api_key_env="NO_KEY", timeout_s=120, connections=2)
    told: list[str] = []
    backend.announce = told.append
    sampling = Sampling(temperature=1.0, max_tokens=60)
    request = ChatRequest((("user", "Are they equal?"),), "unknown-model", sampling, SCHEMA)
    try:
        completion = await backend.complete(request)
        assert completion.finish_reason != "stop" or isinstance(json.loads(completion.text)["equal"], bool), completion
        assert backend._dialect.ways[0] == OBJECT_WITH_SCHEMA, backend._dialect
        assert len(told) == 1, told
        plain = ChatRequest((("user", "Name a lake."),), "tiny", sampling, logprobs=3)
        likely = await backend.complete(plain)
    finally:
        await backend.close()
    say(f"   {told[0].partition(': ')[2]}")
    say(f"   log-probabilities: {'none' if likely.logprobs is None else f'{len(likely.logprobs)} tokens'}")


def run(room: Path, address: str) -> dict[str, Any]:
    """Run `evolve` to the end and check what came of it."""
    arguments = [
        str(room / "ten.jsonl"), "--rounds", str(ROUNDS), "--run", "a", "--runs-dir", str(room / "runs"), "--concurrency",
        "4", "--backend", "openai", "--base-url", address, "--config", str(room / "critic.toml"),
    ]  # fmt: skip
    log, folder = room / "run.log", room / "runs" / "a"
    status, seconds = evolve(arguments, log)
    try:
        funnel: dict[str, Any] = json.loads((folder / "funnel.json").read_text())
        check_ending(status, funnel)
        check_funnel(folder, funnel, COUNTS["ten"] * ROUNDS)
        check_records(folder, Path("tiny"), backend="openai")
    except (AssertionError, ValueError, OSError):
        say(log.read_text(errors="replace")[-3000:])
        raise
    counts, calls = funnel["candidates"], funnel["calls"]
    say(f"   {counts['accepted']} of {counts['total']} accepted, {calls['answered']} answers, {seconds:.1f} s")
    return funnel


def run_job(room: Path) -> None:
    model = room / "tiny.gguf"
    say(f"== a tiny random model as GGUF: {make_gguf(model, ROOT / 'seeds'):,} parameters")
    write_seeds(room)
    (room / "critic.toml").write_text(CRITIC)
    say("== llama-cpp-python's server")
    with serve(model, room / "server.log") as address:
        asyncio.run(check_dialect(address))
        funnel = run(room, address)
        folder = room / "runs" / "a"
        say(f"   rejected: {count_reasons(folder)}")
        say(f"   replies by schema: {count_json_replies(folder, strict=False)}")
        say(f"   asked again: {funnel['damaged'] or 'none'}; repaired: {funnel['repaired'] or 'none'}")
        with sqlite3.connect(folder / "journal.sqlite") as journal:
            (kept,) = journal.execute("SELECT COUNT(*) FROM completions").fetchone()
        assert kept >= funnel["calls"]["answered"], kept
        assert run(room, address)["calls"]["asked"] == 0


def _leave(number: int, _: Any) -> None:
    raise AssertionError(f"ended from outside by signal {number}")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _leave)
    os.environ.pop("OPENAI_API_KEY", None)
    with tempfile.TemporaryDirectory(prefix="seedbed-llama-") as folder:
        try:
            run_job(Path(folder))
            say("llama.cpp: all held")
        except AssertionError as error:
            say(f"llama.cpp: FAILED: {error}")
            sys.exit(1)

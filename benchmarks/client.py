"""What the client costs: CPU a call of the whole path, beside OpenAI's SDK alone doing the same calls.

The whole path is template → prompter → journal → retry → limiter → SDK on aiohttp; "bare" is the SDK's own
`chat.completions.create` on aiohttp, behind a semaphore. Both ask a loopback server in a process of its own, in turns,
and the medians are compared: the ratio says what durability, retries, single flight and rendering cost. CPU is that of
this process, all threads included, so the server's does not count.

    python benchmarks/client.py [--calls 3000] [--repeats 3] [--concurrency 64 256 1000] [--profile]
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import gc
import pstats
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx2
import openai

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from generator.backends.openai import OpenAIBackend  # noqa: E402
from generator.client.meter import Meter  # noqa: E402
from generator.client.stack import Client  # noqa: E402
from generator.journal import Journal  # noqa: E402
from generator.prompter import Prompter  # noqa: E402
from generator.templates import Templates  # noqa: E402

MOST = 1.75  # the ratio to stay under
TEXT = "the quick brown fox jumps over the lazy dog and writes it down twice, " * 42  # about 3 KB, 650 tokens
TEMPLATE = "respond/answer"
Measure = Callable[[str, int, int], Coroutine[Any, Any, tuple[float, float]]]


def vary(number: int) -> dict[str, Any]:
    return {"instruction": f"Task {number}: {TEXT}", "input": "", "system": None}


async def clock(ask: Callable[[int], Awaitable[object]], calls: int, concurrency: int) -> tuple[float, float]:
    """Return the CPU and the wall seconds of `calls` calls; a tenth as many go before, unmeasured."""
    numbers = iter(range(-max(concurrency, calls // 10), 0))

    async def work() -> None:
        for number in numbers:
            await ask(number)

    await asyncio.gather(*(work() for _ in range(concurrency)))
    numbers = iter(range(calls))
    gc.collect()
    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*(work() for _ in range(concurrency)))
    return time.process_time() - cpu, time.perf_counter() - wall


async def measure_bare(url: str, calls: int, concurrency: int) -> tuple[float, float]:
    prompt = Templates(ROOT / "prompts").get(TEMPLATE, "en")
    limits = httpx2.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    http_client = openai.DefaultAioHttpClient(limits=limits)
    slots = asyncio.Semaphore(concurrency)
    async with openai.AsyncOpenAI(api_key="none", base_url=url, max_retries=0, http_client=http_client) as client:

        async def ask(number: int) -> object:
            messages: Any = [{"role": role, "content": text} for role, text in prompt.render(vary(number))]
            async with slots:
                reply = await client.chat.completions.create(model="tiny", messages=messages, temperature=0.7)
            return reply.choices[0].message.content

        return await clock(ask, calls, concurrency)


async def measure_whole(url: str, calls: int, concurrency: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "journal.sqlite")
        backend = OpenAIBackend(base_url=url, api_key_env="NO_SUCH_KEY", timeout_s=120, connections=concurrency)
        client = Client(backend, journal, Meter(), slots=concurrency, give_up_s=120)
        ask_model = Prompter(Templates(ROOT / "prompts"), client, "tiny")

        async def ask(number: int) -> object:
            about = f"{number:016x}"
            reply = await ask_model(TEMPLATE, "en", vary(number), lambda got: got.text, about=about, order=number)
            return reply.value

        try:
            return await clock(ask, calls, concurrency)
        finally:
            await client.close()
            await journal.close()


def run(measure: Measure, url: str, calls: int, concurrency: int, *, profile: bool = False) -> tuple[float, float]:
    """Return CPU and wall milliseconds a call."""
    profiler = cProfile.Profile() if profile else None
    if profiler is not None:
        profiler.enable()
    cpu, wall = asyncio.run(measure(url, calls, concurrency))
    if profiler is not None:
        profiler.disable()
        pstats.Stats(profiler).sort_stats("tottime").print_stats(45)
    return cpu / calls * 1000, wall / calls * 1000


def compare(url: str, calls: int, concurrency: int, repeats: int) -> None:
    bare, whole = [], []
    for _ in range(repeats):
        bare.append(run(measure_bare, url, calls, concurrency))
        whole.append(run(measure_whole, url, calls, concurrency))
    cpu_bare, cpu_whole = (statistics.median(cpu for cpu, _ in taken) for taken in (bare, whole))
    wall_bare, wall_whole = (statistics.median(wall for _, wall in taken) for taken in (bare, whole))
    ratio = cpu_whole / cpu_bare
    print(
        f"{concurrency:>11} {cpu_bare:>9.3f} {cpu_whole:>9.3f} {ratio:>7.2f} {'ok' if ratio <= MOST else 'HIGH':>5}"
        f" {wall_bare:>10.3f} {wall_whole:>10.3f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=3000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--latency", type=float, default=0.2, help="median seconds of the server")
    parser.add_argument("--concurrency", type=int, nargs="+", default=[64, 256, 1000])
    parser.add_argument("--profile", action="store_true", help="profile the whole path instead")
    options = parser.parse_args()
    command = [sys.executable, str(ROOT / "tests" / "loopback.py"), "--latency", str(options.latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        try:
            if options.profile:
                run(measure_whole, url, options.calls, options.concurrency[0], profile=True)
                return
            print("concurrency  bare CPU whole CPU   ratio        bare wall whole wall   (ms a call)")
            for concurrency in options.concurrency:
                compare(url, options.calls, concurrency, options.repeats)
        finally:
            server.terminate()


if __name__ == "__main__":
    main()

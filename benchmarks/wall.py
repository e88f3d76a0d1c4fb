"""Wall time over the best that any scheduler could do, against a server whose latency is lognormal (median 1 s, sigma 0.5).

    python -m benchmarks.wall [--seeds 500] [--concurrency 256] [--only NAME]

Three loads: one call a record (evolve alone), two (evolve, respond), and whole records (evolve, equal, respond, critic)
over four rounds. The server runs in a process of its own and tells its latency of every call in the reply, so the bound is computed from what really
happened: list scheduling of the same calls, in the same chains, on as many slots. Beside it, in the same run, the loop that
most peers have: gather a chunk, wait for all of it, gather the next. `bare / bound` is what OpenAI's SDK alone reaches on
this machine, doing as many single calls behind a semaphore and nothing else. Limits: 1.05 for single calls, 1.10 for whole
records. `at first` is the time from the start to the 256th request at the server's door.
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import json
import multiprocessing
import random
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any
from unittest import mock

import httpx2
import openai

from generator import catalog
from generator.config import make_config
from generator.preparation.recipes import prepare
from generator.propose.outcomes import read_text
from generator.run import Run
from generator.run_folder import RunFolder
from tests.loopback import WORDS, fill

MAKE_PROPOSER = catalog.make_evol_instruct
MEDIAN_S, SIGMA = 1.0, 0.5
MICROSECONDS = 1_000_000
PROMPT_WORDS = 300  # of the bare SDK's calls: about as long as an evolve prompt


async def serve(pipe: Any) -> None:
    rng = random.Random(0)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(int(x[15:]) for x in head.lower().split(b"\r\n") if x.startswith(b"content-length:"))
                request = json.loads(await reader.readexactly(length))
                latency_s = rng.lognormvariate(0, SIGMA) * MEDIAN_S
                await asyncio.sleep(latency_s)
                data = json.dumps(make_reply(request, rng, latency_s)).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(data)
                    + data
                )
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, backlog=4096)
    pipe.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def make_reply(request: dict[str, Any], rng: random.Random, latency_s: float) -> dict[str, Any]:
    schema = (request.get("response_format") or {}).get("json_schema", {}).get("schema")
    if schema:
        value = fill(schema, rng)
        text = json.dumps(
            value | {"equal": False} if "equal" in value else {k: v | {"score": 9} for k, v in value.items()}
        )
    else:
        text = " ".join(rng.choices(WORDS, k=24)).capitalize() + "."
    usage = {"prompt_tokens": 1, "completion_tokens": round(latency_s * MICROSECONDS)}
    return {"model": "m", "choices": [{"message": {"content": text}, "finish_reason": "stop"}], "usage": usage}


def run_server(pipe: Any) -> None:
    asyncio.run(serve(pipe))


class EvolveOnly:
    """The proposer, whose records need no further call: the response is made up on the spot."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def respond(self, index: int, candidate: Any) -> Any:
        return read_text(candidate, f"{candidate.instruction} Done.")


class Watched:
    """The back end, noting each call's lane and the server's latency."""

    def __init__(self, inner: Any, width: int) -> None:
        self.name = inner.name
        self._inner = inner
        self._width = width
        self.chains: dict[int, list[float]] = defaultdict(list)
        self.begun: list[float] = []

    async def complete(self, request: Any) -> Any:
        self.begun.append(time.perf_counter())
        completion = await self._inner.complete(request)
        self.chains[request.order % self._width].append(completion.usage.completion_tokens / MICROSECONDS)
        return completion

    async def close(self) -> None:
        await self._inner.close()


def bound(chains: dict[int, list[float]], slots: int) -> float:
    """List scheduling: the oldest call that is ready goes to the first slot that is free."""
    free = [0.0] * slots
    ready = [(0.0, 0, lane) for lane in chains]
    heapq.heapify(ready)
    end = 0.0
    while ready:
        at, step, lane = heapq.heappop(ready)
        done = max(at, heapq.heappop(free)) + chains[lane][step]
        heapq.heappush(free, done)
        end = max(end, done)
        if step + 1 < len(chains[lane]):
            heapq.heappush(ready, (done, step + 1, lane))
    return end


def chunked(chains: dict[int, list[float]], slots: int) -> float:
    """The wall time of gathering chunk by chunk, each chunk's slowest chain of calls deciding."""
    lanes = list(chains.values())
    rounds = max(len(chain) for chain in lanes)
    total = 0.0
    for step in range(rounds):
        for first in range(0, len(lanes), slots):
            total += max((chain[step] for chain in lanes[first : first + slots] if step < len(chain)), default=0.0)
    return total


async def ask_bare(port: int, calls: int, concurrency: int) -> float:
    """Return the wall time over the bound of the SDK alone."""
    limits = httpx2.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    http_client = openai.DefaultAioHttpClient(limits=limits)
    slots = asyncio.Semaphore(concurrency)
    chains: dict[int, list[float]] = {}
    url = f"http://127.0.0.1:{port}/v1"
    async with openai.AsyncOpenAI(api_key="none", base_url=url, max_retries=0, http_client=http_client) as client:

        async def ask(number: int) -> None:
            content = " ".join(random.Random(number).choices(WORDS, k=PROMPT_WORDS))
            async with slots:
                reply = await client.chat.completions.create(model="m", messages=[{"role": "user", "content": content}])
            assert reply.usage is not None
            chains[number] = [reply.usage.completion_tokens / MICROSECONDS]

        began = time.perf_counter()
        await asyncio.gather(*(ask(number) for number in range(calls)))
        return (time.perf_counter() - began) / bound(chains, concurrency)


def measure(port: int, seeds: int, rounds: int, concurrency: int, calls: int) -> tuple[float, float, Watched, int]:
    """Return the wall seconds, those until all slots are taken, the back end, and the calls answered.

    `calls` a record: 1, 2 or 4.
    """
    make_proposer = catalog.make_evol_instruct if calls > 1 else lambda *parts: EvolveOnly(MAKE_PROPOSER(*parts))
    with mock.patch.object(catalog, "make_evol_instruct", make_proposer), tempfile.TemporaryDirectory() as room:
        path = Path(room, "seeds.jsonl")
        rng = random.Random(1)
        rows = [{"instruction": " ".join(rng.choices(WORDS, k=14)) + f" {n}", "language": "en"} for n in range(seeds)]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        model = {"kind": "openai", "model": "m", "base_url": f"http://127.0.0.1:{port}/v1"}
        settings = {
            "seeds": [str(path)], "backend": model, "critic": model, "concurrency": concurrency,
            "evolve": {"rounds": rounds, "judge_equal": calls == 4}, "policy": {"critic": calls == 4},
            "max_candidates": None,
        }  # fmt: skip
        watched: list[Watched] = []

        def make(config: Any, connections: int) -> Any:
            watched.append(Watched(catalog.make_backend(config, connections), seeds))
            return watched[-1]

        run = Run(prepare(make_config(settings)), RunFolder(room, "run"), make_backend=make)
        began = time.perf_counter()
        asyncio.run(run.carry_out())
        wall_s = time.perf_counter() - began
        return wall_s, sorted(watched[0].begun)[concurrency - 1] - began, watched[0], run.meter.answered


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seeds", type=int, default=500)
    arguments.add_argument("--concurrency", type=int, default=256)
    arguments.add_argument("--only", help="a load: single, pairs or whole")
    given = arguments.parse_args()
    pipe, other = multiprocessing.Pipe()
    server = multiprocessing.get_context("fork").Process(target=run_server, args=(other,), daemon=True)
    server.start()
    port = pipe.recv()
    measure(port, 2, 1, 2, 2)  # imports are not scheduling
    print(
        f"{'load':<28} {'calls':>6} {'wall s':>7} {'bound s':>8} {'wall / bound':>13} {'bare / bound':>13} {'chunks / bound':>15}"
        f" {'at first':>9}"
    )
    for short, name, seeds, rounds, each in (
        ("single", "evolve, one round", 4 * given.seeds, 1, 1),
        ("pairs", "evolve, respond, one round", 2 * given.seeds, 1, 2),
        ("whole", "whole records, four rounds", given.seeds, 4, 4),
    ):
        if given.only not in (None, short):
            continue
        wall, first, watched, calls = measure(port, seeds, rounds, given.concurrency, each)
        best = bound(watched.chains, given.concurrency)
        slow = chunked(watched.chains, given.concurrency)
        bare = f"{asyncio.run(ask_bare(port, calls, given.concurrency)):.3f}" if each == 1 else ""
        print(
            f"{name:<28} {calls:>6} {wall:>7.1f} {best:>8.1f} {wall / best:>13.3f} {bare:>13} {slow / best:>15.2f}"
            f" {first:>8.2f}s",
            flush=True,
        )
    server.terminate()


if __name__ == "__main__":
    main()

"""A fault is not a completion: a run against a server that fails in every way comes to the same bytes, and loses nothing."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from generator.config import make_config, merge_settings
from generator.preparation.recipes import prepare
from generator.run import Ending, Run
from generator.run_folder import RunFolder
from tests.loopback import WORDS, Server, answer
from tests.trouble import Damage, Trouble, make_body

SEEDS = 60


def write_seeds(room: Path, count: int = SEEDS) -> None:
    room.mkdir(exist_ok=True)
    rng = random.Random(1)
    tasks = [{"instruction": " ".join(rng.choices(WORDS, k=14)) + f" {n}", "language": "en"} for n in range(count)]
    (room / "seeds.jsonl").write_text("".join(json.dumps(task) + "\n" for task in tasks))


def read_results(room: Path) -> list[bytes]:
    return [(room / "run" / name).read_bytes() for name in ("dataset.jsonl", "rejects.jsonl")]


async def run(room: Path, server: Server, concurrency: int | None = None, **settings: Any) -> tuple[Run, Ending]:
    """Run over the seeds of the room, against a server that is up."""
    model = {"kind": "openai", "model": "m", "base_url": server.url, "timeout_s": 1.0}
    base = {
        "seeds": [str(room / "seeds.jsonl")], "backend": model, "critic": model, "evolve": {"rounds": 3},
        "concurrency": concurrency,
    }  # fmt: skip
    one = Run(prepare(make_config(merge_settings(base, settings))), RunFolder(str(room), "run"))
    return one, await one.carry_out()


@pytest.fixture(scope="module")
def smooth(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    room = tmp_path_factory.mktemp("smooth")
    write_seeds(room)

    async def work() -> None:
        async with Server(latency_s=0.03) as server:
            _, ending = await run(room, server, 16)
            assert ending.exit_status == 0, ending

    asyncio.run(work())
    return read_results(room)


@pytest.mark.parametrize("concurrency", [128, None])
@pytest.mark.timeout(60)
def test_faults_change_nothing_in_the_data_set(tmp_path: Path, smooth: list[bytes], concurrency: int | None) -> None:
    write_seeds(tmp_path)
    trouble = Trouble(error=0.05, turned_away=0.10, dropped=0.02, cut=0.01, hangs=0.01)

    async def work() -> tuple[Run, Server]:
        async with Server(latency_s=0.03, fault=trouble) as server:
            running = asyncio.create_task(run(tmp_path, server, concurrency))
            while server.asked.total() < 300:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
            await server.go_down(1.5)
            one, ending = await running
            assert ending.exit_status == 0, ending
            return one, server

    one, server = asyncio.run(work())
    assert read_results(tmp_path) == smooth
    assert {"error", "turned_away", "dropped", "cut", "hangs"} <= trouble.count.keys()
    assert trouble.early == 0, "an attempt was made before its Retry-After was over"
    # each answer was recorded once; what the outage broke off had not been answered
    assert len(server.answered) <= one.meter.answered <= server.answered.total()
    assert server.asked.total() <= 1.5 * one.meter.answered


def test_each_damaged_reply_is_accounted_for_and_asked_again(tmp_path: Path) -> None:
    write_seeds(tmp_path)
    damage = Damage()

    async def work() -> Run:
        async with Server(latency_s=0.01, reply=damage) as server:
            one, ending = await run(tmp_path, server, 64)
            assert ending.exit_status == 0, ending
            assert one.meter.answered == server.answered.total()
            return one

    one = asyncio.run(work())
    candidates = one.funnel.describe()
    assert damage.count.keys() == {"cut_off", "out_of_form", "empty"}
    assert one.meter.damaged.total() == damage.count.total()
    assert candidates["total"] == candidates["accepted"] + candidates["rejected"] + candidates["failed"]
    assert candidates["failed"] == 0, "asked again, each was answered in form"
    texts = [json.loads(line) for line in (tmp_path / "run" / "dataset.jsonl").read_text().splitlines()]
    assert all(text["instruction"].strip() and text["response"].strip() for text in texts)
    assert Counter(text["response"][-1] for text in texts).keys() == {"."}, "no reply that was cut off is a response"


@pytest.mark.parametrize("concurrency", [128, None])
def test_a_server_that_has_a_limit_is_not_asked_for_more(tmp_path: Path, concurrency: int | None) -> None:
    write_seeds(tmp_path, 150)
    trouble = Trouble(most=24, retry_after_s=None)

    async def work() -> None:
        async with Server(latency_s=0.03, fault=trouble) as server:
            trouble.server = server
            _, ending = await run(tmp_path, server, concurrency)
            assert ending.exit_status == 0, ending

    asyncio.run(work())
    assert trouble.count["turned_away"] > 0
    assert trouble.late_share < 0.1, "in real time, on a busy machine; test_client_pace.py says more in simulated time"


def test_a_back_end_that_is_gone_ends_the_run_and_the_same_command_goes_on(tmp_path: Path, smooth: list[bytes]) -> None:
    write_seeds(tmp_path)

    async def work() -> tuple[Run, Ending, Run]:
        async with Server(latency_s=0.03) as server:
            port = server.url
            running = asyncio.create_task(
                run(tmp_path, server, 32, backend={"give_up_s": 1.0}, critic={"give_up_s": 1.0})
            )
            while server.asked.total() < 200:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
            down = asyncio.create_task(server.go_down(3600))
            first, ending = await running
            down.cancel()
            assert smooth[0].startswith(read_results(tmp_path)[0])
            assert server.url == port
        async with Server(latency_s=0.03) as server:
            again, last = await run(tmp_path, server, 32)
            assert last.exit_status == 0, last
            return first, ending, again

    first, ending, again = asyncio.run(work())
    assert (ending.exit_status, ending.state) == (1, "failed")
    assert "run the same command again" in (ending.reason or "")
    assert again.meter.cached >= first.meter.answered - 32, "what was answered is not asked again"
    assert read_results(tmp_path) == smooth


@pytest.mark.parametrize("limit", [{"max_calls": 150}, {"max_tokens_total": 60_000}, {"max_cost_usd": 0.05}])
def test_no_limit_is_passed_with_256_calls_in_flight_and_faults(tmp_path: Path, limit: dict[str, float]) -> None:
    write_seeds(tmp_path, 300)
    trouble = Trouble(error=0.05, turned_away=0.10, dropped=0.02, cut=0.02)
    usage = {"prompt_tokens": 150, "completion_tokens": 40, "total_tokens": 190}

    def reply(body: dict[str, Any]) -> dict[str, Any]:
        return make_body(body, answer(body), "stop") | {"usage": usage}

    async def work() -> tuple[Run, Ending, int]:
        async with Server(latency_s=0.02, fault=trouble, reply=reply) as server:
            model = {"model": "gpt-4.1-mini"}
            one, ending = await run(tmp_path, server, 256, backend=model, critic=model, limits=limit)
            return one, ending, server.answered.total()

    one, ending, answered = asyncio.run(work())
    assert ending.state == "stopped", ending
    assert one.meter.answered == answered
    spent = {
        "max_calls": answered, "max_tokens_total": 190 * answered, "max_cost_usd": one.meter.total.cost_usd or 0.0,
    }  # fmt: skip
    for name, most in limit.items():
        assert 0 < spent[name] <= most
    if "max_calls" in limit:
        assert answered == 150

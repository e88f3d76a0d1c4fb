"""One run, from its folder to its funnel: builds the parts, runs the phases, and ends honestly however it ends."""

from __future__ import annotations

import asyncio
import gc
import json
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator import catalog
from generator.batch import MOST_WAITING, Collector
from generator.client.budget import Ledger, sum_up
from generator.client.meter import Meter
from generator.client.prices import load_prices
from generator.client.stack import Client
from generator.config import RunConfig
from generator.engine import Engine, Goal, Tools
from generator.errors import InputError, LimitReached, SeedbedError
from generator.funnel import Funnel
from generator.journal import Journal
from generator.limits import make_limits
from generator.policy import Policy
from generator.pool import Pool
from generator.prefix_file import PrefixFile
from generator.preparation import Prepared
from generator.prompter import Prompter
from generator.protocols import Backend, Proposer
from generator.run_folder import RunFolder, write_whole
from generator.schedule import Schedule
from generator.settings.backend import BackendConfig
from generator.types import Outcome

ATTEMPTS_PER_SLOT = 2  # attempts begun for each call in flight: some wait for rivals, or between two tries
DRAIN_S = 20.0  # after Ctrl-C, calls in flight have this long to be answered and recorded
FUNNEL_EVERY_S = 5.0
# Objects made between two searches for cycles. A pool of accepted records is never garbage, and at Python's 700 looking
# through it again and again took a quarter of the engine's time.
GARBAGE_THRESHOLD = 50_000


@dataclass(frozen=True)
class Ending:
    """How a run ended: exit status, state (complete, failed, stopped, waiting, interrupted), the reason for a person."""

    exit_status: int
    state: str
    reason: str | None = None


class Run:
    """One invocation of one run."""

    def __init__(
        self, prepared: Prepared, folder: RunFolder, observe: Callable[[Outcome], None] = lambda _: None,
        make_backend: Callable[[BackendConfig, int], Backend] = catalog.make_backend,
        announce: Callable[[str], None] = lambda _: None, collector: Collector | None = None,
    ) -> None:  # fmt: skip
        """With a `collector` nobody is asked: it keeps what is to be asked, for a batch."""
        self._prepared = prepared
        self._config: RunConfig = prepared.config
        self._folder = folder
        self._observe = observe
        self._make_backend = make_backend if collector is None else collector.make_backend
        self._collector = collector
        self._slots = prepared.config.concurrency if collector is None else MOST_WAITING
        self._announce = announce
        self._main: asyncio.Task[None] | None = None
        self._draining: asyncio.Future[Any] | None = None
        self._interrupted = False
        self._clients: list[Client] = []
        self.funnel = Funnel()
        self.meter = Meter()

    @property
    def in_flight(self) -> int:
        """How many calls are with the back ends now."""
        return sum(client.in_flight for client in self._clients)

    async def carry_out(self) -> Ending:
        """Run to the end. Raises `ConfigError` before anything is spent where the folder cannot be used."""
        backends = [self._config.backend]
        if self._config.policy.critic and not self._is_shared():
            backends.append(self._config.critic)
        prices = load_prices(Path(self._config.prices) if self._config.prices else None)
        asked = [self._config.backend, self._config.critic] if self._config.policy.critic else [self._config.backend]
        limits = make_limits(self._config, [config.model or "" for config in asked], prices)
        bare = [self._make_backend(config, self._config.concurrency) for config in backends]
        is_new = not self._folder.path.exists()
        self._folder.claim(self._config, self._prepared.seeds)
        earlier = self._folder.read_funnel().get("candidates")
        journal = Journal(self._folder.journal)
        ledger = Ledger(limits, sum_up(journal.read_usage(), prices)) if limits.any else None
        self._clients = [
            Client(
                backend,
                journal,
                self.meter,
                slots=self._slots,
                give_up_s=config.give_up_s,
                can_recall=self._collector is not None,
                ledger=ledger,
                prices=prices,
            )
            for backend, config in zip(bare, backends, strict=True)
        ]
        self._dataset, self._rejects = PrefixFile(self._folder.dataset), PrefixFile(self._folder.rejects)
        try:
            ending = await self._end_well(earlier)
            if self._collector is not None:
                await self._collector.save(journal)
        finally:
            for client in self._clients:
                await client.close()
            await journal.close()
        if is_new and ending.exit_status == InputError.exit_status:
            self._folder.remove()
        self._folder.release()
        return ending

    def _is_shared(self) -> bool:
        """Say whether generator and critic are with the same server, and so share one limit of calls in flight."""
        one, other = self._config.backend, self._config.critic
        if one.kind == "vllm" and one.base_url is None:  # an engine in this process holds one model
            return one == other
        return one.model_copy(update={"model": other.model}) == other

    async def _end_well(self, earlier: dict[str, Any] | None) -> Ending:
        self._write_funnel(Ending(0, "running"), earlier)
        ticker = asyncio.create_task(self._tick(earlier))
        ending = Ending(1, "failed", "it broke off")
        try:
            ending = await self._run_to_ending()
        finally:
            ticker.cancel()
            await self._drain(0.0 if ending.state == "failed" else DRAIN_S)
            is_behind = self._dataset.is_behind() or self._rejects.is_behind()
            at_end = ending.state in ("complete", "stopped")
            for file in (self._dataset, self._rejects):
                file.close(complete=at_end)
            self._write_funnel(ending, earlier if is_behind and not at_end else None)
        return ending

    async def _drain(self, timeout_s: float) -> None:
        """Let the calls in flight be answered and recorded: they are paid for. An interruption cuts them off."""
        self._draining = asyncio.gather(*(client.drain(timeout_s) for client in self._clients))
        try:
            await self._draining
        except asyncio.CancelledError:
            for client in self._clients:
                await client.drain(0.0)
        finally:
            self._handle_signals(None)

    def _handle_signals(self, handler: Callable[[], None] | None) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            if handler is None:
                loop.remove_signal_handler(number)
            else:
                loop.add_signal_handler(number, handler)

    async def _run_to_ending(self) -> Ending:
        thresholds = gc.get_threshold()
        gc.set_threshold(GARBAGE_THRESHOLD, *thresholds[1:])
        self._main = asyncio.create_task(self._run_phases())
        if self._collector is not None:
            self._collector.watch(self._main)
        self._handle_signals(self._interrupt)
        try:
            await self._main
        except asyncio.CancelledError:
            if self._collector is not None and self._collector.wave:
                count = len(self._collector.wave)
                return Ending(LimitReached.exit_status, "waiting", f"{count} requests wait for a batch to answer them")
            return Ending(130, "interrupted", "interrupted; run the same command again to go on")
        except LimitReached as limit:
            return Ending(1 if self.funnel.accepted == 0 else limit.exit_status, "stopped", str(limit))
        except SeedbedError as error:
            has_spent = self.meter.answered + self.meter.cached > 0  # then it is no longer the input alone
            return Ending(1 if has_spent else error.exit_status, "failed", str(error))
        finally:
            gc.set_threshold(*thresholds)
        return self._judge_completion()

    def _judge_completion(self) -> Ending:
        if self.funnel.accepted == 0:
            stage = self.funnel.find_closed_stage() or "the run"
            listed = ", ".join(
                f"{stage}: {reason} × {count}" for stage, reason, count in self.funnel.list_reasons()[:5]
            )
            return Ending(
                1, "failed", f"nothing was accepted: {stage} let nothing through ({listed or 'no candidates'})"
            )
        target = self._config.target
        if target is not None and self.funnel.accepted < target:
            reason = f"all {self._config.rounds} rounds are done with {self.funnel.accepted} of {target} accepted"
            return Ending(LimitReached.exit_status, "stopped", reason)
        return Ending(0, "complete")

    def _interrupt(self) -> None:
        if self._draining is not None:
            self._draining.cancel()
        elif self._main is not None:
            self._interrupted = True
            self._announce(f"stopping: {self.in_flight} calls in flight are still recorded (again to stop at once)")
            for client in self._clients:
                client.stop()
            self._main.cancel()

    async def _run_phases(self) -> None:
        config, seeds = self._config, self._prepared.seeds
        pool = catalog.make_pool(config)
        for seed in seeds:
            pool.add_seed(seed)
        tools = self._make_tools(pool)
        ask = self._make_prompter(config.backend, self._clients[0])
        if config.recipe == "self-instruct" or config.evolve.bootstrap > len(seeds):
            wanted = config.target if config.recipe == "self-instruct" else config.evolve.bootstrap - len(seeds)
            goal = Goal(None, min(wanted or 0, config.target or wanted or 0), config.candidate_cap)
            await self._run_phase(catalog.make_self_instruct(config, ask, pool), tools, goal)
        if config.recipe == "evolve":
            lanes = [*seeds, *pool.machine]
            proposer = catalog.make_evol_instruct(config, ask, lanes, self._prepared.operators)
            jobs = None if config.rounds is None else config.rounds * len(lanes)
            goal = Goal(jobs, config.target, config.candidate_cap)
            await self._run_phase(proposer, tools, goal)

    async def _run_phase(self, proposer: Proposer, tools: Tools, goal: Goal) -> None:
        engine = Engine(proposer, tools, goal)
        await Schedule(engine, workers=ATTEMPTS_PER_SLOT * self._slots).run()
        tools.pool.forget_claims()

    def _make_tools(self, pool: Pool) -> Tools:
        critic = None
        if self._config.policy.critic:
            critic = catalog.make_critic(self._make_prompter(self._config.critic, self._clients[-1]))
        return Tools(
            pool=pool, verifier=catalog.make_verifier(), critic=critic, policy=Policy(self._config.policy),
            write=self._write, take_calls=self.meter.take, count_in_vain=self._count_in_vain,
        )  # fmt: skip

    def _make_prompter(self, config: BackendConfig, client: Client) -> Prompter:
        return Prompter(self._prepared.templates, client, config.model or "", self.meter.count_damaged)

    def _count_in_vain(self, calls: int) -> None:
        self.meter.in_vain += calls

    def _write(self, outcome: Outcome) -> None:
        if outcome.example is not None:
            self._dataset.write(outcome.example.model_dump_json())
        else:
            self._rejects.write(describe_reject(outcome))
        self.funnel.count(outcome)
        self._observe(outcome)

    async def _tick(self, earlier: dict[str, Any] | None) -> None:
        while True:
            await asyncio.sleep(FUNNEL_EVERY_S)
            is_behind = self._dataset.is_behind()
            self._write_funnel(Ending(0, "running"), earlier if is_behind else None)

    def _write_funnel(self, ending: Ending, candidates: dict[str, Any] | None) -> None:
        funnel = {
            "run": self._folder.name, "state": ending.state, "exit_status": ending.exit_status,
            "reason": ending.reason, "candidates": candidates or self.funnel.describe(), **self.meter.describe(),
        }  # fmt: skip
        write_whole(self._folder.funnel, json.dumps(funnel, ensure_ascii=False, indent=1) + "\n")


def describe_reject(outcome: Outcome) -> str:
    """Return the line of `rejects.jsonl` for a candidate that was not accepted."""
    candidate = outcome.candidate
    row = {
        "id": candidate.id, "status": outcome.status, "stage": outcome.stage, "reason": outcome.reason,
        "evidence": dict(outcome.evidence), "instruction": candidate.instruction, "input": candidate.input,
        "language": candidate.language, "raw": candidate.raw, "lineage": candidate.lineage.model_dump(mode="json"),
        "checks": [check.model_dump(mode="json") for check in candidate.checks],
    }  # fmt: skip
    text = json.dumps(row, ensure_ascii=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate in a raw completion: escaped, the line stays valid UTF-8
        return json.dumps(row)
    return text

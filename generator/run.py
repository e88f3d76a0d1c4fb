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
from generator.against.digests import list_held
from generator.batch import MOST_WAITING, Collector
from generator.client.budget import Ledger, sum_up
from generator.client.meter import Meter
from generator.client.prices import load_prices
from generator.client.slots import Slots, choose_slots
from generator.client.stack import Client
from generator.config import RunConfig
from generator.errors import InputError, LimitReached, SeedbedError
from generator.funnel import Funnel
from generator.journal import Journal
from generator.limits import make_limits
from generator.manifest import write_run_manifest
from generator.outcome_rows import describe_reject, describe_review
from generator.phases import Phases
from generator.prefix_file import LatePrefixFile, PrefixFile
from generator.preparation.prepared import Prepared
from generator.preparation.settling import list_changed_files
from generator.prompter import Prompter
from generator.protocols import Announcing, Backend
from generator.run_folder import RunFolder, write_whole
from generator.seats import list_seats, list_servers, share_server
from generator.settings.backend import BackendConfig
from generator.settings.recipes import CALIBRATE, JUDGING
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
        self._workers = 0
        self._announce = announce
        self._main: asyncio.Task[None] | None = None
        self._draining: asyncio.Future[Any] | None = None
        self._interrupted = False
        self._clients: list[Client] = []
        against = prepared.config.against
        self.funnel = Funnel(list_held(against, "novel"), list_held(against, "benchmark"), against.ngrams)
        self.meter = Meter()
        self._phases: Phases | None = None

    @property
    def calibration(self) -> dict[str, Any] | None:
        """The report on the critic, where it was held against labels."""
        return self._phases.calibration if self._phases is not None else None

    @property
    def in_flight(self) -> int:
        """How many calls are with the back ends now."""
        return sum(client.in_flight for client in self._clients)

    def describe_silence(self) -> tuple[float, str] | None:
        """Return the longest time in seconds for which a back end has failed only, and its latest fault; None for none."""
        return max((found for client in self._clients if (found := client.describe_silence())), default=None)

    async def carry_out(self) -> Ending:
        """Run to the end. Raises `ConfigError` before anything is spent where the folder cannot be used."""
        self._servers = list_servers(self._config)
        prices = load_prices(Path(self._config.prices) if self._config.prices else None)
        limits = make_limits(self._config, [seat.model or "" for seat in list_seats(self._config)], prices)
        slots = [choose_slots(self._config.concurrency, config) for config in self._servers]
        if self._collector is not None:
            slots = [Slots(MOST_WAITING)] * len(slots)
        self._workers = ATTEMPTS_PER_SLOT * max(one.most for one in slots)
        bare = [self._make_backend(config, one.most) for config, one in zip(self._servers, slots, strict=True)]
        for backend in bare:
            if isinstance(backend, Announcing):
                backend.announce = self._announce
        is_new = not self._folder.path.exists()
        before = self._folder.claim(self._config, self._prepared.seeds)
        for said in list_changed_files(before, self._config) if before else ():
            self._announce(said)
        earlier = self._folder.read_funnel().get("candidates")
        journal = Journal(self._folder.journal)
        if self._config.retry_refused:
            await journal.forget_turned_down()
        ledger = Ledger(limits, sum_up(journal.read_usage(), prices)) if limits.any else None
        self._clients = [
            Client(
                backend,
                journal,
                self.meter,
                slots=one.most,
                first=one.first,
                give_up_s=config.give_up_s,
                can_recall=self._collector is not None,
                ledger=ledger,
                prices=prices,
            )
            for backend, config, one in zip(bare, self._servers, slots, strict=True)
        ]
        self._dataset, self._rejects = PrefixFile(self._folder.dataset), PrefixFile(self._folder.rejects)
        self._review = LatePrefixFile(self._folder.review)
        self._phases = Phases(
            self._prepared, self._folder, find_ask=self._find_ask, write=self._write, meter=self.meter,
            funnel=self.funnel, workers=self._workers, announce=self._announce,
        )  # fmt: skip
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

    async def _end_well(self, earlier: dict[str, Any] | None) -> Ending:
        self._write_funnel(Ending(0, "running"), earlier)
        ticker = asyncio.create_task(self._tick(earlier))
        ending = Ending(1, "failed", "it broke off")
        try:
            ending = await self._run_to_ending()
        finally:
            ticker.cancel()
            await self._drain(0.0 if ending.state == "failed" else DRAIN_S)
            files = (self._dataset, self._rejects, self._review)
            is_behind = any(file.is_behind() for file in files)
            at_end = ending.state in ("complete", "stopped")
            for file in files:
                file.close(complete=at_end)
            self._write_funnel(ending, earlier if is_behind and not at_end else None)
        if at_end:
            write_run_manifest(self._folder, self._config)
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
        assert self._phases is not None
        self._main = asyncio.create_task(self._phases.carry_out())
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
            # Verdicts are there, whatever they say; and where nothing was decided yet, no stage let nothing through.
            is_whole = self.funnel.accepted > 0 or self.funnel.total == 0 or self._config.recipe in JUDGING
            return Ending(limit.exit_status if is_whole else 1, "stopped", str(limit))
        except SeedbedError as error:
            has_spent = self.meter.answered + self.meter.cached > 0  # then it is no longer the input alone
            return Ending(1 if has_spent else error.exit_status, "failed", str(error))
        finally:
            gc.set_threshold(*thresholds)
        return self._judge_completion()

    def _judge_completion(self) -> Ending:
        if self._config.recipe == CALIBRATE:
            return Ending(0, "complete")
        if self.funnel.accepted == 0 and self.funnel.review:
            return Ending(1, "failed", f"nothing was accepted: {self.funnel.review} wait for a person in review.jsonl")
        if self.funnel.accepted == 0:
            stage = self.funnel.find_closed_stage() or "the run"
            listed = ", ".join(
                f"{stage}: {reason} × {count}" for stage, reason, count in self.funnel.list_reasons()[:5]
            )
            said = f". The first was refused: {self.funnel.refused}" if self.funnel.refused else ""
            reason = f"nothing was accepted: {stage} let nothing through ({listed or 'no candidates'}){said}"
            return Ending(1, "failed", reason)
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

    def _find_ask(self, config: BackendConfig) -> Prompter:
        """Return what asks a back end, by the client of its server."""
        number = next(number for number, server in enumerate(self._servers) if share_server(server, config))
        client, meter = self._clients[number], self.meter
        counters = (meter.count_damaged, meter.count_repaired)
        return Prompter(self._prepared.templates, client, config.model_name or "", *counters)

    def _write(self, outcome: Outcome) -> None:
        if outcome.status == "review":
            self._review.write(describe_review(outcome))
        elif outcome.example is not None:
            self._dataset.write(outcome.example.model_dump_json())
        else:
            self._rejects.write(describe_reject(outcome))
        self.meter.yields.settle(outcome)
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
        if self._phases is not None and self._phases.ended_at:
            funnel["ended_at"] = self._phases.ended_at
        write_whole(self._folder.funnel, json.dumps(funnel, ensure_ascii=False, indent=1) + "\n")

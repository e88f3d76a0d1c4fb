"""What a run does, one phase after the other: holds its critic against people, proposes, judges, augments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from generator import catalog
from generator.augment.work import AugmentWork
from generator.balance.steer import choose_lanes
from generator.client.meter import Meter
from generator.config import RunConfig
from generator.engine import Engine, Goal, Tools
from generator.funnel import Funnel
from generator.judging.work import JudgeWork
from generator.pool import Place, Pool
from generator.preparation.prepared import Prepared
from generator.protocols import Ask, Critic, Proposer
from generator.recorder import Recorder
from generator.run_folder import RunFolder, write_json
from generator.schedule import Schedule, Work
from generator.settings.backend import BackendConfig
from generator.settings.recipes import AUGMENT, CALIBRATE, JUDGE
from generator.types import Example, Outcome

CALIBRATION_FILE = "calibration.json"


class Phases:
    """The phases of one invocation of a run."""

    def __init__(
        self, prepared: Prepared, folder: RunFolder, *, find_ask: Callable[[BackendConfig], Ask],
        write: Callable[[Outcome], None], meter: Meter, funnel: Funnel, workers: int, announce: Callable[[str], None],
    ) -> None:  # fmt: skip
        """`find_ask` gives what asks a back end; `write` takes what was decided; `workers` attempts run at a time."""
        self._prepared = prepared
        self._config: RunConfig = prepared.config
        self._folder = folder
        self._find_ask = find_ask
        self._write = write
        self._meter = meter
        self._funnel = funnel
        self._workers = workers
        self._announce = announce
        self.calibration: dict[str, Any] | None = None
        # Where each phase reached its target, of this invocation or an earlier one.
        self.ended_at: dict[str, Any] = dict(folder.read_funnel().get("ended_at") or {})

    async def carry_out(self) -> None:
        """Carry out all phases of the recipe. Raises what ends the run."""
        config, seeds = self._config, self._prepared.seeds
        if config.calibration.labels is not None:
            await self._calibrate()
            if config.recipe == CALIBRATE:
                return
        if config.recipe == JUDGE:
            await self._judge_records()
            return
        if config.recipe == AUGMENT:
            assert self._prepared.records is not None
            await self._augment(self._prepared.records(), self._prepared.count)
            return
        pool = catalog.make_pool(config, seeds, self._folder.vectors, self._folder.path)
        pool.add_seeds(seeds)
        ask = self._find_ask(config.backend)
        if config.recipe == "self-instruct" or config.evolve.bootstrap > len(seeds):
            wanted = config.target if config.recipe == "self-instruct" else config.evolve.bootstrap - len(seeds)
            goal = Goal(None, min(wanted or 0, config.target or wanted or 0), config.candidate_cap)
            await self._run_phase("self-instruct", catalog.make_self_instruct(config, ask, pool), pool, goal)
        if config.recipe == "evolve":
            lanes = choose_lanes([*seeds, *pool.machine], config.balance.toward, config.seed, self._announce)
            proposer = catalog.make_evol_instruct(config, ask, lanes, self._prepared.operators)
            jobs = None if config.rounds is None else config.rounds * len(lanes)
            goal = Goal(jobs, config.target, config.candidate_cap)
            await self._run_phase("evolve", proposer, pool, goal)
        if config.augment.methods:
            accepted = list(pool.machine)
            await self._augment(iter(accepted), len(accepted))

    async def _calibrate(self) -> None:
        """Hold the critic against labels of people. Raises `SeedbedError` where it falls below what was set."""
        hold = catalog.load_calibration("gate:hold_against_people")
        templates, critic = self._prepared.templates, self._make_critic()
        self.calibration = await hold(self._config, templates, self._find_ask, critic, at_once=self._workers)
        write_json(self._folder.path / CALIBRATION_FILE, self.calibration)
        catalog.load_calibration("gate:require_agreement")(self._config, self.calibration)

    async def _augment(self, records: Iterator[Example], count: int) -> None:
        """Augment records that are there; with a target, only as many as it still lacks."""
        config, templates = self._config, self._prepared.templates
        work = AugmentWork(
            records=records, total=count, verifier=catalog.make_verifier(), critic=self._make_critic(),
            policy=catalog.make_policy(config, templates),
            augmenting=catalog.make_augmenting(config, templates, self._find_ask(config.backend)), write=self._write,
            take_calls=self._meter.take, screens=catalog.make_screens(config),
            target=None if config.target is None else max(0, config.target - self._funnel.accepted),
        )  # fmt: skip
        await self._schedule(work)

    async def _run_phase(self, name: str, proposer: Proposer, pool: Pool, goal: Goal) -> None:
        async with Recorder(pool, self._write) as recorder:
            tools = self._make_tools(pool, recorder)
            engine = Engine(proposer, tools, replace(goal, ended_at=self._recall_end(name, goal)))
            await self._schedule(engine)
        engine.discard_rest()
        if engine.ended_at is not None:
            self.ended_at[name] = {"target": goal.target, "place": list(engine.ended_at)}
        pool.forget_claims()

    def _recall_end(self, name: str, goal: Goal) -> Place | None:
        """Return where an earlier invocation reached this target, None where none did. It only spares calls."""
        match self.ended_at.get(name):
            case {"target": goal.target, "place": [int(job), int(item)]}:
                return job, item
        return None

    async def _judge_records(self) -> None:
        assert self._prepared.records is not None
        work = JudgeWork(
            records=self._prepared.records(), total=self._prepared.count, verifier=catalog.make_verifier(),
            critic=self._make_critic(), policy=catalog.make_policy(self._config, self._prepared.templates),
            write=self._write, take_calls=self._meter.take,
        )  # fmt: skip
        await self._schedule(work)

    def _make_tools(self, pool: Pool, recorder: Recorder) -> Tools:
        config = self._config
        return Tools(
            pool=pool, verifier=catalog.make_verifier(), critic=self._make_critic(),
            policy=catalog.make_policy(config, self._prepared.templates), recorder=recorder,
            take_calls=self._meter.take, count_in_vain=self._count_in_vain, screen=catalog.make_screen(config),
        )  # fmt: skip

    def _make_critic(self) -> Critic | None:
        if not self._config.policy.critic:
            return None
        return catalog.make_critic(self._config, self._prepared.templates, self._find_ask)

    def _count_in_vain(self, calls: int) -> None:
        self._meter.in_vain += calls

    async def _schedule(self, work: Work) -> None:
        await Schedule(work, workers=self._workers).run()

"""Offline batches: a run that asks nobody, and the way back for answers that were given elsewhere.

A collector stands in for the back ends of a run. The run is carried out as ever: what its journal holds is answered from
there, and every other request waits. When nothing is left to do but wait, those requests are the *wave*: all that the
run would ask now, whatever the concurrency. They are noted in the journal and written to files, and the run ends.
Answers come back into the journal, and the next replay goes on from there. So a data set made by batches is the same, to
the byte, as one made by calls that were answered the same; the two can be mixed at will.

That nothing is left to do is known, not guessed: an asyncio loop waits in its selector, with a time-out other than 0,
only where no callback is ready to run. A replay has no other work: no thread, no network.

Memory: a replay holds every request of its wave.
"""

from __future__ import annotations

import asyncio
import selectors
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

from generator.backends.openai_dialect import Dialect
from generator.backends.openai_wire import make_body
from generator.batch_files import RequestFile, Result, read_results, write_requests
from generator.errors import ConfigError, RefusedError
from generator.journal import TURNED_DOWN, Journal, make_key
from generator.protocols import Backend
from generator.settings.backend import BackendConfig
from generator.types import ChatRequest, Completion

MOST_WAITING = 1 << 30  # requests of a wave: as good as no limit
CAN_BATCH = ("openai", "vllm")  # back ends whose requests have the form of OpenAI's chat completions
GROUPED = 1000  # completions recorded together
KEY_LENGTH = 64  # of a journal's key, in hexadecimal digits

T = TypeVar("T")


class Collector:
    """What a run waits for. `wave` (by key) is there once nothing is left to do but wait, `files` once it is written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: dict[str, ChatRequest] = {}
        self._run: asyncio.Task[Any] | None = None
        self.wave: Mapping[str, ChatRequest] = {}
        self.files: list[RequestFile] = []
        self.given_out_before = 0

    def make_backend(self, config: BackendConfig, connections: int) -> Backend:
        """Return what stands in for a back end. Raises `ConfigError` for one that is not asked through an API."""
        if config.kind not in CAN_BATCH:
            raise ConfigError(
                f"the back end `{config.kind}` answers at once, without a batch. "
                "Name a model and where it runs: --backend openai --model MODEL."
            )
        return _Silent(config.kind, self._waiting)

    def watch(self, run: asyncio.Task[Any]) -> None:
        """End this task when nothing is left to do but wait."""
        self._run = run

    def end_wave(self) -> bool:
        """Take note that the loop is idle; return whether this ends the run."""
        if self._run is None or self.wave or not self._waiting:
            return False
        self.wave = dict(self._waiting)
        self._run.cancel()
        return True

    async def save(self, journal: Journal) -> None:
        """Note the wave in the journal, then write its files: a key that is in a file is always known."""
        if self.wave:
            self.given_out_before = await journal.give_out(self.wave)
            self.files = write_requests(self._path, self.wave)


class _Silent:
    """A back end that never answers. What nobody waits for any more (a speculation thrown away) is not waiting."""

    def __init__(self, name: str, waiting: dict[str, ChatRequest]) -> None:
        self.name = name
        self._waiting = waiting

    async def complete(self, request: ChatRequest) -> Completion:
        try:
            make_body(request, Dialect())
        except UnicodeEncodeError as error:  # as the back end does that asks
            raise RefusedError(f"the request is no valid Unicode ({error.reason})") from None
        key = make_key(request, self.name)
        self._waiting[key] = request
        answer: asyncio.Future[Completion] = asyncio.get_running_loop().create_future()
        try:
            return await answer
        finally:
            self._waiting.pop(key, None)

    async def close(self) -> None:
        pass


class _Selector(selectors.DefaultSelector):
    """Tells when the loop is idle; where that gave it something to do, it does not wait."""

    def __init__(self, note_idle: Callable[[], bool]) -> None:
        super().__init__()
        self._note_idle = note_idle

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        is_idle = timeout is None or timeout > 0
        return super().select(0 if is_idle and self._note_idle() else timeout)


def run_until_idle(work: Coroutine[Any, Any, T], collector: Collector) -> T:
    """Run to the end in a loop of its own that tells the collector when it is idle."""
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(_Selector(collector.end_wave))) as runner:
        return runner.run(work)


class Intake:
    """Brings answers into a journal, from files of results.

    What is not taken is counted and told (`warn`); the rest is recorded all the same. To read a file again changes
    nothing.
    """

    def __init__(self, journal: Journal, warn: Callable[[str], None]) -> None:
        self._journal = journal
        self._warn = warn
        self._group: dict[str, tuple[ChatRequest, Completion]] = {}
        self.recorded = 0  # lines whose answer is on the disk now
        self.already_there = 0
        self.unknown = 0
        self.damaged = 0
        self.failed: Counter[str] = (
            Counter()
        )  # by what was said; these requests wait on, but for those refused for good
        self._answered: set[str] = set()  # kinds; what is refused beside their answers is the request's own fault
        self._refused: list[tuple[str, ChatRequest, str]] = []

    async def read(self, *paths: Path) -> None:
        """Record what files bring. Raises `ConfigError` where one cannot be read."""
        for path in paths:
            for place, result in read_results(path):
                self._take(place, result)
                if len(self._group) >= GROUPED:
                    await self._record()
            await self._record()
        await self._keep_refusals()

    def _take(self, place: str, result: Result) -> None:
        if result.status == "damaged":
            self.damaged += 1
            self._warn(f"{place}: {result.said}.")
            return
        request = self._journal.find_given_out(result.key) if result.key.isascii() else None
        if request is None:
            self.unknown += 1
            self._warn(f"{place}: no request of this run has the custom_id {result.key[:KEY_LENGTH]!r}.")
        elif result.completion is None:
            self.failed[result.said] += 1
            if result.is_refused and self._journal.look_up(result.key) is None:
                self._refused.append((result.key, request, result.said))
        elif result.key in self._group or self._journal.look_up(result.key) is not None:
            self.already_there += 1
        else:
            self._group[result.key] = (request, result.completion)
            self._answered.add(request.kind)

    async def _record(self) -> None:
        await asyncio.gather(*(self._journal.record(key, *answered) for key, answered in self._group.items()))
        self.recorded += len(self._group)
        self._group.clear()

    async def _keep_refusals(self) -> None:
        """Keep what was refused as a live run keeps it: else every wave would ask for it again."""
        await asyncio.gather(*(
            self._journal.record(key, request, Completion(said, TURNED_DOWN))
            for key, request, said in self._refused
            if request.kind in self._answered
        ))  # fmt: skip

    @property
    def exit_status(self) -> int:
        """2 where a line is no result of this run; 1 where no line brought an answer; else 0."""
        if self.unknown or self.damaged:
            return 2
        return 0 if self.recorded or self.already_there else 1

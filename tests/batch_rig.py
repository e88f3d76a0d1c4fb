"""A run that is made by batches, answered here, beside the same run made live."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from generator.backends.openai_dialect import Dialect
from generator.backends.openai_wire import make_body, read_completion
from generator.batch import Collector, Intake, run_until_idle
from generator.config import make_config, merge_settings
from generator.journal import Journal
from generator.preparation.recipes import prepare
from generator.run import Ending, Run
from generator.run_folder import RunFolder
from generator.types import ChatRequest, Completion
from tests.loopback import answer
from tests.rig import Rig

Reply = Callable[[dict[str, Any]], str]
Line = dict[str, Any]
TOLD: list[str] = []  # of the last intake


def make_reply(body: dict[str, Any], reply: Reply = answer) -> dict[str, Any]:
    message = {"role": "assistant", "content": reply(body)}
    usage = {"prompt_tokens": 10, "completion_tokens": 5}
    return {"model": body["model"], "choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}


def make_result(line: Line, reply: Reply = answer) -> Line:
    response = {"status_code": 200, "request_id": "r", "body": make_reply(line["body"], reply)}
    return {"id": "x", "custom_id": line["custom_id"], "response": response, "error": None}


def answer_badly(body: dict[str, Any]) -> str:
    """Answer as the loopback server does, but some replies are cut, and some rewrites near twins."""
    text = answer(body)
    number = sum(map(ord, body["messages"][-1]["content"]))
    if number % 5 == 0 and "temperature" in body and body["temperature"] < 0.5:
        return text[: len(text) // 3]
    if "<instruction>" in text and number % 3 == 0:
        return f"<instruction>Sketch the plan of bridge number {number % 2} over the wide river.</instruction>"
    return text


class Live:
    """The back end `openai`, but for the wire: answers a body as a batch would."""

    name = "openai"

    def __init__(self, reply: Reply = answer) -> None:
        self._reply = reply
        self.asked: Counter[bytes] = Counter()

    async def complete(self, request: ChatRequest) -> Completion:
        body = make_body(request, Dialect())
        self.asked[body] += 1
        return read_completion(make_reply(json.loads(body), self._reply))

    async def close(self) -> None:
        pass


class BatchRig(Rig):
    """A run that is made by batches, beside the live ones."""

    def export(self, name: str = "wave.jsonl", **settings: Any) -> tuple[Ending, Collector]:
        collector = Collector(self.room / name)
        run = Run(prepare(make_config(merge_settings(self.settings, settings))), self.folder, collector=collector)
        return run_until_idle(run.carry_out(), collector), collector

    def read_wave(self, collector: Collector) -> list[Line]:
        return [json.loads(line) for file in collector.files for line in file.path.read_bytes().splitlines()]

    def take(self, results: list[Line]) -> Intake:
        path = self.room / "results.jsonl"
        path.write_text("".join(json.dumps(result) + "\n" for result in results), encoding="utf-8")
        return take(self.folder, path)

    def go_round(self, reply: Reply = answer, **settings: Any) -> tuple[Ending, list[list[Line]]]:
        """Export, answer and import until nothing is left; return how it ended, and the waves."""
        waves: list[list[Line]] = []
        while True:
            ending, collector = self.export(**settings)
            if ending.state != "waiting":
                return ending, waves
            waves.append(self.read_wave(collector))
            assert ending.exit_status == 3
            assert len(waves) < 200
            self.take([make_result(line, reply) for line in waves[-1]])


def take(folder: RunFolder, *paths: Path) -> Intake:
    async def read() -> Intake:
        journal = Journal(folder.journal)
        try:
            intake = Intake(journal, TOLD.append)
            await intake.read(*paths)
            return intake
        finally:
            await journal.close()

    TOLD.clear()
    return asyncio.run(read())


def count_recorded(folder: RunFolder) -> int:
    journal = Journal(folder.journal)
    try:
        return journal.count()
    finally:
        asyncio.run(journal.close())


def make_pair(path: Path, **settings: Any) -> tuple[BatchRig, BatchRig]:
    for name in ("live", "batch"):
        (path / name).mkdir()
    return BatchRig(path / "live", **settings), BatchRig(path / "batch", **settings)

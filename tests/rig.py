"""Builds whole runs in a temporary folder around a scripted back end, as the command line would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from generator.config import make_config, merge_settings
from generator.preparation.recipes import prepare
from generator.run import Ending, Run
from generator.run_folder import RunFolder
from tests.scripted import Scripted

TASKS = [
    {"instruction": "Describe how a tide forms in two sentences.", "response": "The moon pulls the sea. It rises."},
    {"instruction": "List three uses of copper in a house.", "response": "Wires, pipes, pans."},
    {"instruction": "Explain to a child why bread rises.", "response": "Yeast makes small bubbles of gas."},
    {"instruction": "Write a polite refusal of an invitation.", "response": "Thank you, but I cannot come."},
    {"instruction": "Name the longest river of South America.", "response": "The Amazon."},
]


class Rig:
    """One run folder, and the invocations upon it."""

    def __init__(self, room: Path, tasks: Sequence[Mapping[str, Any]] = TASKS, **settings: Any) -> None:
        self.room = room
        self.seeds = room / "seeds.jsonl"
        self.write_seeds(tasks)
        model = {"kind": "openai", "model": "scripted"}
        base = {"seeds": [str(self.seeds)], "backend": model, "critic": model, "concurrency": 8}
        self.settings = merge_settings(base, settings)
        self.folder = RunFolder(str(room / "runs"), "run")

    def write_seeds(self, tasks: Sequence[Mapping[str, Any]]) -> None:
        lines = [json.dumps({"language": "en"} | dict(task), ensure_ascii=False) + "\n" for task in tasks]
        self.seeds.write_text("".join(lines), encoding="utf-8")

    def run(self, backend: Any = None, **settings: Any) -> tuple[Ending, Run]:
        config = make_config(merge_settings(self.settings, settings))
        run = Run(prepare(config), self.folder, make_backend=lambda *_: backend or Scripted())
        return asyncio.run(run.carry_out()), run

    @property
    def dataset(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.folder.dataset.read_text(encoding="utf-8").splitlines()]

    @property
    def rejects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.folder.rejects.read_text(encoding="utf-8").splitlines()]

    @property
    def bytes(self) -> tuple[bytes, bytes]:
        return self.folder.dataset.read_bytes(), self.folder.rejects.read_bytes()

"""The seed tasks of the job: ten of those that ship, in two languages, and one that no context can hold."""

from __future__ import annotations

import json
from pathlib import Path

from tests.vllm_job.processes import ROOT
from tests.vllm_job.tiny_model import CONTEXT

TAKEN = {"general": 3, "science": 2, "software": 2, "law": 1, "chinese_general": 2}
COUNT = sum(TAKEN.values())


def write_seeds(path: Path) -> None:
    lines = [
        line
        for name, count in TAKEN.items()
        for line in (ROOT / "seeds" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()[:count]
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_endless(path: Path) -> None:
    task = {"instruction": "Add up these numbers.", "input": "17 " * CONTEXT, "response": "Many.", "language": "en"}
    path.write_text(json.dumps(task) + "\n", encoding="utf-8")

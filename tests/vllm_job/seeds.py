"""The seed files of the job: ten of the tasks that ship, in two languages, and one task that no context can hold."""

from __future__ import annotations

import json
from pathlib import Path

from tests.vllm_job.processes import ROOT
from tests.vllm_job.tiny_model import CONTEXT

TAKEN = {"general": 3, "science": 2, "software": 2, "law": 1, "chinese_general": 2}
COUNTS = {"ten": 10, "endless": 1}


def write_seeds(folder: Path) -> None:
    lines = [
        line
        for name, count in TAKEN.items()
        for line in (ROOT / "seeds" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()[:count]
    ]
    (folder / "ten.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    task = {"instruction": "Add up these numbers.", "input": "17 " * CONTEXT, "response": "Many.", "language": "en"}
    (folder / "endless.jsonl").write_text(json.dumps(task) + "\n", encoding="utf-8")

"""What `datasets` makes of every form: the same number of rows, the same texts, the same splits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from generator.sources import find_source, read_examples
from generator.types import Example
from tests.neighbours_job.records import say

JSON_FORMS = (
    "alpaca", "sharegpt", "openai", "chatml", "prompt_completion", "trl_sft", "trl_dpo", "trl_orpo", "trl_kto", "trl_grpo",
    "llama_factory", "llama_factory_dpo", "axolotl", "jsonl", "huggingface_jsonl",
)  # fmt: skip
TABLES = ("csv", "tsv", "parquet", "huggingface")
SPLITS = ("train", "test")


def load(folder: Path, cache: Path) -> Any:
    from datasets import load_dataset

    return load_dataset(str(folder), cache_dir=str(cache))


def check_folders(out: Path, cache: Path) -> None:
    """Every folder loads by its name alone, with both splits and as many rows as its manifest says."""
    for form in (*JSON_FORMS, *TABLES):
        folder = out / form
        if form == "tsv":  # a packaged loader of commas: the separator has to be said
            continue
        found = load(folder, cache)
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        for split in SPLITS:
            rows = sum(file["rows"] for file in manifest["files"] if file["split"] == split)
            assert len(found[split]) == rows, (form, split, len(found[split]), rows)
        say(f"load_dataset({form}): {', '.join(f'{split} {len(found[split])}' for split in SPLITS)}")


def check_texts(source: Path, out: Path, cache: Path) -> None:
    """The folder of the hub holds our records to the character, in Parquet and in JSONL, whatever the split."""
    wanted = {one.id: one for one in read_examples(find_source(str(source), "runs"))}
    for form in ("huggingface", "huggingface_jsonl"):
        found = load(out / form, cache)
        sides: dict[str, set[str]] = {}
        seen = 0
        for split in SPLITS:
            for row in found[split]:
                check_row(row, wanted[row["id"]])
                sides.setdefault(wanted[row["id"]].lineage.seeds[0], set()).add(split)
                seen += 1
        assert seen == len(wanted), (seen, len(wanted))
        assert all(len(splits) == 1 for splits in sides.values()), "a family is on both sides"
        say(f"{form}: {seen} records to the character, {len(sides)} families each on one side")


def check_row(row: dict[str, Any], example: Example) -> None:
    for name in ("instruction", "input", "response", "language"):
        assert row[name] == getattr(example, name), (name, row[name])
    for name in ("system", "rejected"):
        assert row[name] == getattr(example, name), (name, row[name])
    assert json.loads(row["lineage"]) == example.lineage.model_dump(mode="json")
    assert json.loads(row["checks"] or "[]") == [check.model_dump(mode="json") for check in example.checks]

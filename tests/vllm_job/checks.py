"""What must hold of a run folder, whatever a model wrote."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

from evaluators.critic.rubric import DEFAULT_DIMENSIONS
from generator.types import STAGES, Example

WITHOUT_TEXT = {"refused", "empty_reply", "empty"}  # reasons for which there may be no raw text
JSON_REPLIES = ("judge/equal", "critic/overall")


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def check_ending(status: int, funnel: dict[str, Any]) -> None:
    """Exit status 0 with something accepted, or 1 because nothing was, and it says so."""
    accepted = funnel["candidates"]["accepted"]
    if accepted:
        assert (status, funnel["state"]) == (0, "complete"), (status, funnel["state"], funnel["reason"])
    else:
        assert status == 1, status
        assert "nothing was accepted" in funnel["reason"], funnel["reason"]


def check_funnel(folder: Path, funnel: dict[str, Any], candidates: int) -> None:
    """Everything that went in came out somewhere, and the files say the same."""
    counts = funnel["candidates"]
    assert counts["total"] == candidates, counts
    assert counts["total"] == counts["accepted"] + counts["rejected"] + counts["failed"], counts
    entered = counts["total"]
    for stage in STAGES:
        row = counts["by_stage"][stage]
        assert row["entered"] == entered, (stage, row)
        entered = row["passed"]
        assert row["entered"] - entered == sum(row["rejected"].values()) + sum(row["failed"].values()), (stage, row)
    assert entered == counts["accepted"]
    assert len(read_lines(folder / "dataset.jsonl")) == counts["accepted"]
    assert len(read_lines(folder / "rejects.jsonl")) == counts["rejected"] + counts["failed"]
    calls = funnel["calls"]
    assert calls["asked"] == calls["answered"] + calls["failed"], calls


def check_records(folder: Path, model: Path, backend: str = "vllm") -> None:
    """Every record is whole and judged; every reject says at which stage, why, and shows what was written."""
    for row in read_lines(folder / "dataset.jsonl"):
        record = Example.model_validate_json(json.dumps(row))
        assert record.instruction.strip(), row
        assert record.response.strip(), row
        assert "<think>" not in record.response, row
        assert (record.lineage.backend, record.lineage.model) == (backend, model.name), row
        scores = [value for name, value in record.scores.items() if name.startswith("critic.")]
        assert scores, row
        assert all(isinstance(score, float | int) and 1 <= score <= 10 for score in scores), row
    for row in read_lines(folder / "rejects.jsonl"):
        assert row["stage"] in STAGES, row
        assert row["reason"], row
        text = row["raw"] or row["evidence"].get("raw") or row["evidence"].get("response")
        assert text or row["reason"] in WITHOUT_TEXT, row
        if row["reason"] == "refused":
            assert "context" in row["evidence"]["error"], row


def count_reasons(folder: Path) -> str:
    reasons = Counter(f"{row['stage']}: {row['reason']}" for row in read_lines(folder / "rejects.jsonl"))
    return ", ".join(f"{reason} × {count}" for reason, count in reasons.most_common())


def count_json_replies(folder: Path, *, strict: bool = True) -> str:
    """Say how the replies asked for by a schema came. Raises where one that ended by itself is not the schema's.

    Not `strict`: raw control characters may stand in its strings.
    """
    counts: Counter[str] = Counter()
    with sqlite3.connect(folder / "journal.sqlite") as journal:
        rows = journal.execute("SELECT template, completion FROM completions").fetchall()
    for template, text in rows:
        completion = json.loads(text)
        if template not in JSON_REPLIES:
            continue
        name = template.partition("/")[2]
        if completion["finish_reason"] != "stop":
            counts[f"{name} {completion['finish_reason']}"] += 1
            continue
        reply = json.loads(completion["text"], strict=strict)
        wanted = {"explanation", "equal"} if name == "equal" else set(DEFAULT_DIMENSIONS)
        assert reply.keys() == wanted, completion
        counts[f"{name} well-formed"] += 1
    return ", ".join(f"{name} × {count}" for name, count in sorted(counts.items())) or "none"


def count_recorded(folder: Path) -> int:
    try:
        with sqlite3.connect(f"file:{folder / 'journal.sqlite'}?mode=ro", uri=True) as journal:
            return int(journal.execute("SELECT COUNT(*) FROM completions").fetchone()[0])
    except sqlite3.OperationalError:  # not there yet
        return 0

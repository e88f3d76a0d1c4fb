"""What another policy would have made of an old run: decided again from the columns on disk, without a single call.

A policy measures nothing, so nothing has to be asked again. What ended before the critic stays as it ended.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from generator.errors import ConfigError
from generator.policy import STAGE, Policy
from generator.run_folder import RunFolder

_STATUS = {"accept": "accepted", "reject": "rejected", "review": "review"}


@dataclass(frozen=True, slots=True)
class Judged:
    """A record as a run left it: how it ended, and the columns that its policy had; None where it never came to that."""

    id: str
    status: str
    stage: str
    reason: str
    columns: Mapping[str, Any] | None
    is_unparsed: bool


@dataclass(slots=True)
class Replay:
    """What changes: how many ended how before and after, and each record that would end otherwise."""

    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)
    moves: Counter[str] = field(default_factory=Counter)
    changes: list[dict[str, Any]] = field(default_factory=list)

    def describe(self) -> dict[str, Any]:
        """Return it all, JSON-able."""
        return {
            "records": self.before.total(), "before": dict(sorted(self.before.items())),
            "after": dict(sorted(self.after.items())), "changed": len(self.changes),
            "moves": dict(sorted(self.moves.items())), "changes": self.changes,
        }  # fmt: skip


def read_judged(folder: RunFolder) -> Iterator[Judged]:
    """Yield a run's records, accepted ones first, streaming. Raises `ConfigError` for a damaged line."""
    for path, status in ((folder.dataset, "accepted"), (folder.review, "review"), (folder.rejects, "rejected")):
        if path.is_file():
            with path.open(encoding="utf-8", errors="surrogatepass") as lines:
                for number, line in enumerate(lines, 1):
                    if line.endswith("\n"):
                        yield _read_row(line, status, path, number)


def _read_row(line: str, status: str, path: Path, number: int) -> Judged:
    try:
        row = json.loads(line)
        evidence = row.get("evidence", {})
        columns = evidence.get("scores") if status == "rejected" else row["scores"]
        stage = row.get("stage", STAGE)
        is_unparsed = stage == STAGE and "raw" in evidence and "scores" not in evidence
        return Judged(
            row["id"], row.get("status", status), stage, row.get("reason", ""),
            columns if stage == STAGE else None, is_unparsed,
        )  # fmt: skip
    except (ValueError, KeyError, AttributeError) as error:
        raise ConfigError(f"{path}:{number}: damaged, not a record of Seedbed.") from error


def list_known_columns(folder: RunFolder) -> list[str]:
    """Return the columns that the records of a run have, sorted."""
    return sorted({name for record in read_judged(folder) for name in record.columns or ()})


def replay_policy(folder: RunFolder, policy: Policy, on_unparsed: str) -> Replay:
    """Decide a run's records again."""
    found = Replay()
    for record in read_judged(folder):
        status, reason = _decide(record, policy, on_unparsed)
        found.before[record.status] += 1
        found.after[status] += 1
        if status != record.status:
            found.moves[f"{record.status} → {status}"] += 1
            found.changes.append({
                "id": record.id, "before": record.status, "after": status, "reason_before": record.reason,
                "reason": reason,
            })  # fmt: skip
    return found


def _decide(record: Judged, policy: Policy, on_unparsed: str) -> tuple[str, str]:
    if record.is_unparsed:
        return ("review" if on_unparsed == "review" else "failed"), record.reason
    if record.columns is None:
        return record.status, record.reason
    decision = policy.choose(record.columns)
    return _STATUS[decision.action], decision.reason

"""Preference pairs: from what lost against a response, and from several responses to one task.

Responses to the same task (instruction, input, system prompt and earlier turns) are ranked by one measure: the share of
their checks that code found met, where it is known of all and differs; else the critic's overall score, where known. The
best makes a pair with the worst; a tie makes none. Records wait in a scratch database, so memory does not grow.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from generator.export.form import Row, Rows
from generator.export.messages import make_prompt, make_reply
from generator.export.tally import Tally
from generator.types import Example, make_digest

SCORE = "critic.overall"
ALONE = "with one response only, and none that lost against it"
TIED = "whose responses cannot be ranked (no score, or a tie)"
_SCHEMA = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
CREATE TABLE task (key TEXT PRIMARY KEY, first INTEGER) WITHOUT ROWID;
CREATE TABLE member (key TEXT, place INTEGER PRIMARY KEY, record TEXT);
"""
_IN_ORDER = "SELECT t.first, m.record FROM member m JOIN task t ON t.key = m.key ORDER BY t.first, m.place"


def make_pair(example: Example, rejected: str) -> Rows:
    """Return the row of a pair as messages."""
    return [{"prompt": make_prompt(example), "chosen": make_reply(example.response), "rejected": make_reply(rejected)}]


def arrange_pairs(
    examples: Iterator[Example], tally: Tally, scratch: Path, make: Callable[[Example, str], Rows] = make_pair
) -> Iterator[tuple[Example, Row]]:
    """Yield one row a pair, as `make` says it, in the order in which their tasks first came."""
    scratch.unlink(missing_ok=True)
    database = sqlite3.connect(scratch, isolation_level=None)
    try:
        database.executescript(_SCHEMA)
        _store(database, examples)
        for _, rows in groupby(database.execute(_IN_ORDER), key=lambda row: row[0]):
            for example, rejected in _pair([Example.model_validate_json(record) for _, record in rows], tally):
                made = make(example, rejected)
                if isinstance(made, str):
                    tally.skip(made)
                else:
                    yield from ((example, row) for row in made)
    finally:
        database.close()
        scratch.unlink(missing_ok=True)


def _store(database: sqlite3.Connection, examples: Iterator[Example]) -> None:
    database.execute("BEGIN")
    for place, example in enumerate(examples):
        key = make_task_key(example)
        database.execute("INSERT OR IGNORE INTO task VALUES (?, ?)", (key, place))
        database.execute("INSERT INTO member VALUES (?, ?, ?)", (key, place, example.model_dump_json()))
    database.execute("COMMIT")


def make_task_key(example: Example) -> str:
    """Return the digest of all that a response answers."""
    turns = [turn.model_dump() for turn in example.history]
    return make_digest(example.instruction, example.input, example.system, turns)


def _pair(members: Sequence[Example], tally: Tally) -> Iterator[tuple[Example, str]]:
    """Yield the records that are preferred, each with the response that lost against it."""
    for example in members:
        if example.response and example.rejected and example.response != example.rejected:
            yield example, example.rejected
    rivals = list({example.response: example for example in reversed(members) if example.response}.values())[::-1]
    if len(rivals) > 1:
        ranked = rank(rivals)
        if ranked is None:
            tally.skip(TIED, len(members))
        else:
            yield ranked[0], ranked[1].response
    elif not any(example.rejected for example in members):
        tally.skip(ALONE, len(members))


def rank(rivals: Sequence[Example]) -> tuple[Example, Example] | None:
    """Return the best and the worst by the first measure that is known of all and tells them apart; None for none."""
    for measures in ([measure_checks(one) for one in rivals], [measure_score(one) for one in rivals]):
        known = [measure for measure in measures if measure is not None]
        if len(known) == len(rivals) and min(known) < max(known):
            return rivals[known.index(max(known))], rivals[known.index(min(known))]
    return None


def measure_checks(example: Example) -> float | None:
    """Return the share of checks that are met; None where one is not decided, or there is none."""
    verdicts = [check.verdict for check in example.checks]
    if not verdicts or None in verdicts:
        return None
    return sum(map(bool, verdicts)) / len(verdicts)


def measure_score(example: Example) -> float | None:
    """Return the critic's overall score; None where there is none."""
    score = example.scores.get(SCORE)
    return float(score) if isinstance(score, int | float) else None

"""The meaning check against what translators make of instructions: few faithful wordings rejected, each fault named.

`meaning_pairs.jsonl` holds faithful translations there and back, faithful rewordings, and what bad translators make, in
English, Chinese, French, German, Spanish, Japanese and Russian; all of it is our own.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from evaluators.language import identify_language
from evaluators.meaning.check import check_meaning

PAIRS: list[dict[str, Any]] = [
    json.loads(line)
    for line in Path(__file__).with_name("meaning_pairs.jsonl").read_text(encoding="utf-8").splitlines()
]
MOST_REJECTED = 0.02  # of the faithful ones; none is today


def find(source: str, result: str, one: str, other: str) -> str | None:
    hit = check_meaning(source, result, one, other, identify_language).hit
    return hit.reason if hit else None


def test_faithful_translations_and_rewordings_pass() -> None:
    steps = []
    for pair in PAIRS:
        if pair["kind"] == "round_trip":
            one, other = pair["language"], pair["pivot"]
            steps += [(pair["source"], pair["there"], one, other), (pair["there"], pair["back"], other, one)]
            steps.append((pair["source"], pair["back"], one, one))
        elif pair["kind"] == "rewording":
            steps.append((pair["source"], pair["result"], pair["language"], pair["into"]))
    rejected = [(*step, reason) for step in steps if (reason := find(*step))]
    assert len(steps) > 400
    assert len(rejected) <= MOST_REJECTED * len(steps), rejected


def test_every_fault_is_named() -> None:
    faults = [pair for pair in PAIRS if pair["kind"] == "fault"]
    told = [(pair, find(pair["source"], pair["result"], pair["language"], pair["into"])) for pair in faults]
    assert [(pair, reason) for pair, reason in told if reason != pair["reason"]] == []
    assert {pair["language"] for pair in faults} == {"en", "zh", "fr", "de", "es", "ja", "ru"}
    assert len({pair["reason"] for pair in faults}) >= 11

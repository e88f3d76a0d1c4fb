"""LLaMA-Factory's preference pairs (`ranking`), in its Alpaca form, for DPO, ORPO and reward models.

Source: LLaMA-Factory, `data/README.md`, "Preference Dataset".
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from generator.export.form import Form, Rows, Written
from generator.export.llama_factory import CARRIED, COLUMNS, NOT_IN_TURN, make_asked, write_info
from generator.export.preference import arrange_pairs
from generator.types import Example


def make_pair(example: Example, rejected: str) -> Rows:
    """Return the row of a pair."""
    asked = make_asked(example)
    return NOT_IN_TURN if asked is None else [asked | {"chosen": example.response, "rejected": rejected}]


def describe(written: Written) -> Mapping[str, str]:
    """Return `dataset_info.json` for pairs."""
    return write_info(written, COLUMNS | {"chosen": "chosen", "rejected": "rejected"}, ranking=True)


LLAMA_FACTORY_DPO = Form(
    "llama_factory_dpo", ".json", CARRIED | {"rejected"}, arrange=partial(arrange_pairs, make=make_pair), also=(".jsonl",),
    describe=describe,
)  # fmt: skip

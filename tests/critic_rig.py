"""A critic around a scripted back end, with the prompts that ship."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evaluators.critic.manner import Manner, Opinion
from evaluators.critic.pairwise import PairwiseCritic
from evaluators.critic.pointwise import PointwiseCritic
from evaluators.critic.rubric import PAIR, read_rubric
from generator.prompter import Prompter
from generator.templates import Templates
from generator.types import ChatRequest, Completion, Example, Lineage
from tests.scripted import Scripted

PROMPTS = Path(__file__).parent.parent / "prompts"
TEMPLATES = Templates(PROMPTS)
DIMENSIONS = ("instruction", "response", "alignment")
Replier = Callable[[ChatRequest], str | Completion]


def make_record(**more: Any) -> Example:
    fields = {
        "id": "r1", "instruction": "Name a river.", "response": "The Nile.", "language": "en",
        "lineage": Lineage(recipe="seed"),
    }  # fmt: skip
    return Example(**{**fields, **more})


def write_verdict(*scores: Any, names: tuple[str, ...] = DIMENSIONS, why: str = "so") -> str:
    given = scores if len(scores) > 1 else scores * len(names)
    return json.dumps({name: {"explanation": why, "score": score} for name, score in zip(names, given, strict=True)})


def make_ask(reply: Replier | str, model: str = "judge") -> tuple[Prompter, Scripted]:
    backend = Scripted(reply if callable(reply) else lambda _: reply)
    return Prompter(TEMPLATES, backend, model), backend


def give_opinion(
    reply: Replier | str, rubric: str = "overall", record: Example | None = None, **manner: Any
) -> tuple[Opinion, Scripted]:
    """Judge one record; return the opinion and the back end that was asked."""
    ask, backend = make_ask(reply)
    read = read_rubric(TEMPLATES, rubric, "en")
    make = PairwiseCritic if read.looks_at == PAIR else PointwiseCritic
    opinion = asyncio.run(make(ask, read, Manner(**manner)).judge(record or make_record()))
    return opinion, backend

"""A scripted back end: the fake at the first seam. It answers from a function of the request."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from generator.types import ChatRequest, Completion, make_digest
from tests.loopback import WORDS

VERDICT = json.dumps({name: {"explanation": "fine", "score": 9} for name in ("instruction", "response", "alignment")})
DIFFERENT = json.dumps({"explanation": "asks for more", "equal": False})


def answer(request: ChatRequest) -> str:
    """Return a well-formed reply of random words, a function of the request."""
    family = request.template.partition("/")[0]
    if family == "critic":
        return VERDICT
    if family == "judge":
        return DIFFERENT
    rng = random.Random(make_digest(request.messages, request.draw))
    if request.template == "self_instruct/list":
        return "\n".join(f"{number}. {make_sentence(rng, 14)}" for number in range(9, 17))
    if request.template == "self_instruct/classification":
        return "No"
    if request.template == "self_instruct/input_first":
        return f"Output: {make_sentence(rng, 20)}"
    if family == "evolve":
        return f"<instruction>{make_sentence(rng, 22)}</instruction>"
    return make_sentence(rng, 40)


def make_sentence(rng: random.Random, count: int) -> str:
    return " ".join(rng.choices(WORDS, k=count)).capitalize() + "."


class Scripted:
    """Answers by `reply`, after `latency_s` of the request where that is given."""

    name = "scripted"

    def __init__(
        self, reply: Callable[[ChatRequest], str | Completion] = answer,
        latency_s: Callable[[ChatRequest], float] | None = None,
    ) -> None:  # fmt: skip
        self._reply = reply
        self._latency_s = latency_s
        self.asked: Counter[str] = Counter()
        self.requests: list[ChatRequest] = []

    async def complete(self, request: ChatRequest) -> Completion:
        self.asked[request.template] += 1
        self.requests.append(request)
        if self._latency_s is not None:
            await asyncio.sleep(self._latency_s(request))
        reply = self._reply(request)
        return reply if isinstance(reply, Completion) else Completion(reply, model=request.model)

    async def close(self) -> None:
        pass


def make_fixed(replies: dict[str, Any]) -> Callable[[ChatRequest], str | Completion]:
    """Return a reply function that takes `replies` by template, or by family, before the random words."""

    def reply(request: ChatRequest) -> str | Completion:
        for key in (request.template, request.template.partition("/")[0]):
            if key in replies:
                chosen = replies[key]
                return chosen(request) if callable(chosen) else chosen
        return answer(request)

    return reply

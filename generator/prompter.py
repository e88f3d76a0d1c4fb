"""Turns a template, a language and variables into a call: what proposers and critics hold instead of a back end.

Promise: a schema asked for is not a schema given. Every completion goes through a parser; one that is not in form is asked
for again as a new draw, a bounded number of times, and counted. One that had to be repaired to be read is counted as
repaired, by what was wrong; the journal has it as it came. No message that leaves holds a marker by which a chat template
says who speaks: whatever text it came with, a server reads it as letters (`parsing/role_markers.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from generator.errors import ReplyError
from generator.model_names import name_model
from generator.parsing.repairs import list_repairs
from generator.parsing.role_markers import disarm, find_markers, rearm
from generator.protocols import Backend
from generator.templates import Templates
from generator.types import ChatRequest, Completion, Reply, Turn

T = TypeVar("T")

ASKED_AGAIN = 2  # times that a reply which is not in form is asked for again
DRAWS_APART = 1_000_000  # the k-th time of asking again is draw + k of these: no lane comes to so many draws of its own
WARMTH = 0.5  # temperature at least, when asking again: a greedy model would only say the same


class Prompter:
    """Asks one model of one back end with the prompts of a run. Satisfies `protocols.Ask`."""

    def __init__(
        self, templates: Templates, backend: Backend, model: str, count_damaged: Callable[[str], None] = lambda _: None,
        count_repaired: Callable[[str], None] = lambda _: None,
    ) -> None:  # fmt: skip
        """`model` is what the back end is asked for; records name it without its place on this machine."""
        self._templates = templates
        self._backend = backend
        self._count_damaged = count_damaged
        self._count_repaired = count_repaired
        self._asked = model
        self.backend = backend.name
        self.model = name_model(model)

    def digest(self, template: str, language: str) -> str:
        """Return the digest of the template that would be used."""
        return self._templates.get(template, language).digest

    async def __call__(
        self, template: str, language: str, variables: Mapping[str, Any], parse: Callable[[Completion], T], *,
        facts: Mapping[str, Any] | None = None, schema: Mapping[str, Any] | None = None,
        draw: int = 0, about: str = "", order: int = 0, logprobs: int = 0, temperature: float | None = None,
        history: Sequence[Turn] = (),
    ) -> Reply[T]:  # fmt: skip
        """Render, ask, parse. Raises `ReplyError`, `TemplateError` and the `BackendError` family."""
        prompt = self._templates.get(template, language)
        sampling = prompt.head.sampling
        if temperature is not None:
            sampling = replace(sampling, temperature=temperature)
        messages = _insert(prompt.render(variables), history)
        markers = find_markers(text for _, text in messages)
        request = ChatRequest(
            messages=_disarm(messages) if markers else messages, model=self._asked, sampling=sampling, schema=schema,
            draw=draw, template=template, facts=facts or {}, about=about, order=order, logprobs=logprobs,
        )  # fmt: skip
        for again in range(ASKED_AGAIN + 1):
            completion = await self._backend.complete(request if again == 0 else _vary(request, again))
            if markers:
                completion = replace(completion, text=rearm(completion.text, markers))
            try:
                reply = Reply(parse(completion), completion)
            except ReplyError as error:
                self._count_damaged(error.reason)
                fault = error
                continue
            if schema is not None:
                for repair in list_repairs(completion.text):
                    self._count_repaired(repair)
            return reply
        raise fault


def _insert(messages: tuple[tuple[str, str], ...], history: Sequence[Turn]) -> tuple[tuple[str, str], ...]:
    """Return the messages with the earlier turns before the last one."""
    return (*messages[:-1], *((turn.role, turn.content) for turn in history), *messages[-1:])


def _disarm(messages: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((role, disarm(text)) for role, text in messages)


def _vary(request: ChatRequest, again: int) -> ChatRequest:
    """Return the request as a new draw."""
    sampling = request.sampling
    if sampling.temperature is not None:
        sampling = replace(sampling, temperature=max(sampling.temperature, WARMTH))
    return replace(request, draw=request.draw + again * DRAWS_APART, sampling=sampling)

"""Turns a template, a language and variables into a call: what proposers and critics hold instead of a back end.

Promise: a schema asked for is not a schema given. Every completion goes through a parser; one that is not in form is asked
for again as a new draw, a bounded number of times, and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from generator.errors import ReplyError
from generator.protocols import Backend
from generator.templates import Templates
from generator.types import ChatRequest, Completion, Reply

T = TypeVar("T")

ASKED_AGAIN = 2  # times that a reply which is not in form is asked for again
DRAWS_APART = 1_000_000  # the k-th time of asking again is draw + k of these: no lane comes to so many draws of its own
WARMTH = 0.5  # temperature at least, when asking again: a greedy model would only say the same


class Prompter:
    """Asks one model of one back end with the prompts of a run. Satisfies `protocols.Ask`."""

    def __init__(
        self, templates: Templates, backend: Backend, model: str, count_damaged: Callable[[str], None] = lambda _: None
    ) -> None:
        self._templates = templates
        self._backend = backend
        self._count_damaged = count_damaged
        self.backend = backend.name
        self.model = model

    def digest(self, template: str, language: str) -> str:
        """Return the digest of the template that would be used."""
        return self._templates.get(template, language).digest

    async def __call__(
        self, template: str, language: str, variables: Mapping[str, Any], parse: Callable[[Completion], T], *,
        facts: Mapping[str, Any] | None = None, schema: Mapping[str, Any] | None = None,
        draw: int = 0, about: str = "", order: int = 0,
    ) -> Reply[T]:  # fmt: skip
        """Render, ask, parse. Raises `ReplyError`, `TemplateError` and the `BackendError` family."""
        prompt = self._templates.get(template, language)
        request = ChatRequest(
            messages=prompt.render(variables), model=self.model, sampling=prompt.head.sampling, schema=schema,
            draw=draw, template=template, facts=facts or {}, about=about, order=order,
        )  # fmt: skip
        for again in range(ASKED_AGAIN + 1):
            completion = await self._backend.complete(request if again == 0 else _vary(request, again))
            try:
                return Reply(parse(completion), completion)
            except ReplyError as error:
                self._count_damaged(error.reason)
                fault = error
        raise fault


def _vary(request: ChatRequest, again: int) -> ChatRequest:
    """Return the request as a new draw."""
    sampling = request.sampling
    if sampling.temperature is not None:
        sampling = replace(sampling, temperature=max(sampling.temperature, WARMTH))
    return replace(request, draw=request.draw + again * DRAWS_APART, sampling=sampling)

"""Turns a template, a language and variables into a call: what proposers and critics hold instead of a back end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.protocols import Backend
from generator.templates import Templates
from generator.types import ChatRequest, Completion


class Prompter:
    """Asks one model of one back end with the prompts of a run. Satisfies `protocols.Ask`."""

    def __init__(self, templates: Templates, backend: Backend, model: str) -> None:
        self._templates = templates
        self._backend = backend
        self.backend = backend.name
        self.model = model

    def digest(self, template: str, language: str) -> str:
        """Return the digest of the template that would be used."""
        return self._templates.get(template, language).digest

    async def __call__(
        self, template: str, language: str, variables: Mapping[str, Any], *,
        facts: Mapping[str, Any] | None = None, schema: Mapping[str, Any] | None = None,
        draw: int = 0, about: str = "", order: int = 0,
    ) -> Completion:  # fmt: skip
        """Render, ask, answer. Raises `TemplateError` and the `BackendError` family."""
        prompt = self._templates.get(template, language)
        request = ChatRequest(
            messages=prompt.render(variables), model=self.model, sampling=prompt.head.sampling, schema=schema,
            draw=draw, template=template, facts=facts or {}, about=about, order=order,
        )  # fmt: skip
        return await self._backend.complete(request)

"""A back end that answers from a record: what was said once about an item is said again, and nothing else.

It makes no difference to who asks, so recorded verdicts pass through the same prompts, parsing and reports as live ones.
"""

from __future__ import annotations

from collections.abc import Mapping

from generator.errors import RefusedError
from generator.types import ChatRequest, Completion


class ReplayBackend:
    """Answers a request by what it is about (`request.about`). Satisfies `protocols.ModelSource`."""

    name = "replay"

    def __init__(self, recorded: Mapping[str, str], model: str = "recorded") -> None:
        self._recorded = recorded
        self._model = model

    async def find_model(self) -> str:
        """Return the name of the recorded model."""
        return self._model

    async def complete(self, request: ChatRequest) -> Completion:
        """Return what was recorded. Raises `RefusedError` where nothing was."""
        text = self._recorded.get(request.about)
        if text is None:
            raise RefusedError(f"nothing is recorded about {request.about}.")
        return Completion(text, model=self._model)

    async def close(self) -> None:
        """Hold nothing."""

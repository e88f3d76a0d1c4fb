"""The embedded back end: answers by rules, without a model, a key, a download or a network.

It works from a request's `template` and `facts`, never from its prose, and every record it makes is true by
construction: what it states is computed from the seeds' own texts and verified. So a run can be tried, tested and
repeated anywhere, byte for byte. It is no substitute for a model: it knows nothing that the seeds do not say.

Source: our own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from generator.backends.embedded.augment import NAMES, reply_augment
from generator.backends.embedded.critic import reply_critic
from generator.backends.embedded.evolve import reply_evolve
from generator.backends.embedded.judge import reply_equal
from generator.backends.embedded.respond import reply_response
from generator.backends.embedded.self_instruct import reply_blocks, reply_classification, reply_instances, reply_list
from generator.errors import RefusedError
from generator.types import ChatRequest, Completion

# The model's name in lineage and journal; raised whenever a rule or a wording changes, since other texts come out then.
EMBEDDED_MODEL = "seedbed-rules-1"

REPLIES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    **{f"augment/{name}": reply_augment for name in NAMES},
    "judge/equal": reply_equal,
    "respond/answer": reply_response,
    "critic/overall": reply_critic,
    "self_instruct/list": reply_list,
    "self_instruct/blocks": reply_blocks,
    "self_instruct/classification": reply_classification,
    "self_instruct/output_first": reply_instances,
    "self_instruct/input_first": reply_instances,
}


def find_rule(template: str) -> Callable[[Mapping[str, Any]], str]:
    """Return the function that answers a template. Raises `RefusedError` where there is none."""
    rule = reply_evolve if template.startswith("evolve/") else REPLIES.get(template)
    if rule is None:
        raise RefusedError(
            f"the embedded back end has no rule for the prompt {template!r}: it needs a model. "
            "Give one with --backend openai (or vllm) and --base-url"
        )
    return rule


class EmbeddedBackend:
    """Answers requests by rules; satisfies `protocols.ModelSource`. The same request always gives the same text."""

    name = "embedded"

    async def complete(self, request: ChatRequest) -> Completion:
        """Answer one request. Raises `RefusedError` where no rule applies."""
        rule = find_rule(request.template)
        try:
            text = rule(request.facts)
        except KeyError as error:
            raise RefusedError(f"the request for {request.template!r} lacks the fact {error}") from error
        return Completion(text, model=EMBEDDED_MODEL)

    async def find_model(self) -> str:
        """Return the name of the rules."""
        return EMBEDDED_MODEL

    async def close(self) -> None:
        """Free nothing: it holds nothing."""

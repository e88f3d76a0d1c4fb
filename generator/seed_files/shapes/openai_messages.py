"""OpenAI's shape of a fine-tuning example: `messages` [{role, content, tool_calls?}], with tools.

Source: OpenAI, "Supervised fine-tuning", the chat format; its preference form is input.messages with preferred_output
and non_preferred_output. Deviations: `weight`, `name` and `tool_call_id` of a message are left out.
"""

from __future__ import annotations

from collections.abc import Mapping

from generator.seed_files.fields import Fields
from generator.seed_files.records import Shape
from generator.seed_files.shapes.turns import make_task, read_ranked, read_turns
from generator.types import SeedTask


def matches(values: Mapping[str, object]) -> bool:
    """Say whether there are messages, or the preference form around them."""
    return "messages" in values or ("preferred_output" in values and isinstance(values.get("input"), Mapping))


def read_tasks(fields: Fields) -> list[SeedTask]:
    """Read a conversation, with what was preferred where it says so."""
    tags: dict[str, str] = {}
    fields.put_plain(tags, "tools", "tools")
    asked = fields.values.get("input")
    if "messages" in fields.values or not isinstance(asked, Mapping):
        ranked, rejected = read_ranked(fields, read_turns(fields, "messages"))
        return make_task(fields, ranked, tags, rejected)
    turns = read_turns(fields.enter(asked, "input."), "messages")
    better = read_turns(fields, "preferred_output")
    worse = read_turns(fields, "non_preferred_output") if "non_preferred_output" in fields.values else ()
    return make_task(fields, (*turns, *better), tags, worse[-1].content if worse else None)


OPENAI_MESSAGES = Shape("messages", (), matches, read_tasks)

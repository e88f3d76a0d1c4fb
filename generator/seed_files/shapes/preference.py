"""Preference rows as TRL and others have them: prompt, chosen, rejected; texts, messages, or messages that hold the prompt.

Source: TRL, "Dataset formats and types": preference, standard and conversational, with an explicit or implicit prompt;
LLaMA-Factory's Alpaca form names the prompt `instruction` and `input`, its newer one the sides `chosen_messages` and
`rejected_messages`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from generator.seed_files.fields import Fields
from generator.seed_files.records import Shape
from generator.seed_files.shapes.prompt import read_prompt
from generator.seed_files.shapes.turns import are_messages, make_task, read_history, read_turns
from generator.types import SeedTask, Turn

SIDES = (("chosen", "rejected"), ("chosen_messages", "rejected_messages"))
PROMPT_KEYS = ("prompt", "instruction", "question", "query")
CONVERSATION_KEYS = ("messages", "conversations", "conversation")


def matches(values: Mapping[str, object]) -> bool:
    """Say whether there are two sides; single messages beside a conversation are its last turns, and read with it."""
    beside = isinstance(values.get("chosen"), Mapping) and any(key in values for key in CONVERSATION_KEYS)
    return _find_sides(values) is not None and not beside


def _find_sides(values: Mapping[str, object]) -> tuple[str, str] | None:
    return next((pair for pair in SIDES if all(key in values for key in pair)), None)


def read_tasks(fields: Fields) -> list[SeedTask]:
    """Read the prompt with both responses."""
    chosen, lost = _find_sides(fields.values) or SIDES[0]
    asked = read_prompt(fields, next((key for key in PROMPT_KEYS if fields.values.get(key)), None))
    if not asked and isinstance(fields.values.get(chosen), str):
        before = next((key for key in CONVERSATION_KEYS if are_messages(fields.values.get(key))), None)
        asked = read_turns(fields, before) if before else ()
    if not asked and not are_messages(fields.values.get(chosen)):
        fields.fault("`chosen` and `rejected` are texts, and there is no `prompt`. Add it.")
        return []
    if isinstance(fields.values.get("chosen"), str) and isinstance(fields.values.get("instruction"), str):
        return [_read_alpaca(fields)]
    better, worse = (_read_side(fields, key, asked) for key in (chosen, lost))
    rejected = worse[-1].content if worse else None
    if better[:-1] != worse[:-1]:
        fields.warn("`chosen` and `rejected` differ before the last reply. Read without a preference.")
        rejected = None
    return make_task(fields, better, rejected=rejected)


def _read_side(fields: Fields, key: str, asked: Sequence[Turn]) -> tuple[Turn, ...]:
    """Return the whole conversation of one side; messages may begin with the prompt once more."""
    value = fields.values.get(key)
    if isinstance(value, Mapping):
        value = value.get("content", value.get("value"))
    if not isinstance(value, list):
        return (*asked, Turn(role="assistant", content=fields.settle(key, value)))
    turns = read_turns(fields, key)
    users = [turn for turn in asked if turn.role == "user"]
    repeats = bool(users) and any(turn == users[-1] for turn in turns[:-1])
    return turns if repeats else (*asked, *turns)


def _read_alpaca(fields: Fields) -> SeedTask:
    return SeedTask(
        instruction=fields.read_instruction(), input=fields.read_input(), response=fields.read_text("chosen"),
        rejected=fields.read_text("rejected"), system=fields.read_text("system") or None,
        history=read_history(fields, "history"), language=fields.read_language(), tags=fields.read_tags(),
    )  # fmt: skip


PREFERENCE = Shape("preference", (), matches, read_tasks)

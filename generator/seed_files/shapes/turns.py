"""What the shapes of conversations share: messages → turns → a task.

A call of a tool is kept in the words of its turn, between `<tool_call>` and `</tool_call>`, one JSON object a call.
Source: the roles are those of OpenAI's chat API, of ShareGPT and of LLaMA-Factory's `sharegpt` form; the marks of a call
are those of the Hermes function-calling form. Turns may also be bare texts, the user's first (UltraChat, LIMA), or pairs
of what was asked and answered (COIG, Capybara). Deviations: a conversation with a picture or a sound is left out, with a
warning; what a model thought before its reply is left out of it; `tool_call_id` and the like are kept inside a call and
left out elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from generator.conversation import BETWEEN, dump_turns, split_turns
from generator.seed_files.faults import quote_text
from generator.seed_files.fields import Fields, name_kind
from generator.types import SeedTask, Turn

ROLES = {
    "user": "user", "human": "user", "prompter": "user",
    "assistant": "assistant", "gpt": "assistant", "chatgpt": "assistant", "bing": "assistant", "bard": "assistant",
    "model": "assistant", "bot": "assistant", "function_call": "assistant",
    "system": "system", "developer": "system",
    "tool": "tool", "function": "tool", "observation": "tool", "ipython": "tool", "function_response": "tool",
}  # fmt: skip
_ROLE_KEYS = ("role", "from", "speaker")
_TEXT_KEYS = ("content", "value", "text", "parts")
_PAIR = 2  # an entry of a history in pairs: what was asked, and answered
_PAIRS = (
    ("question", "answer"),
    ("input", "output"),
    ("human", "assistant"),
    ("user", "assistant"),
    ("prompt", "response"),
)
_THOUGHTS = frozenset({"reasoning", "thinking"})
_SIDES = ("user", "assistant")


def are_messages(value: object) -> bool:
    """Say whether a value is a list of messages: objects that name a role."""
    return isinstance(value, list) and bool(value) and all(_is_message(item) for item in value)


def _is_message(value: object) -> bool:
    return isinstance(value, Mapping) and any(key in value for key in _ROLE_KEYS)


def read_turns(fields: Fields, key: str) -> tuple[Turn, ...]:
    """Return the turns of a list of messages, of texts or of pairs, with faults where it is none."""
    value = fields.values.get(key)
    if isinstance(value, list) and value and all(isinstance(text, str) for text in value):
        said = [fields.settle(f"{fields.prefix}{key}", text) for text in value]
        return tuple(Turn(role=_SIDES[n % len(_SIDES)], content=text) for n, text in enumerate(said))
    return tuple(turn for message in fields.read_list(key) for turn in _read_either(message))


def _read_either(message: Fields) -> tuple[Turn, ...]:
    """Return a message as a turn, or a pair as two; an answer that is not there is no turn."""
    pair = None if _is_message(message.values) else next((two for two in _PAIRS if two[0] in message.values), None)
    if pair is None:
        return (read_turn(message),)
    asked, answered = (message.read_text(key) for key in pair)
    return (Turn(role="user", content=asked), *([Turn(role="assistant", content=answered)] if answered else []))


def read_turn(message: Fields) -> Turn:
    """Return one message as a turn."""
    role_key = next((key for key in _ROLE_KEYS if key in message.values), _ROLE_KEYS[0])
    named = message.values.get(role_key)
    role = ROLES.get(named.lower()) if isinstance(named, str) else None
    if role is None:
        shown = quote_text(named) if isinstance(named, str) else name_kind(named)
        message.fault(f"`{message.prefix}{role_key}` is {shown}. Name a role: user, assistant, system or tool.")
    content = _read_content(message)
    if named == "function_call":
        content = mark_call(content)
    return Turn(role=role or "user", content=content)


def read_ranked(fields: Fields, turns: tuple[Turn, ...]) -> tuple[tuple[Turn, ...], str | None]:
    """Return a conversation with the reply that was `chosen`, where one stands beside it, and the one that lost."""
    chosen, other = fields.values.get("chosen"), fields.values.get("rejected")
    if not isinstance(chosen, Mapping):
        return turns, None
    lost = read_turn(fields.enter(other, "rejected.")).content if isinstance(other, Mapping) else None
    return (*turns, read_turn(fields.enter(chosen, "chosen."))), lost


def mark_call(call: str) -> str:
    """Return a call of a tool as the text of a turn."""
    return f"<tool_call>\n{call}\n</tool_call>"


def _read_content(message: Fields) -> str:
    key = next((key for key in _TEXT_KEYS if key in message.values), _TEXT_KEYS[0])
    value = message.values.get(key)
    parts = [_read_parts(message, value)] if isinstance(value, list) else [message.read_text(key)]
    if value is None and message.values.get("refusal"):
        parts = [message.read_text("refusal")]
    calls = message.values.get("tool_calls") or message.values.get("function_call")
    listed = calls if isinstance(calls, list) else [calls] if isinstance(calls, Mapping) else []
    dumped = [message.settle("tool_calls", json.dumps(call, ensure_ascii=False)) for call in listed]
    parts += map(mark_call, dumped)
    return "\n".join(filter(None, parts))


def _read_parts(message: Fields, parts: Sequence[object]) -> str:
    """Return the texts of a message in parts, a line each; with a part that is no text, the record cannot be read."""
    texts: list[str] = []
    for part in parts:
        kind = part.get("type") if isinstance(part, Mapping) else None
        said = part if isinstance(part, str) else _find_said(part)
        if kind in _THOUGHTS:
            message.warn("a message holds what the model thought. It is left out of the text.")
        elif said is None or kind not in (None, "text", "input_text", "output_text", "refusal"):
            what = quote_text(str(kind)) if isinstance(kind, str) else name_kind(part)
            message.refuse(f"a message holds a part that is no text ({what}).")
        else:
            texts.append(message.settle("content", said))
    return "\n".join(filter(None, texts))


def _find_said(part: object) -> str | None:
    said = [part.get(key) for key in ("text", "value", "refusal")] if isinstance(part, Mapping) else []
    return next((text for text in said if isinstance(text, str)), None)


def read_history(fields: Fields, key: str) -> tuple[Turn, ...]:
    """Return an optional history: messages, or pairs of what was asked and answered."""
    value = fields.values.get(key)
    if value in (None, "", []):
        return ()
    if isinstance(value, list) and all(isinstance(pair, list) and len(pair) == _PAIR for pair in value):
        said = [(role, text) for pair in value for role, text in zip(_SIDES, pair, strict=True)]
        return tuple(Turn(role=role, content=fields.settle(key, text)) for role, text in said)
    return read_turns(fields, key)


def make_task(
    fields: Fields, turns: Sequence[Turn], tags: Mapping[str, str] | None = None, rejected: str | None = None,
    language: str = "",
) -> list[SeedTask]:  # fmt: skip
    """Return the task that a conversation holds; none where no user asks anything, as in real sets some do not."""
    if fields.is_refused:
        return []
    parts = split_turns(turns)
    if parts.instruction is None or not parts.instruction.strip():
        if not fields.faulty:
            what = "no turn is a user's." if parts.instruction is None else "the last turn of the user is empty."
            fields.leave_out(what)
        return []
    more = {BETWEEN: dump_turns(parts.between)} if parts.between else {}
    system = parts.system if parts.system is not None else fields.read_text("system") or None
    task = SeedTask(
        instruction=parts.instruction, response=parts.response, system=system, history=parts.history,
        rejected=rejected, language=language or fields.read_language(), tags={**fields.read_tags(), **(tags or {}), **more},
    )  # fmt: skip
    return [task]

"""An utterance with its intent and its slots: BIO tags beside tokens, or spans of characters.

The utterance is the instruction; the response is JSON, {"intent", "slots": [{"slot", "value", "start", "end"}]}, with
spans counted in characters of the utterance. Tokens and BIO tags are kept as tags, as JSON, so that nothing is lost.
Source: Ramshaw and Marcus 1995 (BIO); the fields are those in use for ATIS, SNIPS (an utterance in parts, some with an
`entity`) and MASSIVE (`annot_utt`: "wake me at [time : five am]"). Deviations: an I- that continues no slot of its kind
begins one, with a warning, as conlleval has it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from generator.seed_files.fields import Fields, name_kind
from generator.seed_files.records import Shape
from generator.types import SeedTask

UTTERANCES = ("utterance", "text", "utt", "sentence", "query", "tokens", "words")
BIO = ("bio", "bio_tags", "slot_tags", "slot_labels", "ner_tags", "tags", "labels", "slots")
SPANS = ("slots", "entities", "spans")
TOLD = frozenset({"bio", "bio_tags", "slot_tags", "slot_labels", "ner_tags"})  # names that say what they hold
INTENTS = ("intent", "intents", "intent_label")
PARTS, MARKED = "data", "annot_utt"
_MARK = re.compile(r"\[\s*([^\[\]:]+?)\s*:\s*([^\[\]]+?)\s*\]")
_NAMES = ("slot", "name", "label", "entity", "type", "slot_name")


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot: its name and value, and the characters [start, end) of the utterance."""

    slot: str
    value: str
    start: int
    end: int


def matches(values: Mapping[str, object]) -> bool:
    """Say whether there is an utterance with an intent, with spans, or with tokens and a tag each."""
    spoken = any(key in values for key in UTTERANCES) and "instruction" not in values
    tokens = isinstance(values.get("tokens", values.get("words")), list)
    spans = any(isinstance(values.get(key), list) for key in ("slots", "entities", "spans"))
    tagged = (bio := _find_bio(values)) is not None and (tokens or bio in TOLD)
    return is_spoken_in_parts(values) or (spoken and (any(key in values for key in INTENTS) or spans or tagged))


def is_spoken_in_parts(values: Mapping[str, object]) -> bool:
    """Say whether there is an utterance in parts, as SNIPS has it."""
    parts = values.get(PARTS)
    return isinstance(parts, list) and bool(parts) and all(_is_part(part) for part in parts)


def _is_part(part: object) -> bool:
    return (
        isinstance(part, Mapping)
        and isinstance(part.get("text"), str)
        and part.keys() <= {"text", "entity", "slot_name"}
    )


def _find_bio(values: Mapping[str, object]) -> str | None:
    """Return the field that holds a tag a token."""
    for key in BIO:
        value = values.get(key)
        if isinstance(value, list) and value and all(isinstance(tag, str) for tag in value):
            return key
        if isinstance(value, str) and value and all(_is_bio(tag) for tag in value.split()):
            return key
    return None


def _is_bio(tag: str) -> bool:
    return tag == "O" or tag.startswith(("B-", "I-"))


def read_tasks(fields: Fields) -> list[SeedTask]:
    """Read an utterance."""
    if is_spoken_in_parts(fields.values):
        return _read_parts(fields)
    tokens, text = _read_utterance(fields)
    key = _find_bio(fields.values)
    tags = fields.read_origin() if key == "tags" else fields.read_tags()
    intent = _read_intent(fields)
    if key is not None:
        labels = _read_labels(fields, key)
        tokens = tokens or text.split()
        if len(labels) != len(tokens):
            fields.fault(f"there are {len(tokens)} tokens and {len(labels)} tags in `{key}`. Give each token one tag.")
            return []
        slots = list(_join_bio(fields, text, tokens, labels))
        tags |= {"tokens": json.dumps(tokens, ensure_ascii=False), "bio": json.dumps(labels, ensure_ascii=False)}
    elif isinstance(fields.values.get(MARKED), str):
        slots = _read_marks(fields.read_text(MARKED), text)
    else:
        slots = _read_spans(fields, text)
    return _make_tasks(fields, text, intent, slots, tags)


def _make_tasks(
    fields: Fields, text: str, intent: str, slots: Sequence[Slot], tags: Mapping[str, str]
) -> list[SeedTask]:
    if not text.strip():
        fields.fault("the utterance is empty. Write it, or remove the record.")
    said = {"intent": intent, "slots": [_dump_slot(slot) for slot in slots]}
    response = json.dumps(said, ensure_ascii=False)
    named = {**tags, "intent": intent} if intent else dict(tags)
    language = fields.read_language() or fields.read_text("locale").lower()
    return [SeedTask(instruction=text, response=response, language=language, tags=named)]


def _read_parts(fields: Fields) -> list[SeedTask]:
    """Read an utterance whose parts stand one after the other; white space around the whole belongs to none of them."""
    parts = fields.read_list(PARTS)
    said = [str(part.values["text"]) for part in parts]
    whole = "".join(said)
    text = fields.settle(PARTS, whole)
    at = -(len(whole) - len(whole.lstrip())) if text != whole else 0
    slots = []
    for part, words in zip(parts, said, strict=True):
        name = part.values.get("entity", part.values.get("slot_name"))
        value = words.strip()
        start = at + len(words) - len(words.lstrip())
        if name is not None and value:
            slots.append(Slot(part.settle("entity", name), value, start, start + len(value)))
        at += len(words)
    return _make_tasks(fields, text, _read_intent(fields), slots, fields.read_origin())


def _read_marks(marked: str, text: str) -> list[Slot]:
    """Return the slots of an utterance in which they are marked, where they stand in the bare one."""
    slots, at = [], 0
    for name, value in _MARK.findall(marked):
        start = text.find(value, at)
        if start >= 0:
            at = start + len(value)
            slots.append(Slot(name, value, start, at))
    return slots


def _dump_slot(slot: Slot) -> dict[str, object]:
    return {"slot": slot.slot, "value": slot.value, "start": slot.start, "end": slot.end}


def _read_utterance(fields: Fields) -> tuple[list[str], str]:
    """Return the tokens (none where there is only the text) and the text."""
    listed = fields.values.get("tokens", fields.values.get("words"))
    tokens = [fields.settle("tokens", token) for token in listed] if isinstance(listed, list) else []
    key = next((key for key in UTTERANCES if isinstance(fields.values.get(key), str)), None)
    return tokens, fields.read_text(key) if key else " ".join(tokens)


def _read_labels(fields: Fields, key: str) -> list[str]:
    value = fields.values[key]
    labels = value.split() if isinstance(value, str) else value if isinstance(value, Sequence) else []
    return [fields.settle(key, label) for label in labels]


def _read_intent(fields: Fields) -> str:
    value = next((fields.values[key] for key in INTENTS if key in fields.values), None)
    if isinstance(value, list):
        return "+".join(fields.settle("intent", intent) for intent in value)
    return "" if value is None else fields.settle("intent", value)


def _join_bio(fields: Fields, text: str, tokens: Sequence[str], labels: Sequence[str]) -> Iterator[Slot]:
    """Yield the slots that BIO tags mark, with their place in the text."""
    spans = _locate(text, tokens)
    if spans is None:
        fields.fault("the tokens do not come one after the other in the utterance. Correct them.")
        return
    open_name, start, end = "", 0, 0
    for (first, last), label in zip(spans, labels, strict=True):
        mark, _, name = label.partition("-")
        if mark not in ("B", "I") or not name:
            name = ""
        elif mark == "I" and name == open_name:
            end = last
            continue
        elif mark == "I":
            fields.warn("an I- tag continues no slot of its kind. It is read as B-.")
        if open_name:
            yield Slot(open_name, text[start:end], start, end)
        open_name, start, end = name, first, last
    if open_name:
        yield Slot(open_name, text[start:end], start, end)


def _locate(text: str, tokens: Sequence[str]) -> list[tuple[int, int]] | None:
    """Return where each token stands in the text; None where one is not there in its turn."""
    spans, at = [], 0
    for token in tokens:
        start = text.find(token, at)
        if start < 0:
            return None
        at = start + len(token)
        spans.append((start, at))
    return spans


def _read_spans(fields: Fields, text: str) -> list[Slot]:
    """Return slots that are given as objects, or as a mapping from name to value."""
    value = next((fields.values[key] for key in SPANS if key in fields.values), None)
    if isinstance(value, Mapping):
        value = [{"slot": name, "value": said} for name, said in value.items()]
    if not value:
        return []
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        fields.fault(f"the slots are {name_kind(value)}. Make them a list of objects with `slot` and `value`.")
        return []
    return [_read_span(fields, item, text) for item in value]


def _read_span(fields: Fields, item: Mapping[str, object], text: str) -> Slot:
    name = next((item[key] for key in _NAMES if key in item), None)
    start, end = item.get("start"), item.get("end", item.get("exclusive_end"))
    if isinstance(start, int) and isinstance(end, int):
        if not 0 <= start < end <= len(text):
            fields.fault(f"a slot stands at {start} to {end}, the utterance has {len(text)} characters. Correct it.")
        value = text[start:end]
    else:
        value = fields.settle("slots", item.get("value", item.get("text")))
        start = max(0, text.find(value))
        end = start + len(value) if value and value in text else start
    return Slot(fields.settle("slots", name), value, start, end)


SLOTS = Shape("slots", (), matches, read_tasks)

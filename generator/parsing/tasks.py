"""The tag form of a rewritten task: `<instruction>`, optional `<input>`, optional `<checks>`.

Promise: what stands outside the tags, and the reasoning before them, never enters a record; a reply is either a whole
task or an error with a reason.

Source: the reply form of the templates `evolve/*`; WizardLM's own prompts take the whole completion as the instruction
(arXiv:2304.12244, appendix A), which is what a reply without tags means here too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from generator.errors import ReplyError
from generator.parsing.json_reply import load_strict
from generator.parsing.reply_text import is_no_input, require_answer, unwrap_fence
from generator.types import Check

_TAG = re.compile(r"<(/?)(instruction|input|checks)\s{0,8}>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ParsedTask:
    """A rewritten task. `input` is None where the reply does not speak of one, "" where it says that there is none."""

    instruction: str
    input: str | None = None
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class _Tag:
    name: str
    closes: bool
    start: int
    end: int


def parse_task(text: str) -> ParsedTask:
    """Return the task of a reply in the tag form, or of one without tags.

    Raises `ReplyError`: `empty_reply`, `unfinished_reasoning`, `no_instruction`, `empty_instruction`, `bad_checks`.
    """
    answer = require_answer(text)
    sections = _read_sections(answer)
    if not sections:
        return ParsedTask(answer)
    if "instruction" not in sections:
        raise ReplyError("no_instruction", "the reply has tags, but none for the instruction", raw=text)
    if not sections["instruction"]:
        raise ReplyError("empty_instruction", "the instruction of the reply is empty", raw=text)
    task_input = sections.get("input")
    if task_input is not None and is_no_input(task_input):
        task_input = ""
    return ParsedTask(sections["instruction"], task_input, _read_checks(sections.get("checks", ""), raw=text))


def _read_sections(text: str) -> dict[str, str]:
    """Return the stripped content of each section, the first of a name; empty where the text uses no tags.

    A lone `<input>` is HTML that a task may well speak of: only an instruction tag, or a closed section, makes the
    tag form.
    """
    tags = [_Tag(hit[2].lower(), bool(hit[1]), hit.start(), hit.end()) for hit in _TAG.finditer(text)]
    speaks_of_instruction = any(tag.name == "instruction" for tag in tags)
    sections: dict[str, str] = {}
    seen: set[str] = set()  # each name is followed up once, so the work is linear
    position = 0
    while position < len(tags):
        tag = tags[position]
        if tag.closes:
            if tag.name == "instruction" and "instruction" not in sections:
                sections["instruction"] = text[: tag.start].strip()  # the prompt had opened it
            position += 1
        elif tag.name in seen:
            position += 1
        else:
            seen.add(tag.name)
            after, stop, closed = _find_end(tags, position, len(text))
            if closed or speaks_of_instruction:
                sections[tag.name] = text[tag.end : stop].strip()
            position = after
    return sections


def _find_end(tags: Sequence[_Tag], opened: int, length: int) -> tuple[int, int, bool]:
    """Return (next tag to look at, end of the content, whether it was closed) of the section that tag `opened` opens.

    Tags of the same name may nest; where they do not balance, the section ends at its last closing tag before another
    section begins. An unclosed section ends where another opens, or with the text.
    """
    name, depth, last_close, first_other = tags[opened].name, 0, None, None
    for position in range(opened, len(tags)):
        tag = tags[position]
        if tag.name != name:
            if not tag.closes and first_other is None:
                first_other = position
            continue
        if first_other is not None and last_close is not None:
            break
        depth += -1 if tag.closes else 1
        if tag.closes:
            last_close = position
            if depth == 0:
                break
    if last_close is not None:
        return last_close + 1, tags[last_close].start, True
    if first_other is not None:
        return first_other, tags[first_other].start, False
    return len(tags), length, False


def _read_checks(text: str, *, raw: str) -> tuple[Check, ...]:
    """Return the constraints [{"kind": str, "params": {…}}, …]; a verdict is not the model's to give."""
    if not text:
        return ()
    try:
        listed = load_strict(unwrap_fence(text), raw=raw)
    except ReplyError as error:
        raise ReplyError("bad_checks", f"the checks are not JSON: {error}", raw=raw) from error
    if not isinstance(listed, list) or not all(isinstance(one, dict) and one.get("kind") for one in listed):
        raise ReplyError("bad_checks", "the checks are not a list of objects with a kind", raw=raw)
    if any("verdict" in one for one in listed):
        raise ReplyError("bad_checks", "the checks come with verdicts", raw=raw)
    try:
        return tuple(Check.model_validate(one, strict=True) for one in listed)
    except ValidationError as error:
        fault = error.errors()[0]["msg"]
        raise ReplyError("bad_checks", f"the checks have a wrong shape: {fault}", raw=raw) from error

"""Reads the fields of one raw record: types checked, characters checked, white space settled.

A text is kept as it is, but for white space at its ends and CRLF, which becomes LF; it is not Unicode-normalised.
What is wrong is noted with the record's line and the field's name, and reading goes on, so that one look at a file
finds all of its faults.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.language_names import LANGUAGE_CODES
from generator.seed_files.faults import Notes, quote_names, quote_text

FLAT_TAGS = ("domain", "task_type", "difficulty", "form")  # tags that may stand beside `instruction`, as in a table
ORIGIN = {"licence": "licence", "license": "licence", "source": "source"}  # fields of any shape, and the tag of each

_SURROGATE = re.compile("[\ud800-\udfff]")
_UNUSABLE = re.compile("[\x00\ud800-\udfff]")

# What models and people write for "there is no input": the spellings found in 5,000 rows of Alpaca 52K, plus the
# Chinese ones. Brackets, quotes, backslashes and full stops around them are ignored. A bare "none" is not one of
# them: it is Python's None, or an answer.
_NO_INPUT = re.compile(
    r"[\s<>()\[\]{}\"'`\\.,*_-]*"
    r"(?:no[ _-]?input(?:\s+(?:is\s+)?(?:needed|required|necessary|provided|given))?|n\s?/\s?a|not applicable"
    r"|无输入|没有输入|无需输入|不需要输入)"
    r"[\s<>()\[\]{}\"'`\\.,*_。-]*",
    re.IGNORECASE,
)
_MAX_MARKER = 60  # characters; the longest seen has 20


def name_kind(value: object) -> str:
    """Return what a value is, in JSON's words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "a string"
    return "an object" if isinstance(value, Mapping) else "a list"


@dataclass(slots=True)
class Fields:
    """One raw record, read field by field.

    `faulty` says whether anything was wrong so far, `is_refused` whether it holds what no task has a place for.

    `line` and `element` are its place; `prefix` stands before the names of fields that lie deeper in the record, whose
    own fields `owner` are. `extras` take what a record says beyond its task (`checks`, `scores`, `id`). With `exact`, a
    text is kept to the character: nothing is settled, and NUL is a character like any other. With `all_paths`, a tree
    of messages is every way through it, else the best one.
    """

    values: Mapping[str, object]
    notes: Notes
    line: int
    element: int = 0
    prefix: str = ""
    exact: bool = False
    all_paths: bool = False
    owner: Fields | None = None
    faulty: bool = False
    is_refused: bool = False
    extras: dict[str, object] = field(default_factory=dict)

    def fault(self, message: str) -> None:
        """Note a fault of this record."""
        self.faulty = True
        if self.owner is not None:
            self.owner.faulty = True
        self.notes.fault(self.line, message, self.element)

    def warn(self, message: str, count: int = 1) -> None:
        """Note a warning about this record."""
        self.notes.warn(self.line, message, self.element, count)

    def leave_out(self, message: str) -> None:
        """Note that this record is sound, but holds no task."""
        self.notes.leave_out(self.line, f"{message} The record is left out.", self.element)

    def refuse(self, message: str) -> None:
        """Leave this record out, once, for something in it that no task has a place for."""
        outer = self.owner or self
        if not outer.is_refused:
            self.leave_out(message)
        outer.is_refused = True

    def read_text(self, key: str) -> str:
        """Return an optional text, settled; "" where it is missing or null."""
        value = self.values.get(key)
        return "" if value is None else self.settle(f"{self.prefix}{key}", value)

    def read_loose(self, key: str) -> str:
        """Return an optional text; true, false or a number stands for how it is written, with a warning."""
        value = self.values.get(key)
        if not isinstance(value, (bool, int, float)):
            return self.read_text(key)
        self.warn(f"`{self.prefix}{key}` is {name_kind(value)}. It is read as a text.")
        return json.dumps(value)

    def read_instruction(self, key: str = "instruction") -> str:
        """Return the text that a task cannot be without."""
        value = self.values.get(key)
        if isinstance(value, str) and not value.strip():
            self.fault(f"`{self.prefix}{key}` is empty. Write what is asked, or remove the record.")
            return ""
        return self.settle(f"{self.prefix}{key}", value)

    def read_input(self) -> str:
        """Return `input`; a marker that says there is none becomes "", with a warning."""
        text = self.read_text("input")
        if len(text) <= _MAX_MARKER and _NO_INPUT.fullmatch(text):
            self.warn("`input` says that there is none (as '<noinput>' or 'N/A' do). It is read as empty.")
            return ""
        return text

    def read_language(self) -> str:
        """Return the declared language as its code, "" where none is declared; what is no name of one stays as it is."""
        said = (self.read_text("language") or self.read_text("lang")).lower()
        return LANGUAGE_CODES.get(said, said)

    def read_flag(self, key: str) -> bool:
        """Return an optional true or false."""
        value = self.values.get(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        self.fault(f"`{self.prefix}{key}` is {name_kind(value)}. Make it true or false.")
        return False

    def read_list(self, key: str) -> list[Fields]:
        """Return the objects of a list as fields of this record; nothing, with a fault, where it is no such list."""
        value = self.values.get(key)
        name = f"{self.prefix}{key}"
        if not isinstance(value, list):
            self.fault(f"`{name}` is {name_kind(value)}. Make it a list of objects.")
            return []
        for n, item in enumerate(value):
            if not isinstance(item, Mapping):
                self.fault(f"`{name}[{n}]` is {name_kind(item)}. Make it an object.")
                return []
        return [self.enter(item, f"{name}[{n}].") for n, item in enumerate(value)]

    def enter(self, values: Mapping[str, object], prefix: str) -> Fields:
        """Return the fields of an object that lies deeper in the record; a fault there is one of this record."""
        outer = self.owner or self
        return Fields(values, self.notes, self.line, self.element, prefix, self.exact, self.all_paths, outer)

    def read_tags(self) -> dict[str, str]:
        """Return `tags` with the flat tags folded in; an empty tag is left out. A list of texts is one tag, `tags`."""
        tags: dict[str, str] = {}
        nested = self.values.get("tags")
        if isinstance(nested, Mapping):
            for key, value in nested.items():
                self.put_tag(tags, str(key), value, f"tags.{key}")
        elif isinstance(nested, list) and all(isinstance(text, str) for text in nested):
            self.put_tag(tags, "tags", ", ".join(nested), "tags")
        elif nested not in (None, ""):
            advice = f"Make it an object of strings, or name the tags beside `instruction`: {', '.join(FLAT_TAGS)}."
            self.fault(f"`tags` is {name_kind(nested)}. {advice}")
        for key in FLAT_TAGS:
            self.put_tag(tags, key, self._join_flat(key), key)
        return tags | self.read_origin(tags)

    def _join_flat(self, key: str) -> object:
        """Return a flat tag; a number or a list of texts is one text (`["law", "tax"]`), as published sets have it."""
        value = self.values.get(key)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return json.dumps(value)
        parts = value.values() if isinstance(value, Mapping) else [value]
        lists = [part if isinstance(part, list) else [part] for part in parts]
        texts = [text for part in lists for text in part]
        several = isinstance(value, (list, Mapping)) and all(isinstance(text, str) for text in texts)
        return ", ".join(text for text in texts if isinstance(text, str)) if several else value

    def read_origin(self, tags: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return licence and source as tags, where they are texts; those in `tags` win."""
        found: dict[str, str] = {}
        for key, tag in ORIGIN.items():
            value = self.values.get(key)
            if isinstance(value, str) and tag not in (tags or {}) and (text := self.settle(key, value)):
                found[tag] = text
        return found

    def put_plain(self, tags: dict[str, str], tag: str, *keys: str) -> None:
        """Add the first of the fields that is there as a tag: a text as it is, a number or a list as JSON."""
        value = next((self.values[key] for key in keys if self.values.get(key) not in (None, "", [], {})), None)
        if value is not None:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            self.put_tag(tags, tag, text, keys[0])

    def put_tag(self, tags: dict[str, str], key: str, value: object, name: str) -> None:
        """Add a tag; a tag said twice with different values is a fault."""
        if value is None:
            return
        key = self.settle("tags", key)
        text = self.settle(name, value)
        if not text:
            return
        if tags.setdefault(key, text) != text:
            both = quote_names([tags[key], text])
            self.fault(f"the tag {quote_text(key)} is given twice and differs ({both}). Keep one of them.")

    def settle(self, name: str, value: object) -> str:
        """Return a text with its white space settled; "" with a fault where it is no text or cannot be encoded."""
        shown = quote_text(name)[1:-1]  # a tag's name is the file's own text
        if not isinstance(value, str):
            self.fault(f"`{shown}` is {name_kind(value)}. Make it a string.")
            return ""
        unusable = (_SURROGATE if self.exact else _UNUSABLE).search(value)
        if unusable is None:
            return value if self.exact else value.replace("\r\n", "\n").strip()
        what = "a NUL character" if unusable[0] == "\0" else f"a lone surrogate (\\u{ord(unusable[0]):04x})"
        self.fault(f"`{shown}` holds {what} at character {unusable.start() + 1}. Replace it by what was meant.")
        return ""

"""What a word, a sentence, a paragraph, a line and a list item are, for every verifier and in every language alike.

Word: a run of letters and digits, held together by an inner apostrophe, hyphen, dot or underscore (`don't`,
`well-known`, `3.5`, `e.g`) and, between digits, by a comma, colon or slash (`1,000`). A Chinese character (or a
Japanese kana) is a word of its own. List markers (`-`, `1.`) are not words.
Sentence: ends at `.` `!` `?` followed by white space or the line's end, at `。` `！` `？`, and at every line's end, so
a heading or list item without a full stop is one sentence. `3.5`, `e.g.`, `Dr.`, an initial (`J. Smith`) and a
quotation that the sentence goes on after (`"Why?" she asked.`) do not end it. Fenced code holds no sentence.
Paragraph: a block set off by blank lines; a blank line inside fenced code does not split it.
Line: a line that is not blank.

Promise: the cost is linear in the length of the text, whatever the text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

KANA = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff"
CJK = KANA + "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
CACHED_TEXTS = 256  # one response is asked many questions in a row

_CJK = re.compile(rf"[{CJK}]")
_WORD = re.compile(rf"[{CJK}]|[^\W_{CJK}]+(?:(?:['’._-]|(?<=[0-9])[,:/](?=[0-9]))[^\W_{CJK}]+)*")
_MARKER = re.compile(r"[ \t]*(?:[-*+•][ \t]+(?:\[[ xX]\][ \t]+)?|[0-9]{1,3}(?:[.)][ \t]+|[、．][ \t]*))")
_MARKERS = re.compile(r"^" + _MARKER.pattern, re.MULTILINE)
_BULLET = re.compile(r"[ \t]*[-*•][ \t]+(\S.*)")
_NUMBERED = re.compile(r"[ \t]*([0-9]{1,3})(?:[.)][ \t]+|[、．][ \t]*)(\S.*)")
_CHECKBOX = re.compile(r"[ \t]*- \[ \][ \t]+(\S.*)")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(\S.*)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*([^\s`]*)")
_END = re.compile(r"([.!?…。！？]+)([\"'”’)\]】」』》*_]*)")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")

NEVER_END = frozenset("e.g i.e vs mr mrs ms dr prof st fig cf eq approx".split())
MAY_END = frozenset("etc al inc ltd co jr sr corp dept est".split())  # end only before a capital letter


class Line(NamedTuple):
    """A line; `code` says that it is inside fenced code or is a fence itself."""

    text: str
    code: bool


class CodeBlock(NamedTuple):
    """A closed block of fenced code: the word after the opening fence and what is inside."""

    language: str
    body: str


@lru_cache(maxsize=CACHED_TEXTS)
def read_lines(text: str) -> tuple[Line, ...]:
    """Return every line, blank ones too, each with whether it is code."""
    lines: list[Line] = []
    fence = ""
    for line in text.replace("\r\n", "\n").split("\n"):
        mark = _FENCE.match(line)
        lines.append(Line(line, bool(fence or mark)))
        if fence:
            if line.strip() and not line.strip().strip(fence[0]) and len(line.strip()) >= len(fence):
                fence = ""
        elif mark:
            fence = mark[1]
    return tuple(lines)


@lru_cache(maxsize=CACHED_TEXTS)
def read_code_blocks(text: str) -> tuple[CodeBlock, ...]:
    """Return the closed blocks of fenced code."""
    blocks: list[CodeBlock] = []
    body: list[str] = []
    fence = language = ""
    for line in text.replace("\r\n", "\n").split("\n"):
        if not fence:
            if mark := _FENCE.match(line):
                fence, language, body = mark[1], mark[2], []
        elif line.strip() and not line.strip().strip(fence[0]) and len(line.strip()) >= len(fence):
            blocks.append(CodeBlock(language, "\n".join(body)))
            fence = ""
        else:
            body.append(line)
    return tuple(blocks)


def is_cjk(text: str) -> bool:
    """Say whether there is a Chinese character or a kana in the text."""
    return _CJK.search(text) is not None


@lru_cache(maxsize=CACHED_TEXTS)
def find_words(text: str) -> tuple[str, ...]:
    """Return the words; a CJK character is one."""
    return tuple(_WORD.findall(_MARKERS.sub("", text)))


def count_words(text: str) -> int:
    """Count the words; a CJK character is one."""
    return len(find_words(text))


def find_prose_lines(text: str) -> tuple[str, ...]:
    """Return the lines outside fenced code that are not blank."""
    return tuple(line.text for line in read_lines(text) if not line.code and line.text.strip())


@lru_cache(maxsize=CACHED_TEXTS)
def find_sentences(text: str) -> tuple[str, ...]:
    """Return the sentences outside fenced code, without list and heading marks; each holds a word."""
    sentences: list[str] = []
    for line in find_prose_lines(text):
        heading = _HEADING.fullmatch(line)
        marker = _MARKER.match(line)
        content = heading[1] if heading else line[marker.end() if marker else 0 :]
        sentences += [part for part in _split_line(content.strip()) if _WORD.search(part)]
    return tuple(sentences)


def _split_line(line: str) -> list[str]:
    parts: list[str] = []
    begin = 0
    for mark in _END.finditer(line):
        if _ends_sentence(line, mark):
            parts.append(line[begin : mark.end()].strip())
            begin = mark.end()
    return [*parts, line[begin:].strip()]


def _ends_sentence(line: str, mark: re.Match[str]) -> bool:
    dots, closers = mark[1], mark[2]
    if any(dot in "。！？" for dot in dots):
        return True
    after = line[mark.end() : mark.end() + 1]
    if after and not after.isspace():
        return False
    rest = line[mark.end() : mark.end() + 8].lstrip()[:1]
    if not rest:
        return True
    if closers or dots[-1] == "…" or dots.startswith(".."):
        return not rest.islower()
    return dots != "." or not _is_abbreviation(line, mark.start(), rest)


def _is_abbreviation(line: str, dot: int, rest: str) -> bool:
    before = line[max(0, dot - 40) : dot].split(" ")
    token = before[-1].lstrip("(“\"'[*_")
    lowered = token.lower()
    if lowered in NEVER_END:
        return True
    if lowered == "no" and token != "no":
        return rest.isdigit()
    if lowered in MAY_END or ("." in token and _INITIALS.fullmatch(token)):
        return not rest.isupper()
    if len(token) == 1 and token.isupper() and token != "I":  # an initial; "vitamin C." ends a sentence
        return len(before) < 2 or before[-2][:1].isupper()
    return False


@lru_cache(maxsize=CACHED_TEXTS)
def find_paragraphs(text: str) -> tuple[str, ...]:
    """Return the blocks between blank lines; a blank line in fenced code does not split."""
    blocks: list[list[str]] = [[]]
    for line in read_lines(text):
        if line.code or line.text.strip():
            blocks[-1].append(line.text)
        elif blocks[-1]:
            blocks.append([])
    return tuple("\n".join(block) for block in blocks if block)


def find_lines(text: str) -> tuple[str, ...]:
    """Return the lines that are not blank, code included."""
    return tuple(line.text for line in read_lines(text) if line.text.strip())


def find_bullets(text: str) -> tuple[str, ...]:
    """Return what follows `- `, `* ` or `• ` at the start of a line outside code, at any depth, where it has a word."""
    matches = (_BULLET.fullmatch(line) for line in find_prose_lines(text))
    return tuple(match[1].strip() for match in matches if match and _WORD.search(match[1]))


def find_numbered(text: str) -> tuple[tuple[int, str], ...]:
    """Return number and content of the lines outside code that start with `1. `, `1) ` or `1、`."""
    matches = (_NUMBERED.fullmatch(line) for line in find_prose_lines(text))
    return tuple((int(match[1]), match[2].strip()) for match in matches if match)


def find_checkboxes(text: str) -> tuple[str, ...]:
    """Return what follows `- [ ] ` (an empty box) at the start of a line outside code."""
    matches = (_CHECKBOX.fullmatch(line) for line in find_prose_lines(text))
    return tuple(match[1].strip() for match in matches if match)


def find_list_items(text: str) -> tuple[str, ...]:
    """Return the contents of bulleted and numbered lines outside code, in order, without their markers."""
    items: list[str] = []
    for line in find_prose_lines(text):
        match = _CHECKBOX.fullmatch(line) or _BULLET.fullmatch(line)
        content = match[1] if match else numbered[2] if (numbered := _NUMBERED.fullmatch(line)) else ""
        if _WORD.search(content):
            items.append(content.strip())
    return tuple(items)


def find_headings(text: str) -> tuple[str, ...]:
    """Return the texts of Markdown headings (`# ` to `###### `) outside code."""
    matches = (_HEADING.fullmatch(line) for line in find_prose_lines(text))
    return tuple(match[1].strip() for match in matches if match)

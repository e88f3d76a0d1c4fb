"""Numbered replies: Self-Instruct's list of instructions, Alpaca's blocks, instances, and a yes or no.

Promise: a complete item is never lost with a truncated one, a number inside an item never splits it, and a block that
cannot be used keeps the name of its fault.

Source: Self-Instruct (arXiv:2212.10560; repository yizhongw/self-instruct) and Alpaca (tatsu-lab/stanford_alpaca).

Deviations: the originals drop a whole completion at `finish_reason == "length"` (Alpaca: the last block); split at any
number that begins a line; lower-case all but the first letter of an instruction; lose a block that is misnumbered by
one, and leak markers such as `N/A` as inputs. `generator.parsing.compat` reproduces them.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from generator.errors import ReplyError
from generator.parsing.labels import (
    DECORATION,
    NUMBER,
    Label,
    find_block_labels,
    find_instance_labels,
    slice_text,
    split_at_class_labels,
)
from generator.parsing.reply_text import TRUNCATED, fold_space, is_no_input, require_answer

_ITEM = re.compile(rf"^{DECORATION}{NUMBER}\*{{0,2}}", re.MULTILINE)
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_INPUT_LABEL = re.compile(
    rf"\A{DECORATION}(?:Input|输入)[ \t]?\d{{0,3}}[ \t]?\*{{0,2}}[:\uff1a]\*{{0,2}}", re.IGNORECASE
)
_QUOTES = " \t\r\n*_\"'`([<\u201c\u2018\u300c\u3010"
_YES_OR_NO = re.compile(r"(?P<yes>(?:yes|y)\b|是(?!否|不是))|(?P<no>(?:no|n)\b|不是|否|不(?=\W|$))", re.IGNORECASE)
_EITHER = re.compile(r"(?:yes|no|是|否)\s?(?:/|\||or\b|或者?|还是)\s?(?:yes|no|是|不是|否)", re.IGNORECASE)
_ANSWER_LABEL = re.compile(
    r"\A(?:(?:final )?answer|is it classification|答案|回答|是否为?分类任务)[ \t]?[:?][\s*]{0,4}", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ParsedList:
    """The complete items of a numbered list, white space folded, and what was dropped as truncated."""

    items: tuple[str, ...]
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedBlock:
    """One Alpaca block. `fault` is None, or why it cannot be used: `no_instruction`, `no_output`, `truncated`."""

    instruction: str
    input: str
    output: str
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class _Mark:
    number: int
    start: int
    end: int


def parse_numbered_list(text: str, first: int, finish_reason: str = "stop") -> ParsedList:
    """Return the items of a list that continues at number `first`, which the reply may or may not repeat.

    The last item ends at a blank line (what follows is small talk); after a token limit it is dropped as truncated.
    Raises `ReplyError`: `empty_reply`, `no_items`, `unfinished_reasoning`.
    """
    answer = require_answer(text)
    slots = _split_items(answer, first)
    truncated = finish_reason in TRUNCATED
    if not truncated:
        slots[-1] = _BLANK_LINE.split(slots[-1].strip(), maxsplit=1)[0]
    folded = [fold_space(slot) for slot in slots]
    dropped = tuple(item for item in folded[-1:] if item) if truncated else ()
    items = tuple(item for item in (folded[:-1] if truncated else folded) if item)
    if not items and not dropped:
        raise ReplyError("no_items", "the reply holds no item", raw=text)
    return ParsedList(items, dropped)


def _split_items(text: str, first: int) -> list[str]:
    """Split at the item numbers that increase by one from where the list starts; at least one piece.

    Other numbers at the start of a line (`3. 5 km`, the steps of one item) belong to their item.
    """
    marks = [_Mark(int(hit["number"]), hit.start(), hit.end()) for hit in _ITEM.finditer(text)]
    run = _choose_run(marks, first)
    if run and run[0].number == first + 1 and text[: run[0].start].strip():
        run.insert(0, _Mark(first, 0, 0))  # the first item without its number
    if not run:
        return [text]
    stops = [mark.start for mark in run[1:]] + [len(text)]
    return [text[mark.end : stop] for mark, stop in zip(run, stops, strict=True)]


def _choose_run(marks: list[_Mark], first: int) -> list[_Mark]:
    """Return the marks that number the items: from `first`, else from `first` + 1, else from the first mark there is.

    A reply that counts from another number right through `first` has started its list anew.
    """
    if not marks:
        return []
    leading = _follow(marks, marks[0].number)
    if marks[0].number <= first <= leading[-1].number:
        return leading
    for start in (first, first + 1):
        if run := _follow(marks, start):
            return run
    return leading if leading[0].number == 1 or len(leading) > 1 else []


def _follow(marks: list[_Mark], start: int) -> list[_Mark]:
    """Return the marks that count up by one from `start`, each the first one after the one before."""
    run: list[_Mark] = []
    for mark in marks:
        if mark.number == start + len(run):
            run.append(mark)
    return run


def parse_blocks(text: str, first: int, finish_reason: str = "stop") -> tuple[ParsedBlock, ...]:
    """Return the numbered Instruction / Input / Output blocks of a reply that continues at block `first`.

    The reply may begin within block `first`, right after its label. Numbers may be off by one. A block without
    instruction or output, and the last one after a token limit, keeps a fault. Raises `ReplyError`: `empty_reply`,
    `no_blocks`, `unfinished_reasoning`.
    """
    answer = require_answer(text)
    labels = _choose_labels(find_block_labels(answer), headless=not answer.startswith("###"), first=first)
    if not labels:
        raise ReplyError("no_blocks", "the reply holds no Instruction / Input / Output block", raw=text)
    if labels[0].kind != "instruction":
        labels.insert(0, Label("instruction", first, 0, 0))
    blocks: list[dict[str, str]] = []
    for label, content in zip(labels, slice_text(answer, labels), strict=True):
        if label.kind == "instruction":
            blocks.append({})
        blocks[-1][label.kind] = _strip_separators(content)
    cut = len(blocks) - 1 if finish_reason in TRUNCATED else None
    made = (_make_block(block, cut=position == cut) for position, block in enumerate(blocks) if any(block.values()))
    return tuple(made)


def _choose_labels(labels: list[Label], *, headless: bool, first: int) -> list[Label]:
    """Keep the labels that make blocks: in the order of a block, and numbered near the block's number."""
    chosen: list[Label] = []
    current, stage = (first, "instruction") if headless else (None, "output")
    for label in _drop_unnumbered(labels):
        step = 0 if label.number is None or current is None else label.number - current
        if label.kind == "instruction":
            if chosen and not 0 <= step <= 2:  # the next number, or one off
                continue
            current = current if label.number is None else label.number
        elif stage in (label.kind, "output") or abs(step) > 1:
            continue
        chosen.append(label)
        stage = label.kind
    return chosen


def _drop_unnumbered(labels: list[Label]) -> list[Label]:
    """Drop labels without a number where the same block has one with: an output may well hold a line "Input: …".

    The one that the reply begins with stays.
    """
    counts = any(label.kind == "instruction" and label.number is not None for label in labels)
    tagged, block = [], 0
    for label in labels:
        opens = label.kind == "instruction"
        block += opens and (label.number is not None or not counts)
        tagged.append((0 if opens else block, label))
    numbered = {(block, label.kind) for block, label in tagged if label.number is not None}
    return [
        label
        for block, label in tagged
        if label.number is not None or label.start == 0 or (block, label.kind) not in numbered
    ]


def _make_block(block: dict[str, str], *, cut: bool) -> ParsedBlock:
    """Fold the instruction, empty an input that means none, and name what is wrong."""
    instruction, task_input, output = fold_space(block["instruction"]), block.get("input", ""), block.get("output", "")
    faults = {"truncated": cut, "no_instruction": not instruction, "no_output": not output}
    fault = next((name for name, holds in faults.items() if holds), None)
    return ParsedBlock(instruction, "" if is_no_input(task_input) else task_input, output, fault)


def _strip_separators(text: str) -> str:
    """Drop the lines at the end that hold only `###`, and the white space around."""
    lines = text.strip().split("\n")
    while lines and set(lines[-1].strip()) <= {"#"}:
        lines.pop()
    return "\n".join(lines).strip()


def parse_instances_output_first(text: str, finish_reason: str = "stop") -> tuple[tuple[str, str], ...]:
    """Return (input, output) of each `Class label: …` and the input after it; the last is dropped after a token limit.

    Raises `ReplyError`: `empty_reply`, `no_instances`, `truncated_reply`, `unfinished_reasoning`.
    """
    instances = []
    for part in split_at_class_labels(require_answer(text)):
        label, _, rest = part.strip().partition("\n")
        task_input = _INPUT_LABEL.sub("", rest.strip()).strip()
        instances.append(("" if is_no_input(task_input) else task_input, label.strip()))
    return _keep_complete(instances, finish_reason, raw=text)


def parse_instances_input_first(text: str, finish_reason: str = "stop") -> tuple[tuple[str, str], ...]:
    """Return (input, output) of each example, or of a lone output; the last is dropped after a token limit.

    An example without labels is an output. Of several outputs to one input the first counts, as in the original; an
    input without an output is left out. Raises `ReplyError`: as `parse_instances_output_first`.
    """
    answer = require_answer(text)
    labels = [Label("head", None, 0, 0), *_choose_instance_labels(find_instance_labels(answer))]
    groups: list[dict[str, str]] = []
    for label, content in zip(labels, slice_text(answer, labels), strict=True):
        if label.kind in ("head", "example") or (label.kind == "input" and "output" in groups[-1]):
            groups.append({})
        groups[-1].setdefault(label.kind, content)
    instances = [_join_instance(group) for group in groups]
    return _keep_complete([one for one in instances if one], finish_reason, raw=text)


def _choose_instance_labels(labels: list[Label]) -> list[Label]:
    """Leave out what belongs to an output: headings that do not count up, and under a heading a second input."""
    kept: list[Label] = []
    expected: int | None = None
    headed, answered, quoting = False, False, False
    for label in labels:
        if label.kind == "example":
            if expected is not None and label.number not in (None, expected):
                continue
            expected = None if label.number is None else label.number + 1
            headed, answered, quoting = True, False, False
        quoting = quoting or (headed and answered and label.kind == "input")
        answered = answered or label.kind == "output"
        if not quoting:
            kept.append(label)
    return kept


def _join_instance(group: dict[str, str]) -> tuple[str, str] | None:
    """Return (input, output) of one group; None where it has no output, or is small talk before the first label."""
    if "output" not in group:
        return ("", group["example"]) if group.get("example") and "input" not in group else None
    task_input = group.get("input", group.get("example") or group.get("head", ""))
    return ("" if is_no_input(task_input) else task_input), group["output"]


def _keep_complete(
    instances: list[tuple[str, str]], finish_reason: str, *, raw: str
) -> tuple[tuple[str, str], ...]:  # fmt: skip
    """Drop the last instance after a token limit; an empty result is an error."""
    if not instances:
        raise ReplyError("no_instances", "the reply holds no instance in the form asked for", raw=raw)
    kept = instances[:-1] if finish_reason in TRUNCATED else instances
    if not kept:
        raise ReplyError("truncated_reply", "the only instance of the reply is truncated", raw=raw)
    return tuple(kept)


def parse_yes_no(text: str) -> bool:
    """Return True for yes (是), False for no (否, 不是), as the reply begins.

    Raises `ReplyError`: `empty_reply`, `not_yes_or_no` (neither, or both), `unfinished_reasoning`.
    """
    answer = unicodedata.normalize("NFKC", require_answer(text)).lstrip(_QUOTES)
    answer = _ANSWER_LABEL.sub("", answer).lstrip(_QUOTES)
    if _EITHER.match(answer) or not (hit := _YES_OR_NO.match(answer)):
        raise ReplyError("not_yes_or_no", f"the reply begins with {answer[:40]!r}, neither yes nor no", raw=text)
    return hit["yes"] is not None

"""Constraints that a response is laid out anew for: lists, paragraphs, sections, tables, JSON.

Promise: every sentence and list item is still there, word for word and in its order (an alphabetical list aside);
only marks, line breaks and headings made of the response's own terms are added.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import pairwise
from random import Random

from evaluators.verifiers.layout import has_sections
from evaluators.verifiers.segment import count_words, find_bullets, find_checkboxes, find_headings, find_numbered
from evaluators.verifiers.structure import read_tables
from generator.backends.embedded.constraint_draft import Change, Draft, Offer
from generator.backends.embedded.constraint_phrases import JSON_KEYS, SECTION_LABELS, TABLE_HEADS

SHAPE_STAGE = 0
MIN_LISTED, MAX_LISTED = 3, 10  # sentences that make a list
MIN_SPLIT = 4  # sentences of one paragraph that may be split
MAX_PARTS = 5
MAX_JSON = 120  # words: a longer text is no value for a field
MAX_SORTED = 6  # words of an item that stands for itself, so that its place does not matter

_ITEM = re.compile(r"(?:[-*•]|[0-9]{1,2}[.)])[ \t]+(?!\[[ xX]\])(\S.*)")
_PAIR = re.compile(r"(?:\*\*)?([^*:：|]{1,40}?)(?:\*\*)?[ ]?(?:[:：](?:\*\*)?|[ ][–—-][ ])[ ]?(\S.*)")
_OTHER_LIST = re.compile(r"\s*(?:[-*•]\s|[|#]|[0-9]+[.)]\s)")
_LEADS_IN = re.compile(r"[:：]\**$|^\*\*[^*]+\*\*$|^#")  # a block that belongs to the next one
_BOLD_LINE = re.compile(r"^\*\*([^*\n]{2,60}?)[:：]?\*\*[:：]?$", re.MULTILINE)


def split_list(text: str) -> tuple[list[str], list[str], list[str]] | None:
    """Return the lines before the response's one flat list, its items, and the lines after; None where it is not so."""
    lines = text.strip().split("\n")
    places = [index for index, line in enumerate(lines) if _ITEM.fullmatch(line)]
    if len(places) < 2 or places != list(range(places[0], places[-1] + 1)):
        return None
    after = lines[places[-1] + 1 :]
    if after and after[0].strip():
        return None  # the last item goes on, or something nested follows
    before = lines[: places[0]]
    if any(_OTHER_LIST.match(line) for line in [*before, *after]):
        return None
    return before, [match[1].strip() for line in lines if (match := _ITEM.fullmatch(line))], after


def relist(draft: Draft, mark: Callable[[int], str], own_list: bool = True) -> Change | None:
    """Return the response with its sentences, or the items of its one list, as a list with other marks."""
    if draft.plain and MIN_LISTED <= len(draft.sentences) <= MAX_LISTED:
        lines = [f"{mark(index)}{sentence}" for index, sentence in enumerate(draft.sentences, 1)]
        return "\n".join(lines), {"count": len(lines)}
    parts = split_list(draft.text) if own_list and not draft.code else None
    if parts is None:
        return None
    before, items, after = parts
    marked = [f"{mark(index)}{item}" for index, item in enumerate(items, 1)]
    return "\n".join([*before, *marked, *after]), {"count": len(items)}


def make_bullets(draft: Draft, _rng: Random) -> Change | None:
    """Exactly so many bullets: those there are, or one a sentence."""
    bullets, numbered = find_bullets(draft.text), find_numbered(draft.text)
    if len(bullets) > 1 and not numbered and not find_checkboxes(draft.text):
        return draft.text, {"count": len(bullets)}
    return None if numbered else relist(draft, lambda _: "- ", own_list=False)


def make_numbers(draft: Draft, _rng: Random) -> Change | None:
    """A numbered list: the one there is, or one made of the bullets or sentences."""
    numbers = [number for number, _ in find_numbered(draft.text)]
    if len(numbers) > 1 and numbers == list(range(1, len(numbers) + 1)):
        return draft.text, {"count": len(numbers)}
    return None if numbers else relist(draft, lambda index: f"{index}. ")


def make_checklist(draft: Draft, _rng: Random) -> Change | None:
    """A checklist of the items of the one list; items that are labels with a value are nothing to tick off."""
    parts = split_list(draft.text)
    if parts is None or draft.code or any(_PAIR.fullmatch(item) for item in parts[1]):
        return None
    return relist(draft, lambda _: "- [ ] ")


def sort_list(draft: Draft, _rng: Random) -> Change | None:
    """The one bulleted list in alphabetical order, where its items are short and stand for themselves."""
    parts = None if draft.code or find_numbered(draft.text) else split_list(draft.text)
    if parts is None or max(map(count_words, parts[1])) > MAX_SORTED:
        return None
    before, items, after = parts
    ordered = sorted(items, key=lambda item: re.sub(r"\W+", " ", item).strip().casefold())
    return "\n".join([*before, *(f"- {item}" for item in ordered), *after]), {}


def make_table(draft: Draft, _rng: Random) -> Change | None:
    """A table: the one there is, or one of the list's items of the form `Label: value`."""
    tables = read_tables(draft.text)
    if tables:
        return draft.text, {"columns": len(tables[0][0]), "rows": max(1, len(tables[0]) - 1)}
    parts = None if draft.code or "|" in draft.text else split_list(draft.text)
    pairs = [_PAIR.fullmatch(item) for item in parts[1]] if parts else []
    if parts is None or not all(pairs):
        return None
    head, rule = "| {} | {} |".format(*TABLE_HEADS[draft.language]), "|---|---|"
    rows = [f"| {pair[1].strip()} | {pair[2].strip()} |" for pair in pairs if pair]
    before = [*parts[0], ""] if parts[0] and parts[0][-1].strip() else parts[0]
    return "\n".join([*before, head, rule, *rows, *parts[2]]), {"columns": 2, "rows": len(rows)}


def group(draft: Draft, rng: Random) -> list[str] | None:
    """Return the response as two to five parts: its blocks, or its one paragraph split between sentences."""
    if draft.code or draft.letter:
        return None
    blocks: list[str] = []
    for block in draft.paragraphs:
        if blocks and _LEADS_IN.search(blocks[-1]):
            blocks[-1] += f"\n\n{block}"
        else:
            blocks.append(block)
    if 1 < len(blocks) <= MAX_PARTS:
        return blocks
    if not draft.plain or len(blocks) > 1 or len(draft.sentences) < MIN_SPLIT:
        return None
    size = rng.randint(2, min(3, len(draft.sentences) // 2))
    cuts = [round(index * len(draft.sentences) / size) for index in range(size + 1)]
    glue = "" if draft.chinese else " "
    return [glue.join(draft.sentences[a:b]) for a, b in pairwise(cuts)]


def make_paragraphs(draft: Draft, rng: Random) -> Change | None:
    """Exactly so many paragraphs."""
    if draft.prose and not draft.letter and len(draft.paragraphs) > 1:
        return draft.text, {"count": len(draft.paragraphs)}
    parts = group(draft, rng) if draft.plain else None
    return ("\n\n".join(parts), {"count": len(parts)}) if parts else None


def make_sections(draft: Draft, rng: Random) -> Change | None:
    """Labelled sections, one a paragraph."""
    parts = group(draft, rng)
    if parts is None:
        return None
    label = rng.choice(SECTION_LABELS[draft.language])
    blocks = [f"{label.replace('N', str(index), 1)}\n\n{part}" for index, part in enumerate(parts, 1)]
    params = {"count": len(parts), "label": label}
    text = "\n\n".join(blocks)
    return (text, params) if has_sections(text, params, "") else None


def make_parts(draft: Draft, rng: Random) -> Change | None:
    """Parts between lines of six asterisks."""
    parts = group(draft, rng)
    return ("\n\n******\n\n".join(parts), {"count": len(parts)}) if parts else None


def make_headings(draft: Draft, _rng: Random) -> Change | None:
    """Headings: those there are, bold lines made headings, or one over each paragraph, made of its foremost term."""
    if count := len(find_headings(draft.text)):
        return draft.text, {"count": count}
    text, count = ("", 0) if draft.code else _BOLD_LINE.subn(r"## \1", draft.text)
    if count:
        return text, {"count": count}
    if not draft.plain or not 2 <= len(draft.paragraphs) <= MAX_PARTS:
        return None
    blocks: list[str] = []
    used: set[str] = set()
    for block in draft.paragraphs:
        term = next((term for term in draft.terms if term not in used and term in block), None)
        if term is None:
            return None
        used.add(term)
        blocks.append(f"## {term[:1].upper()}{term[1:]}\n\n{block}")
    return "\n\n".join(blocks), {"count": len(blocks)}


def make_object(draft: Draft, rng: Random) -> Change | None:
    """A JSON object with the response as a value; its pairs as keys where it is a list of pairs and nothing else."""
    parts = split_list(draft.text)
    pairs = [_PAIR.fullmatch(item) for item in parts[1]] if parts and not any([*parts[0], *parts[2]]) else []
    if pairs and all(pairs):
        value: dict[str, object] = {pair[1].strip(): pair[2].strip() for pair in pairs if pair}
        if len(value) == len(pairs):
            return dump(value), {"keys": list(value), "only": True}
    if draft.words > MAX_JSON or not (draft.plain or draft.scope != "free") or draft.scope == "strict":
        return None
    name, list_name = rng.choice(JSON_KEYS)
    value = {name: draft.text.strip()}
    if len(draft.terms) > 2 and draft.scope == "free":
        value[list_name] = list(draft.terms[:3])
    return dump(value), {"keys": list(value), "only": True}


def make_array(draft: Draft, _rng: Random) -> Change | None:
    """A JSON array of the items, where the response is one list and nothing else, or of the sentences."""
    parts = split_list(draft.text)
    if parts and not any([*parts[0], *parts[2]]) and "**" not in draft.text:
        return dump(parts[1]), {"count": len(parts[1])}
    if draft.plain and MIN_LISTED <= len(draft.sentences) <= MAX_LISTED and draft.words <= MAX_JSON:
        return dump(list(draft.sentences)), {"count": len(draft.sentences)}
    return None


def dump(value: object) -> str:
    """Return JSON as a person would lay it out."""
    return json.dumps(value, ensure_ascii=False, indent=2)


SHAPES: dict[str, Offer] = {
    "bullet_count": Offer(make_bullets, SHAPE_STAGE),
    "numbered_list": Offer(make_numbers, SHAPE_STAGE),
    "checklist": Offer(make_checklist, SHAPE_STAGE, 3),
    "alphabetical_list": Offer(sort_list, SHAPE_STAGE, 3, languages=("en",)),
    "table": Offer(make_table, SHAPE_STAGE, 1.5),
    "paragraph_count": Offer(make_paragraphs, SHAPE_STAGE, 1.5),
    "sections": Offer(make_sections, SHAPE_STAGE, 1.5),
    "separator": Offer(make_parts, SHAPE_STAGE, 1.5),
    "headings": Offer(make_headings, SHAPE_STAGE, 3),
    "json_object": Offer(make_object, SHAPE_STAGE, 2, scopes=("free", "tiny", "foreign")),
    "json_array": Offer(make_array, SHAPE_STAGE, 4),
}

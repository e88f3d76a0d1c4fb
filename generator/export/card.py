"""The card of a data set: what is in it, how it came to be, and what it cannot be trusted for.

Counted in one pass. Every text that comes from the data (tags, names, models) is shown as code in Markdown, with nothing in
it that could end the code, begin HTML, or leave a table's cell; the head is written by a YAML library.
Source: Hugging Face, "Dataset Cards" and the hub's data set card specification.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from generator.export.form import Written
from generator.export.licences import OTHER, describe_licence
from generator.types import Example

LISTED = 20  # values of one kind shown; the rest is counted
SHOWN = 80  # characters of one value
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"),
         (10_000_000, "1M<n<10M"), (100_000_000, "10M<n<100M"))  # fmt: skip
LARGEST = "100M<n<1B"
LICENCE_TAGS = ("license", "licence")
_TOLD = frozenset({"domain", "task_type", "difficulty", "form"})  # tags that the card counts
_CODE = re.compile(r"^[a-z]{2,3}$")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069`|]")
LIMITS = (
    "It was made by machine. What it says was not checked by people, unless a column `human.*` says so.",
    "A critic's score is one model's opinion. Novelty says that a text differs, not that it is right.",
    "It is as good and as fair as its seeds and its model are; what they get wrong is likely to be in it many times.",
)


class Census:
    """Counts what the card tells."""

    def __init__(self) -> None:
        self.records = 0
        self.chars: Counter[str] = Counter()
        self.counts: dict[str, Counter[str]] = {}
        self.prompts: dict[str, set[str]] = {}
        self.is_made = False

    def count(self, example: Example) -> None:
        """Count a record."""
        self.records += 1
        lineage = example.lineage
        self.is_made = self.is_made or lineage.recipe != "seed"
        values = {
            "language": example.language, "recipe": lineage.recipe, "operator": lineage.operator, "model": lineage.model,
            **{name: value for name, value in example.tags.items() if name in _TOLD}, "licence": find_licence(example),
        }  # fmt: skip
        for kind, value in values.items():
            if value:
                self.counts.setdefault(kind, Counter())[value] += 1
        for name, digest in lineage.prompts.items():
            self.prompts.setdefault(name, set()).add(digest)
        for name in ("instruction", "input", "response"):
            self.chars[name] += len(getattr(example, name))


def find_licence(example: Example) -> str:
    """Return the licence that a record says it is under, "" for none."""
    return next((example.tags[name] for name in LICENCE_TAGS if example.tags.get(name)), "")


def quote(value: object) -> str:
    """Return a text of the data as code in Markdown."""
    text = _UNSEEN.sub("\ufffd", str(value))
    return f"`{html.escape(text if len(text) <= SHOWN else text[: SHOWN - 1] + '…', quote=False)}`"


def write_card(written: Written, census: Census, licence: str | None, funnel: Mapping[str, Any]) -> str:
    """Return the whole card."""
    head = yaml.safe_dump(make_head(written, census, licence), sort_keys=False, allow_unicode=True)
    parts = [f"---\n{head}---\n", f"# {quote(written.title)}\n", *_write_numbers(written, census)]
    parts += _write_origin(census, funnel)
    limits = LIMITS if census.is_made else LIMITS[1:]
    parts += ["## Known limits\n", "\n".join(f"- {limit}" for limit in limits) + "\n"]
    return "\n".join(parts)


def make_head(written: Written, census: Census, licence: str | None) -> dict[str, Any]:
    """Return the head, as the hub reads it; `dataset_info` fixes every column as text."""
    languages = sorted({code for code in map(_shorten, census.counts.get("language", ())) if code})
    files = [
        {"split": split, "path": [file.name for file in written.list_files(split)]} for split in written.list_splits()
    ]
    features = [{"name": name, "dtype": "string"} for name in written.about["columns"]]
    return {
        "pretty_name": written.title, **describe_licence(licence or _find_common_licence(census)),
        **({"language": languages} if languages else {}),
        "task_categories": ["text-generation"], "size_categories": [_find_size(census.records)],
        "tags": ["synthetic", "instruction-tuning", "seedbed"],
        "configs": [{"config_name": "default", "data_files": files}],
        "dataset_info": {"config_name": "default", "features": features},
    }  # fmt: skip


def _shorten(language: str) -> str:
    code = language.partition("-")[0].lower()
    return code if _CODE.match(code) and code != "und" else ""


def _find_common_licence(census: Census) -> str:
    known = census.counts.get("licence", Counter())
    if len(known) > 1 or known.total() not in (0, census.records):
        return OTHER
    return next(iter(known), "")


def _find_size(count: int) -> str:
    return next((name for most, name in SIZES if count < most), LARGEST)


def _write_numbers(written: Written, census: Census) -> list[str]:
    splits = [
        f"| {quote(split)} | {sum(file.rows for file in written.list_files(split)):,} |"
        for split in written.list_splits()
    ]
    mean = {name: chars / max(1, census.records) for name, chars in census.chars.items()}
    lengths = ", ".join(f"{name} {value:.0f}" for name, value in mean.items())
    lines = ["## Numbers\n", "| split | records |\n|---|---|\n" + "\n".join(splits) + "\n"]
    lines += [f"Characters on average: {lengths}.\n"]
    return lines + [_write_counts(kind, counts) for kind, counts in sorted(census.counts.items())]


def _write_counts(kind: str, counts: Counter[str]) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{quote(value)} {count:,}" for value, count in ordered[:LISTED])
    rest = f", and {len(ordered) - LISTED} more" if len(ordered) > LISTED else ""
    return f"- **{kind.replace('_', ' ')}**: {shown}{rest}\n"


def _write_origin(census: Census, funnel: Mapping[str, Any]) -> list[str]:
    made = "Seed tasks were varied by Seedbed; each record's `lineage` says from what.\n"
    lines = [
        "## How it came to be\n",
        made if census.is_made else "The records were read from files; none was generated.\n",
    ]
    if census.prompts:
        known = [(name, digest) for name, digests in sorted(census.prompts.items()) for digest in sorted(digests)]
        rows = [f"| {quote(name)} | {quote(digest)} |" for name, digest in known]
        lines.append("| prompt | digest |\n|---|---|\n" + "\n".join(rows) + "\n")
    counts = funnel.get("candidates")
    if isinstance(counts, Mapping):
        lines.append(_write_funnel(counts))
    return lines


def _write_funnel(counts: Mapping[str, Any]) -> str:
    stages: Sequence[tuple[str, Any]] = list((counts.get("by_stage") or {}).items())
    rows = [f"| {quote(name)} | {row['entered']:,} | {row['passed']:,} |" for name, row in stages]
    said = f"Of {counts.get('total', 0):,} candidates {counts.get('accepted', 0):,} were accepted.\n\n"
    return said + "| stage | came | passed |\n|---|---|---|\n" + "\n".join(rows) + "\n"

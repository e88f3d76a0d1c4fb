"""Complicates the input by rules: the task itself, its limits, or its material turn into data that has to be read.

The request, its material and the conditions for the answer become the fields of a JSON object or an XML document; or a
material of several lines becomes a table or CSV. The data are the task's own; nothing is made up.

Source: the operator of Xu et al. 2023 (WizardLM, arXiv:2304.12244), section 3.2.
Deviations: the awkward thing in the data is that conditions and vocabulary stand in it as values, not an inconsistency.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from xml.sax.saxutils import escape

from generator.backends.embedded.compose import Brief, lay_out, lower_first, tell_about, weave
from generator.backends.embedded.in_depth import fulfil, name_particulars, say_checks
from generator.backends.embedded.plan import Plan, Task
from generator.backends.embedded.text import strip_mark
from generator.backends.embedded.voice import Voice
from generator.types import Check

MIN_ROWS, MAX_ROWS = 3, 30  # lines of a material that becomes a table
MAX_CELL = 300  # characters
ENTRIES_SHARE = 0.5  # of the materials of several lines become a table

_NOT_ENTRY = re.compile(r"[|`{}]|[:：]\s*$|^\s+\S|[=;]\s*$|\)\s*:")  # cells, code, headings, continued lines

Value = str | int | list[str]


def complicate_input(root: Task, voice: Voice) -> Plan | None:
    """Turn the task into data, or its material into a table."""
    lines = find_rows(root.input)
    if lines and "\n" not in root.instruction and voice.times(ENTRIES_SHARE):
        return tabulate_material(root, lines, voice)
    return file_task(root, voice)


def find_rows(material: str) -> list[str]:
    """Return the lines of a material that are entries of one list; [] where some are a heading, code or cells."""
    lines = [line for line in material.splitlines() if line.strip()]
    alike = all(len(line) <= MAX_CELL and not _NOT_ENTRY.search(line) for line in lines)
    return [strip_mark(line) for line in lines] if alike and MIN_ROWS <= len(lines) <= MAX_ROWS else []


def tabulate_material(root: Task, lines: list[str], voice: Voice) -> Plan | None:
    """Turn the lines of the material into rows, and state one to three constraints."""
    number, entry = voice.say("number_field"), voice.say("entry_field")
    columns = voice.quote([number, entry])
    if voice.times(0.5):
        form = voice.say("data_csv")
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerows([(number, entry), *enumerate(lines, 1)])
        material = buffer.getvalue().strip()
    else:
        form = voice.say("data_table")
        rows = [f"| {index} | {line} |" for index, line in enumerate(lines, 1)]
        material = "\n".join([f"| {number} | {entry} |", "|---|---|", *rows])
    planned = fulfil(root, root.response, voice.rng.randint(1, 3), voice)
    if planned is None:
        return None
    lead = voice.say("entries_lead", form=form, field=entry, columns=columns)
    brief = Brief(root.instruction, material, say_checks(planned.checks, voice), lead)
    instruction, task_input = lay_out(brief, voice)
    return Plan(instruction, task_input, planned.response, planned.checks)


def file_task(root: Task, voice: Voice) -> Plan | None:
    """Turn the task with its conditions into one record of data."""
    checks: list[Check] = []
    named = name_particulars(root, voice)
    words = next((check for _, check in named if check.kind == "required_words"), None)
    if words is not None and voice.times(0.6):
        checks.append(words)
    avoid = frozenset({"required_words"})
    planned = fulfil(root, root.response, voice.rng.randint(1, 3), voice, avoid=avoid, keep=checks)
    if planned is None:
        return None
    record, clauses, outside = describe_record(root, checks, list(planned.checks), voice)
    kind = voice.rng.choice(("json", "json", "xml"))
    form = voice.say(f"data_{kind}")
    material = write_json(record) if kind == "json" else write_xml(draw_name("root", record, voice), record)
    instruction = say_fields(form, tell_about(root.instruction, voice), clauses, voice)
    if outside:
        instruction = voice.join([instruction, weave(Brief("", "", outside), voice)])
    return Plan(instruction, material, planned.response, (*checks, *planned.checks))


def describe_record(
    root: Task, words: list[Check], others: list[Check], voice: Voice
) -> tuple[dict[str, Value], list[str], list[str]]:
    """Return the record, a clause on each of its fields, and the conditions that are left to the instruction."""
    record: dict[str, Value] = {}
    clauses: list[str] = []

    def _add(kind: str, value: Value) -> None:
        name = draw_name(kind, record, voice)
        record[name] = value
        clauses.append(voice.say(f"field_{kind}", field=name))

    _add("request", root.instruction)
    if root.input:
        _add("material", root.input)
    for check in words:
        _add("words", list(check.params["words"]))
    left: list[Check] = []
    for check in others:
        if check.kind in ("max_words", "min_words"):
            _add("maximum" if check.kind == "max_words" else "minimum", int(check.params["count"]))
        else:
            left.append(check)
    outside = say_checks(left, voice)
    if left and (not words or voice.times(0.6)):
        _add("rules", outside)
        outside = []
    return record, clauses, outside


def draw_name(kind: str, record: Mapping[str, Value], voice: Voice) -> str:
    """Return a name that the record does not have yet."""
    return next(name for name in (voice.say(f"{kind}_field") for _ in range(99)) if name not in record)


def say_fields(form: str, about: str, clauses: list[str], voice: Voice) -> str:
    """Return the instruction that explains the data."""
    link = voice.say("fields_join")
    joined = ("；" if voice.chinese else "; ").join(clauses) + ("。" if voice.chinese else ".")
    said = joined if link else joined[0].upper() + joined[1:]
    if link.endswith(": "):
        said = lower_first(joined)
    return voice.join([voice.say("form_lead", form=form, about=about), link + said, voice.say("form_do")])


def write_json(record: Mapping[str, Value]) -> str:
    """Return the record as JSON."""
    return json.dumps(record, ensure_ascii=False, indent=2)


def write_xml(root: str, record: Mapping[str, Value]) -> str:
    """Return the record as XML, its texts escaped."""
    lines: list[str] = []
    for name, value in record.items():
        if isinstance(value, list):
            items = [f"    <item>{escape(item)}</item>" for item in value]
            lines += [f"  <{name}>", *items, f"  </{name}>"]
        else:
            lines.append(f"  <{name}>{escape(str(value))}</{name}>")
    return "\n".join([f"<{root}>", *lines, f"</{root}>"])

"""Our own shape: instruction, input?, output or response?, context?, system?, history?, rejected?, language?, tags?.

So also instruction / response / context / system as others write it. A record of a data set that Seedbed wrote is one
too: what it has beyond a task (id, scores, lineage, …) is left out.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import lru_cache

from generator.seed_files.faults import quote_text
from generator.seed_files.fields import FLAT_TAGS, ORIGIN, Fields
from generator.seed_files.labels import LABELS
from generator.seed_files.records import Shape
from generator.seed_files.shapes.turns import read_history
from generator.types import SeedTask

TELLING = frozenset({"instruction", "input", "output", "response", "context"})  # one of them makes a record a task
# What Alpaca's does not have.
OWN_ONLY = frozenset({"response", "context", "system", "language", "tags", "history", "rejected", *FLAT_TAGS})
KNOWN = TELLING | OWN_ONLY | ORIGIN.keys() | frozenset(LABELS) | {"lang"}
LEFT_OUT = frozenset({"id", "scores", "lineage", "checks"})  # known from data sets, no part of a task


def matches(values: Mapping[str, object]) -> bool:
    """Say whether the field names are those of a task."""
    return not TELLING.isdisjoint(values)


def read_tasks(fields: Fields) -> list[SeedTask]:
    """Read a task."""
    _warn_of_unknown(fields)
    given, context = fields.read_input(), fields.read_text("context")
    task = SeedTask(
        instruction=fields.read_instruction(),
        input=f"{given}\n\n{context}" if given and context else given or context,
        response=_read_response(fields),
        system=fields.read_text("system") or None,
        history=read_history(fields, "history"),
        rejected=fields.read_text("rejected") if fields.values.get("rejected") else None,
        language=fields.read_language(),
        tags=fields.read_tags(),
    )
    return [task]


def _read_response(fields: Fields) -> str:
    output, response = fields.read_text("output"), fields.read_text("response")
    if output and response and output != response:
        fields.fault("`output` and `response` are both there and differ. Keep one of them.")
    return response or output


def _warn_of_unknown(fields: Fields) -> None:
    for key in fields.values:
        if key not in KNOWN and key not in LEFT_OUT:
            fields.warn(f"the key {quote_text(key)} is not known and is left out. {_advise(key)}")


@lru_cache(maxsize=256)  # a table's unknown column comes with every row
def _advise(key: str) -> str:
    near = difflib.get_close_matches(key, sorted(KNOWN), n=1)
    return f"Did you mean `{near[0]}`?" if near else "Put it into `tags` to keep it."


OWN = Shape("own", ("instruction",), matches, read_tasks)

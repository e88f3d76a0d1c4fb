"""Our own shape: instruction, input?, output or response?, context?, system?, language?, tags?.

A record of a data set that Seedbed wrote is one too: what it has beyond a task (id, scores, lineage, …) is left out.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import lru_cache

from generator.seed_files.faults import quote_text
from generator.seed_files.fields import FLAT_TAGS, Fields
from generator.seed_files.records import Shape
from generator.types import SeedTask

TELLING = frozenset({"instruction", "input", "output", "response", "context"})  # one of them makes a record a task
OWN_ONLY = frozenset({"response", "context", "system", "language", "tags", *FLAT_TAGS})  # what Alpaca's does not have
KNOWN = TELLING | OWN_ONLY
LEFT_OUT = frozenset({"id", "scores", "lineage", "checks", "source"})  # known from data sets, no part of a task


def matches(values: Mapping[str, object]) -> bool:
    """Say whether the field names are those of a task."""
    return not TELLING.isdisjoint(values)


def read_task(fields: Fields) -> SeedTask:
    """Read a task."""
    _warn_of_unknown(fields)
    given, context = fields.read_input(), fields.read_text("context")
    return SeedTask(
        instruction=fields.read_instruction(),
        input=f"{given}\n\n{context}" if given and context else given or context,
        response=_read_response(fields),
        system=fields.read_text("system") or None,
        language=fields.read_language(),
        tags=fields.read_tags(),
    )


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


OWN = Shape("own", ("instruction",), matches, read_task)

"""A response that is labelled as one that is not wanted: it is kept as the rejected one, and the task has none.

Source: TRL, "Dataset formats and types", unpaired preference (`label`); LLaMA-Factory's KTO form (`kto_tag`); P3's rows
for ranking (`is_correct`).
"""

from __future__ import annotations

from collections.abc import Mapping

from generator.types import SeedTask

LABELS = ("label", "kto_tag", "is_correct")


def apply_label(values: Mapping[str, object], task: SeedTask) -> SeedTask:
    """Return the task as its record's label says it is; unchanged where there is none, or one of another kind."""
    unwanted = any(values.get(name) is False for name in LABELS)
    if not unwanted or not task.response or task.rejected is not None:
        return task
    return task.model_copy(update={"response": "", "rejected": task.response})

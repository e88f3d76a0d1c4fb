"""How many calls may be in flight at first, and at most, where the user names a number and where not."""

from __future__ import annotations

from dataclasses import dataclass

from generator.client.pace import FIRST_LIMIT
from generator.settings.backend import BackendConfig

MOST_TO_A_SERVER = 256  # vLLM's long-standing `max_num_seqs`; what answers slower for it is noticed long before
MOST_TO_AN_ENGINE = 256  # in this process: what is beyond its batch waits in its own queue, and is told by nobody
MOST_TO_RULES = 32  # they answer at once, one after the other: enough to keep the journal's groups full


@dataclass(frozen=True, slots=True)
class Slots:
    """Calls in flight at most, and at first (None: as many)."""

    most: int
    first: int | None = None


def choose_slots(concurrency: int | None, backend: BackendConfig) -> Slots:
    """Return the slots of a back end; `concurrency` is what the user named."""
    if concurrency is not None:
        return Slots(concurrency)
    if backend.kind == "embedded":
        return Slots(MOST_TO_RULES)
    if backend.kind == "vllm" and backend.base_url is None:
        return Slots(MOST_TO_AN_ENGINE)
    return Slots(MOST_TO_A_SERVER, FIRST_LIMIT)

"""The novelty gate over a stream: batches of texts against all that was kept, decided one by one, in order.

The decisions are those of one text at a time, whatever the batch: each text is looked up among what was kept before its
batch, then, when its turn comes, among what its batch has added; the filters speak in their order, the cheap ones first,
and what they stop before its batch is not embedded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from generator.protocols import BatchFilter, Filter
from generator.types import Neighbour

KEPT = ""  # the reason of what is kept


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a text: the filter that found it too like `neighbour`, or KEPT; who could not measure it."""

    reason: str
    neighbour: Neighbour | None = None
    unmeasured_by: tuple[str, ...] = ()


@dataclass(slots=True)
class _Probe:
    key: str
    text: str
    prepared: list[Any]  # by filter; None where it cannot be measured
    nearest: list[Neighbour | None]  # by filter, of those that are too like


class Gate:
    """Keeps the texts that are like none that it has kept."""

    def __init__(self, quick: Sequence[Filter], dear: BatchFilter | None = None) -> None:
        self._quick = list(quick)
        self._dear = dear
        self._filters: list[Filter] = [*quick, *([] if dear is None else [dear])]

    def decide(self, keys: Sequence[str], texts: Sequence[str]) -> list[Decision]:
        """Decide on the next texts, in order. Raises `BackendError` where the embedder is a server."""
        starts = [len(one) for one in self._filters]
        prepared = [one.prepare_many(texts) for one in self._quick]
        probes = [
            self._look_back(key, text, [each[place] for each in prepared])
            for place, (key, text) in enumerate(zip(keys, texts, strict=True))
        ]
        if self._dear is not None:
            self._embed([probe for probe in probes if not any(probe.nearest)], self._dear)
        return [self._decide(probe, starts) for probe in probes]

    def _look_back(self, key: str, text: str, prepared: list[Any]) -> _Probe:
        """Look a text up, by the quick filters, among what was kept before the batch."""
        nearest = [_find(one, each, 0, None) for one, each in zip(self._quick, prepared, strict=True)]
        return _Probe(key, text, prepared, nearest)

    def _embed(self, probes: Sequence[_Probe], dear: BatchFilter) -> None:
        """Do the same by the dear filter."""
        prepared = dear.prepare_many([probe.text for probe in probes])
        able = [place for place, one in enumerate(prepared) if one is not None]
        found = dear.nearest_many([prepared[place] for place in able], 0, dear.threshold)
        neighbours = dict(zip(able, found, strict=True))
        for place, probe in enumerate(probes):
            probe.prepared.append(prepared[place])
            probe.nearest.append(neighbours.get(place))

    def _decide(self, probe: _Probe, starts: Sequence[int]) -> Decision:
        """Look the text up among what its batch has added meanwhile, and keep it where nothing is too like."""
        measuring = list(zip(self._filters, probe.prepared, strict=False))  # what a quick filter stops has no vector
        for number, (one, prepared) in enumerate(measuring):
            nearest = _find(one, prepared, starts[number], probe.nearest[number])
            if nearest is not None:
                return Decision(one.name, nearest)
        for one, prepared in measuring:
            if prepared is not None:
                one.add(probe.key, probe.text, prepared)
        return Decision(KEPT, None, tuple(one.name for one, prepared in measuring if prepared is None))


def _find(one: Filter, prepared: Any, since: int, known: Neighbour | None) -> Neighbour | None:
    """Return the nearest text from `since` on that is too like, and more like than the one known; else that one."""
    if prepared is None:
        return None
    found = one.nearest(prepared, since, known.similarity if known else one.threshold)
    return found if found is not None and found.similarity > one.threshold else known

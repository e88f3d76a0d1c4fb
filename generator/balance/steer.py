"""Steering a run towards a target: which tasks get a lane of evolution.

A lane keeps its seed's domain and language, and mostly its other tags, so what a run adds is spread as its lanes are. No
class gets more lanes than its share of them; what is plentiful waits, what is short is all taken. Which tasks of a
plentiful class stay is drawn under the run's seed by digests, so one more seed changes few other lanes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from generator.balance.choose import Balance
from generator.balance.target import Classifier, make_target
from generator.errors import ConfigError
from generator.types import Example

SETTING = "balance.toward"
_NOT_STEERED = "length"  # how long a response gets is not the seed's to say


def choose_lanes(
    lanes: Sequence[Example], toward: Mapping[str, Mapping[str, float]], seed: int,
    announce: Callable[[str], None] = lambda _: None,
) -> list[Example]:  # fmt: skip
    """Return the tasks that get a lane, in their order; all of them where there is no target. Raises `ConfigError`."""
    table = {name: shares for name, shares in toward.items() if name != _NOT_STEERED}
    if not table:
        return list(lanes)
    target = make_target(table, SETTING)
    balance = Balance(target, Classifier(target.shares), seed)
    balance.count(lanes)
    chosen = list(balance.pick(lanes, balance.choose(len(lanes))))
    if not chosen:
        raise ConfigError(f"--toward: none of the {len(lanes)} seed tasks is of a class that the target wants.")
    short = [f"{row['by']} {row['class']} {row['short']}" for row in balance.describe()["cells"] if row["short"] > 0]
    announce(
        f"toward the target: {len(chosen)} of {len(lanes)} lanes{(short and '; short of ' + ', '.join(short)) or ''}"
    )
    return chosen

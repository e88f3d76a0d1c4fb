"""What a run starts from, once everything is checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from generator.config import RunConfig
from generator.places import find_shipped, shorten_path
from generator.templates import Templates
from generator.types import Example, Operator

Tell = Callable[[str], None]  # takes one line for the person at the keyboard


@dataclass(frozen=True)
class Prepared:
    """What a run starts from: seeds, or `count` records that `records` reads from the first on.

    `authors` are the models that wrote what is there already.
    """

    config: RunConfig
    templates: Templates
    seeds: Sequence[Example] = ()
    operators: Sequence[Operator] = ()
    records: Callable[[], Iterator[Example]] | None = None
    count: int = 0
    authors: frozenset[str] = frozenset()


def load_templates(config: RunConfig) -> Templates:
    """Return the prompts that ship, the configuration's own laid over them. Raises `TemplateError`."""
    templates = Templates(find_shipped("prompts"), shorten_path(config.prompts) if config.prompts else None)
    templates.check_overlay()
    return templates

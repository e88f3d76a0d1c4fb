"""How many calls the augmentations of one record take, for a forecast; what a check rejects on the way is not foreseen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from generator.augment.augmenting import JUDGE
from generator.augment.translation import CHAIN, DEFAULT_PIVOTS, TEMPLATE
from generator.settings.augment import AugmentConfig
from generator.templates import Templates

PARTS = 3  # assumed of a reply that is a list of tasks
TEXTS = 3  # of a record that is translated whole: instruction, input, response
ANSWER = "respond/answer"


def count_calls(config: AugmentConfig, templates: Templates) -> tuple[Mapping[str, float], float]:
    """Return the expected calls for one record by template, and how many new records come of it, the critic's left out."""
    calls = Counter[str]()
    records = 0
    for name in config.methods:
        asked, made, stays = _count_method(name, config, templates)
        calls.update(asked)
        records += made
        if stays and config.judge_meaning:
            calls[JUDGE] += made
    return {template: float(count) for template, count in calls.items()}, float(records)


def _count_method(name: str, config: AugmentConfig, templates: Templates) -> tuple[Counter[str], int, bool]:
    """Return the calls of a method, the records that it makes, and whether a model judges that their meaning stayed."""
    variants = config.variants.get(name, ())
    if name == "back_translation":
        chains = [len(pivot.split(CHAIN)) + 1 for pivot in variants or DEFAULT_PIVOTS[:1]]
        return Counter({TEMPLATE: sum(chains)}), len(chains), True
    if name == "translation":
        return Counter({TEMPLATE: TEXTS * len(variants)}), len(variants), True
    if name == "substitution":
        return Counter(), 1, False
    head = templates.get(f"augment/{name}", "").head
    made = PARTS if head.form == "list" else 1
    answers = {ANSWER: made} if head.response == "ask" else {}
    return Counter({f"augment/{name}": 1, **answers}), made, head.meaning == "same"

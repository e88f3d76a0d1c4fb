"""The augmentations there are: those made of code, and one for every prompt under `prompts/augment/`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from generator.augment.augmenting import JUDGE, Augmenting
from generator.augment.languages import find_language
from generator.augment.rewriting import Rewriting
from generator.augment.substitution import Substitution
from generator.augment.translation import CHAIN, TEMPLATE, BackTranslation, Translation, Translator
from generator.config import RunConfig
from generator.errors import ConfigError
from generator.propose.evol_instruct import EQUAL_SCHEMA
from generator.protocols import Ask, Augmenter
from generator.settings.augment import AugmentConfig
from generator.templates import Templates

OF_CODE = ("back_translation", "substitution", "translation")
NOT_BY_ITSELF = ("translate",)  # a prompt that the methods of code ask with
BY_RULES = ("combine", "complex_instruct", "extend", "split", "substitution")  # what the embedded back end can do


def list_methods(templates: Templates) -> list[str]:
    """Return the names of all augmentations, sorted."""
    prompts = [name for name in templates.list_names("augment") if name not in NOT_BY_ITSELF]
    return sorted({*OF_CODE, *prompts})


def check_methods(config: AugmentConfig, templates: Templates, *, has_model: bool) -> None:
    """Check that all augmentations that are asked for can be made. Raises `ConfigError`."""
    known = list_methods(templates)
    for name in (*config.methods, *config.variants):
        if name not in known:
            raise ConfigError(f"there is no augmentation `{name}`. Those there are: {', '.join(known)}.")
    beyond = [name for name in config.methods if name not in BY_RULES]
    if beyond and not has_model:
        raise ConfigError(
            f"the embedded back end works by rules and cannot do {', '.join(beyond)} honestly; it can do "
            f"{', '.join(BY_RULES)}. Give the address of a model's server (--base-url)."
        )
    if "translation" in config.methods and not config.variants.get("translation"):
        raise ConfigError("translation: say into which languages, like --into fr,ja.")
    for name in ("back_translation", "translation"):
        for step in (step for variant in config.variants.get(name, ()) for step in variant.split(CHAIN)):
            find_language(step)


def make_methods(
    config: AugmentConfig, templates: Templates, ask: Ask, identify: Callable[[str], str], seed: int
) -> list[Augmenter]:
    """Build the augmentations that are asked for, in their order. Raises `ConfigError`."""
    translator = Translator(ask, identify)
    variants: Mapping[str, Sequence[str]] = config.variants
    of_code: Mapping[str, Callable[[], Augmenter]] = {
        "back_translation": lambda: BackTranslation(translator, variants.get("back_translation", ())),
        "substitution": lambda: Substitution(str(seed)),
        "translation": lambda: Translation(translator, variants.get("translation", ())),
    }
    return [
        of_code[name]() if name in of_code else _make_rewriting(name, templates, ask, variants.get(name, ()))
        for name in dict.fromkeys(config.methods)
    ]


def _make_rewriting(name: str, templates: Templates, ask: Ask, variants: Sequence[str]) -> Augmenter:
    def find_variants(language: str) -> Sequence[str]:
        return variants or templates.get(f"augment/{name}", language).head.variants

    return Rewriting(name, templates.get(f"augment/{name}", "").head, ask, find_variants)


def list_prompts(config: AugmentConfig, templates: Templates) -> list[str]:
    """Return the prompts that the augmentations ask with, the judge's among them."""
    own = [f"augment/{name}" for name in config.methods if name not in OF_CODE]
    translates = any(name in ("back_translation", "translation") for name in config.methods)
    judged = [JUDGE] if config.judge_meaning else []
    return [*own, *([TEMPLATE] if translates else []), *judged]


def make_augmenting(config: RunConfig, templates: Templates, ask: Ask, identify: Callable[[str], str]) -> Augmenting:
    """Build what makes the augmentations of a run. Raises `ConfigError`."""
    own = config.augment
    asks_judge = own.judge_meaning and config.backend.kind != "embedded"  # rules cannot judge what a text means
    return Augmenting(
        make_methods(own, templates, ask, identify, config.seed), ask, identify, seed=config.seed,
        similarity=own.similarity, judge=EQUAL_SCHEMA if asks_judge else None,
    )  # fmt: skip

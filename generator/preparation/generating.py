"""What is checked before a run makes tasks: its seeds, operators, prompts, and what it is held against."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from generator import catalog
from generator.against.digests import settle_against
from generator.config import RunConfig
from generator.config_faults import Source
from generator.errors import ConfigError
from generator.preparation.prepared import Prepared, Tell, load_templates
from generator.preparation.settling import settle_files
from generator.seats import list_rubrics
from generator.seeding import find_seed_paths, load_seeds
from generator.templates import Templates
from generator.types import Example, Operator

RULES_SPEAK = ("en", "zh")  # the embedded back end's languages


def choose_seeds(config: RunConfig) -> RunConfig:
    """Return the configuration with its seeds by absolute paths, and the digests of what it is held against.

    Raises `ConfigError` for what is not there.
    """
    config = settle_files(config)
    return settle_against(config.model_copy(update={"seeds": tuple(find_seed_paths(config.seeds))}))


def prepare_generating(config: RunConfig, source: Source, tell: Tell) -> Prepared:
    """Read and check everything that making tasks needs; `tell` is told what is odd. Raises the `InputError` family."""
    if config.recipe == "self-instruct" and config.target is None:
        raise ConfigError("self-instruct goes on until it has what you want: say how many with --target N.")
    if config.recipe == "evolve" and config.rounds == 0 and config.evolve.bootstrap == 0:
        raise ConfigError(f"{source.name('evolve.rounds')}: no round and no --bootstrap: there is nothing to do.")

    def warn(said: str) -> None:
        tell(f"warning: {said}")

    templates = load_templates(config)
    operators = find_operators(templates, config, source)
    seeds = load_seeds(config.seeds, warn, config.reading)
    check_seeds(config, seeds, source, warn)
    languages = {seed.language for seed in seeds}
    catalog.load_judging_check()(config, templates, languages, source.name("policy.rules"))
    templates.try_out_all(list_prompts(templates, config, operators), languages)
    return Prepared(config, templates, seeds, operators)


def describe_generating(prepared: Prepared) -> str:
    """Say what is worked on, and by which model."""
    return f"{len(prepared.seeds)} seed tasks, model {prepared.config.backend.model}"


def check_seeds(config: RunConfig, seeds: Sequence[Example], source: Source, warn: Callable[[str], None]) -> None:
    """Check that the seeds serve the recipe and the back end. Raises `ConfigError`."""
    evolve = config.evolve
    if config.recipe == "evolve" and 0 < evolve.bootstrap <= len(seeds):
        said = f"{source.name('evolve.bootstrap')} {evolve.bootstrap}: there are {len(seeds)} seed tasks already"
        if config.rounds == 0:
            raise ConfigError(f"{said}, and no round: there is nothing to do.")
        warn(f"{said}; nothing is added to them.")
    proposes = config.recipe == "self-instruct" or evolve.bootstrap > len(seeds)
    if proposes and config.self_instruct.form == "blocks" and not any(seed.response for seed in seeds):
        raise ConfigError(
            f"{source.name('self_instruct.form')}: the form `blocks` shows whole tasks, and no seed has a response. "
            "Give the seeds responses, or use the form `list`."
        )
    if config.backend.kind == "embedded":
        _check_seeds_for_rules(seeds, warn)


def _check_seeds_for_rules(seeds: Sequence[Example], warn: Callable[[str], None]) -> None:
    foreign = [seed.language for seed in seeds if seed.language.partition("-")[0] not in RULES_SPEAK]
    rules = "the embedded back end works by rules, in English and Chinese only"
    if foreign:
        said = f"{len(foreign)} of {len(seeds)} seed tasks are in other languages ({', '.join(sorted(set(foreign)))})"
        advice = "Give the address of a model's server (--base-url), or set `language` where it was mistaken."
        if len(foreign) == len(seeds):
            raise ConfigError(f"{rules}, and {said}. {advice}")
        warn(f"{rules}; {said} and will fail. {advice}")
    if not any(seed.response for seed in seeds):
        warn("no seed has a response: the embedded back end, which knows only what the seeds say, has little to say.")


def find_operators(templates: Templates, config: RunConfig, source: Source) -> list[Operator]:
    """Return the operators to draw from. Raises `ConfigError` for an unknown one."""
    known = templates.list_names("evolve")
    wanted = config.evolve.operators
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        where = source.name(f"evolve.operators.{unknown[0]}")
        raise ConfigError(f"{where}: there is no operator `{unknown[0]}`. Those there are: {', '.join(known)}.")
    heads = {name: templates.get(f"evolve/{name}", "").head for name in (wanted or known)}
    operators = [
        Operator(name, head.kind, wanted.get(name, head.weight), head.states_checks)
        for name, head in sorted(heads.items())
    ]
    operators = [operator for operator in operators if operator.weight > 0]
    if not operators:
        where = source.name("evolve.operators")
        raise ConfigError(f"{where}: every operator has the weight 0; there is nothing to evolve with.")
    return operators


def list_prompts(templates: Templates, config: RunConfig, operators: Iterable[Operator]) -> list[str]:
    """Return the names of all prompts that the run will use. Raises `ConfigError` for an augmentation that is not there."""
    names = ["respond/answer"]
    if config.recipe == "evolve":
        names += [f"evolve/{operator.name}" for operator in operators] + ["judge/equal"]
    if config.recipe == "self-instruct" or config.evolve.bootstrap:
        forms = [config.self_instruct.form, "classification", "output_first", "input_first"]
        names += [f"self_instruct/{form}" for form in forms]
    names += [f"critic/{rubric}" for rubric in list_rubrics(config)]
    if config.augment.methods:
        catalog.check_augmentations(config, templates)
        names += catalog.list_augmenting_prompts(config, templates)
    return names

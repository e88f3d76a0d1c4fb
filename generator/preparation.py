"""Everything that is checked and resolved before a run spends anything: seeds, prompts, operators, back ends."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from generator import catalog
from generator.config import BackendConfig, RunConfig
from generator.errors import ConfigError
from generator.places import find_shipped
from generator.seed_files.read import read_seeds
from generator.templates import Templates
from generator.types import Example, Operator


@dataclass(frozen=True)
class Prepared:
    """What a run starts from."""

    config: RunConfig
    seeds: Sequence[Example]
    templates: Templates
    operators: Sequence[Operator]


def choose_backend(config: BackendConfig) -> tuple[BackendConfig, str]:
    """Resolve `auto`; return the configuration and one line that says which back end and why."""
    if config.kind != "auto":
        return config, f"back end: {config.kind} (as asked)"
    reasons = [
        (bool(config.base_url), "--base-url is given"),
        (bool(os.environ.get("OPENAI_BASE_URL")), "OPENAI_BASE_URL is set"),
        (bool(os.environ.get("OPENAI_API_KEY")), "OPENAI_API_KEY is set"),
    ]
    for holds, reason in reasons:
        if holds:
            return config.model_copy(update={"kind": "openai"}), f"back end: openai ({reason})"
    reason = "no --base-url, OPENAI_BASE_URL or OPENAI_API_KEY: rules instead of a model"
    return config.model_copy(update={"kind": "embedded"}), f"back end: embedded ({reason})"


async def choose_model(config: BackendConfig) -> BackendConfig:
    """Fill in the model where none is named: the rules' own, the server's first, or OpenAI's small one.

    Raises `ConfigError` for a bad address or a missing key, `BackendSetupError` where nothing answers.
    """
    backend = catalog.make_backend(config, connections=1)
    try:
        return config.model_copy(update={"model": config.model or await backend.find_model()})
    finally:
        await backend.close()


def resolve_critic(critic: BackendConfig, backend: BackendConfig) -> BackendConfig:
    """Return the critic's back end: the generator's, but for what was set for the critic itself."""
    if critic.kind == "auto" and critic.base_url is None:
        return backend.model_copy(update={"model": critic.model or backend.model})
    resolved, _ = choose_backend(critic)
    return resolved


def load_seeds(paths: Sequence[str]) -> list[Example]:
    """Read the seeds as members of the pool, each with its language; exact duplicates once. Raises `SeedError`."""
    seeds = read_seeds([Path(path) for path in paths])
    identify = catalog.load_language_identifier()
    examples: dict[str, Example] = {}
    for seed in seeds:
        language = seed.language or identify(f"{seed.instruction}\n{seed.input}"[:2000])
        example = seed.model_copy(update={"language": language}).to_example()
        examples.setdefault(example.id, example)
    return list(examples.values())


def find_seed_paths(given: Sequence[str]) -> list[str]:
    """Return the seeds to read: those given, else `./seeds`, else the seeds that ship; absolute paths."""
    if given:
        return [str(Path(path).absolute()) for path in given]
    here = Path("seeds")
    return [str((here if here.is_dir() else find_shipped("seeds")).absolute())]


def prepare(config: RunConfig) -> Prepared:
    """Read and check everything that the run needs. Raises the `InputError` family; nothing is spent."""
    if config.recipe == "evolve" and config.evolve.rounds + config.evolve.bootstrap == 0:
        raise ConfigError("--rounds 0 without --bootstrap asks for nothing.")
    if config.recipe == "self-instruct" and config.target is None:
        raise ConfigError("self-instruct goes on until it has what you want: say how many with --target N.")
    seeds = load_seeds(config.seeds)
    overlay = Path(config.prompts) if config.prompts else None
    templates = Templates(find_shipped("prompts"), overlay)
    operators = find_operators(templates, config)
    check_prompts(templates, config, operators, {seed.language for seed in seeds})
    return Prepared(config, seeds, templates, operators)


def find_operators(templates: Templates, config: RunConfig) -> list[Operator]:
    """Return the operators to draw from. Raises `ConfigError` for an unknown one."""
    known = templates.list_names("evolve")
    wanted = config.evolve.operators
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        raise ConfigError(f"No operator `{unknown[0]}`. Those there are: {', '.join(known)}.")
    heads = {name: templates.get(f"evolve/{name}", "").head for name in (wanted or known)}
    operators = [Operator(name, head.kind, wanted.get(name, head.weight)) for name, head in sorted(heads.items())]
    operators = [operator for operator in operators if operator.weight > 0]
    if not operators:
        raise ConfigError("Every operator has the weight 0: there is nothing to evolve with.")
    return operators


def check_prompts(
    templates: Templates, config: RunConfig, operators: Iterable[Operator], languages: Iterable[str]
) -> None:
    """Load and try out every prompt that the run will use. Raises `TemplateError`."""
    names = ["respond/answer"]
    if config.recipe == "evolve":
        names += [f"evolve/{operator.name}" for operator in operators] + ["judge/equal"]
    if config.recipe == "self-instruct" or config.evolve.bootstrap:
        forms = [config.self_instruct.form, "classification", "output_first", "input_first"]
        names += [f"self_instruct/{form}" for form in forms]
    if config.policy.critic:
        names.append("critic/overall")
    for language in sorted(languages):
        for name in names:
            templates.try_out(name, language)

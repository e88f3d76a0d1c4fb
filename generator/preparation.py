"""Everything that is checked and resolved before a run spends anything: seeds, prompts, operators, back ends."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from generator import catalog
from generator.against.digests import settle_against
from generator.config import RunConfig
from generator.config_faults import Source
from generator.errors import BackendSetupError, ConfigError, RetryableError
from generator.judging.seats import JUDGING, list_rubrics
from generator.places import find_shipped
from generator.places import shorten_path as shorten_path
from generator.seeding import load_seeds
from generator.settings.backend import BackendConfig, check_address
from generator.settings.critic import CriticConfig, JurorConfig, take_backend
from generator.settling import settle_files
from generator.templates import Templates
from generator.types import Example, Operator

ADDRESS_VARIABLE = "OPENAI_BASE_URL"
RULES_SPEAK = ("en", "zh")  # the embedded back end's languages
_MODEL_WAITS_S = (0.2, 0.5, 0.0)  # a connection that breaks off once is no reason not to begin
JudgeConfig = TypeVar("JudgeConfig", CriticConfig, JurorConfig)


@dataclass(frozen=True)
class Prepared:
    """What a run starts from."""

    config: RunConfig
    seeds: Sequence[Example]
    templates: Templates
    operators: Sequence[Operator]
    records: Callable[[], Iterator[Example]] | None = None  # what `judge` judges, from the first on, and how many
    count: int = 0


def choose_backends(config: RunConfig) -> tuple[RunConfig, str]:
    """Resolve `auto`, for generator and critic; also return one line that says which back end and why. Calls nobody.

    Raises `ConfigError` for a back end that is not there, a bad address or a missing key.
    """
    backend, reason = _choose_backend(config.backend)
    critic = _choose_critic(config.critic, backend) if config.policy.critic else config.critic
    jury = tuple(_choose_critic(juror, take_backend(critic)) for juror in config.jury)
    for one in (backend, critic, *jury) if config.policy.critic else (backend,):
        if one.kind not in catalog.BACKENDS:
            known = ", ".join(["auto", *catalog.BACKENDS])
            raise ConfigError(f"--backend {one.kind}: not in this version. Those there are: {known}.")
        catalog.make_backend(one, connections=1)  # looks at address and key; it connects on its first call
    chosen = config.model_copy(update={"backend": backend, "critic": critic, "jury": jury})
    return chosen, f"back end: {backend.kind} ({reason})"


def _choose_backend(config: BackendConfig) -> tuple[BackendConfig, str]:
    reasons = [
        (bool(config.base_url), "--base-url is given"),
        (bool(os.environ.get(ADDRESS_VARIABLE)), f"{ADDRESS_VARIABLE} is set"),
        (bool(os.environ.get(config.api_key_env)), f"{config.api_key_env} is set"),
    ]
    if config.kind != "auto":
        return _fill_address(config), "as asked"
    for holds, reason in reasons:
        if holds:
            return _fill_address(config.model_copy(update={"kind": "openai"})), reason
    reason = f"no --base-url, {ADDRESS_VARIABLE} or {config.api_key_env}: rules instead of a model"
    return config.model_copy(update={"kind": "embedded"}), reason


def _fill_address(config: BackendConfig) -> BackendConfig:
    """Return the configuration with the environment's address where it has none, so that the saved one is whole.

    So is the path to a folder that holds a model.
    """
    if config.runs_engine and config.model and (folder := Path(config.model).expanduser()).is_dir():
        return config.model_copy(update={"model": str(folder.absolute())})
    address = os.environ.get(ADDRESS_VARIABLE, "").strip()
    if config.kind != "openai" or config.base_url or not address:
        return config
    try:
        return config.model_copy(update={"base_url": check_address(address)})
    except ValueError as error:
        raise ConfigError(f"{ADDRESS_VARIABLE} {address}: {error}.") from error


def _choose_critic(critic: JudgeConfig, backend: BackendConfig) -> JudgeConfig:
    """Return the critic with its back end: the generator's, but for what was set for the critic itself."""
    names = BackendConfig.model_fields.keys()
    own = {name: getattr(critic, name) for name in critic.model_fields_set & names if name != "kind"}
    own = {name: value for name, value in own.items() if value is not None}
    if critic.kind in ("auto", backend.kind) and "base_url" not in own:
        chosen = backend.model_copy(update=own)
    else:
        chosen = _choose_backend(take_backend(critic))[0]
    return critic.model_copy(update={name: getattr(chosen, name) for name in names})


async def choose_models(config: RunConfig) -> RunConfig:
    """Fill in the models where none is named: the rules' own, the server's first, or OpenAI's small one.

    Raises `BackendSetupError` where nothing answers at the address.
    """
    if config.recipe in JUDGING and config.critic.model is not None:
        backend = config.backend  # nobody asks it
    else:
        backend = await _choose_model(config.backend)
    critic, jury = config.critic, list(config.jury)
    if config.policy.critic:
        critic = await _follow_model(critic, backend)
        jury = [await _follow_model(juror, critic) for juror in jury]
    return config.model_copy(update={"backend": backend, "critic": critic, "jury": tuple(jury)})


async def _follow_model(critic: JudgeConfig, backend: BackendConfig) -> JudgeConfig:
    """Return the critic with a model: its own, or the generator's where both are with the same server."""
    if critic.model is not None:
        return critic
    same_server = (critic.kind, critic.base_url) == (backend.kind, backend.base_url)
    model = backend.model if same_server else (await _choose_model(take_backend(critic))).model
    return critic.model_copy(update={"model": model})


async def _choose_model(config: BackendConfig) -> BackendConfig:
    if config.model:
        return config
    backend = catalog.make_backend(config, connections=1)
    try:
        for wait_s in _MODEL_WAITS_S:
            try:
                return config.model_copy(update={"model": await backend.find_model()})
            except RetryableError as error:
                fault = error
                await asyncio.sleep(wait_s)
    finally:
        await backend.close()
    where = config.base_url or config.kind  # it may work later, but nothing has begun that could wait for it
    raise BackendSetupError(f"nothing answers at {where} ({fault}). Is the server up? Check --base-url.") from fault


def choose_places(config: RunConfig) -> RunConfig:
    """Fill in the seeds where none are named, and make all paths absolute, so that the saved ones hold anywhere.

    What the run is held against, and what its critic is given, is read for its digests. Raises `ConfigError` for what
    is not there.
    """
    settled = settle_files(config)
    return settle_against(settled.model_copy(update={"seeds": tuple(find_seed_paths(config.seeds))}))


def find_seed_paths(given: Sequence[str]) -> list[str]:
    """Return the seeds to read: those given, else `./seeds`, else the seeds that ship; absolute paths."""
    if given:
        return [str(Path(path).absolute()) for path in given]
    here = Path("seeds")
    return [str((here if here.is_dir() else find_shipped("seeds")).absolute())]


def prepare(config: RunConfig, source: Source | None = None, warn: Callable[[str], None] | None = None) -> Prepared:
    """Read and check everything that the run needs; `warn` is told what is odd. Raises the `InputError` family."""
    source = source or Source()
    if config.recipe == "self-instruct" and config.target is None:
        raise ConfigError("self-instruct goes on until it has what you want: say how many with --target N.")
    if config.recipe == "evolve" and config.rounds == 0 and config.evolve.bootstrap == 0:
        raise ConfigError(f"{source.name('evolve.rounds')}: no round and no --bootstrap: there is nothing to do.")
    templates = load_templates(config)
    operators = find_operators(templates, config, source)
    seeds = load_seeds(config.seeds, warn, config.reading)
    check_seeds(config, seeds, source, warn)
    languages = {seed.language for seed in seeds}
    catalog.load_judging_check()(config, templates, languages, source.name("policy.rules"))
    check_prompts(templates, config, operators, languages)
    return Prepared(config, seeds, templates, operators)


def load_templates(config: RunConfig) -> Templates:
    """Return the prompts of the run, those of its overlay tried out. Raises `ConfigError`, `TemplateError`."""
    templates = Templates(find_shipped("prompts"), shorten_path(config.prompts) if config.prompts else None)
    templates.check_overlay()
    return templates


def check_seeds(
    config: RunConfig, seeds: Sequence[Example], source: Source, warn: Callable[[str], None] | None
) -> None:
    """Check that the seeds serve the recipe and the back end. Raises `ConfigError`."""
    evolve, warn = config.evolve, warn or (lambda _: None)
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
    names += [f"critic/{rubric}" for rubric in list_rubrics(config)]
    if config.augment.methods:
        catalog.check_augmentations(config, templates)
        names += catalog.list_augmenting_prompts(config, templates)
    for language in sorted(languages):
        for name in names:
            templates.try_out(name, language)

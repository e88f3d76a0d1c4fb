"""The only file that names concrete classes: plain tables from names to where a thing is defined.

An entry is loaded when it is used, so that `--help` pays for none of them and an extra is missed only by who asks for it.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from evaluators.embedding.choice import THRESHOLDS, choose_embedder
from generator.config import RunConfig
from generator.policy import Policy
from generator.pool import Pool, Reference, SharedPool
from generator.propose.operators import OperatorDraw
from generator.protocols import Ask, BatchFilter, Critic, Embedder, Filter, ModelSource, Proposer, Screen, Verifier
from generator.settings.backend import BackendConfig
from generator.settings.novelty import NoveltyConfig
from generator.templates import Templates
from generator.types import Example, Operator, join_task

BACKENDS: Mapping[str, str] = {
    "embedded": "generator.backends.embedded.backend:EmbeddedBackend",
    "openai": "generator.backends.openai:OpenAIBackend",
    "vllm": "generator.backends.vllm:VLLMBackend",
}
VLLM_SERVER = "generator.backends.vllm_server:make_vllm_server"  # `vllm` with an address
FILTERS: Mapping[str, str] = {
    "rouge_l": "evaluators.novelty.rouge_l:RougeLFilter",
    "minhash": "evaluators.novelty.minhash:MinHashFilter",
}
EXACT_FILTER = "evaluators.novelty.exact:ExactFilter"
SEMANTIC_FILTER = "evaluators.novelty.semantic:SemanticFilter"
EMBEDDERS: Mapping[str, str] = {
    "minilm": "evaluators.embedding.minilm:MiniLMEmbedder",
    "tfidf": "evaluators.embedding.tfidf:TfidfEmbedder",
    "server": "evaluators.embedding.server:ServerEmbedder",
}
VECTOR_STORE = "evaluators.embedding.store:VectorStore"
CRITICS: Mapping[str, str] = {
    "rubrics": "generator.judging.bench:make_critic",
    "prescreen": "evaluators.critic.cheap:Prescreen",
}
POLICIES: Mapping[str, str] = {"rules": "generator.judging.bench:make_policy"}
VERIFIERS: Mapping[str, str] = {"code": "evaluators.verifiers.verify:CodeVerifier"}
PROPOSERS: Mapping[str, str] = {
    "evolve": "generator.propose.evol_instruct:EvolInstruct",
    "self-instruct": "generator.propose.self_instruct:SelfInstruct",
}
EXPORTERS: Mapping[str, str] = {
    "alpaca": "generator.export.alpaca:ALPACA",
    "sharegpt": "generator.export.sharegpt:SHAREGPT",
    "openai": "generator.export.openai:OPENAI",
    "chatml": "generator.export.chatml:CHATML",
    "prompt_completion": "generator.export.prompt_completion:PROMPT_COMPLETION",
    "trl_sft": "generator.export.trl_sft:TRL_SFT",
    "trl_dpo": "generator.export.trl_dpo:TRL_DPO",
    "trl_orpo": "generator.export.trl_orpo:TRL_ORPO",
    "trl_kto": "generator.export.trl_kto:TRL_KTO",
    "trl_grpo": "generator.export.trl_grpo:TRL_GRPO",
    "llama_factory": "generator.export.llama_factory:LLAMA_FACTORY",
    "llama_factory_dpo": "generator.export.llama_factory_dpo:LLAMA_FACTORY_DPO",
    "axolotl": "generator.export.axolotl:AXOLOTL",
    "label_studio": "generator.export.label_studio:LABEL_STUDIO",
    "argilla": "generator.export.argilla:ARGILLA",
    "csv": "generator.export.csv:CSV",
    "tsv": "generator.export.tsv:TSV",
    "jsonl": "generator.export.jsonl:JSONL",
    "parquet": "generator.export.parquet:PARQUET",
    "huggingface": "generator.export.huggingface:HUGGINGFACE",
    "huggingface_jsonl": "generator.export.huggingface_jsonl:HUGGINGFACE_JSONL",
}
AUGMENTING = "generator.augment.methods:make_augmenting"
AGAINST = "generator.against.opening:open_against"
BANDS = "evaluators.novelty.bands:describe_bands"
INDEXES = "generator.against.opening:build_indexes"
DECONTAMINATION = "generator.against.decontamination:carry_out"
SHARED = "generator.against.shared:open_shared"
SCREEN = "generator.against.opening:open_screen"
SCREENS = "generator.against.opening:open_screens"
LANGUAGE_IDENTIFIER = "evaluators.language:identify_language"
PII_FINDER = "evaluators.hygiene.pii:list_pii"


def load(reference: str) -> Any:
    """Return what `module:name` names."""
    return pkgutil.resolve_name(reference)


def make_backend(config: BackendConfig, connections: int) -> ModelSource:
    """Build a bare back end. Raises `ConfigError` for a bad address, a missing key or vLLM, or options that nobody takes."""
    config.check_options()
    if config.kind == "embedded":
        rules: ModelSource = load(BACKENDS["embedded"])()
        return rules
    if config.runs_engine:
        engine: ModelSource = load(BACKENDS["vllm"])(
            model=config.model, connections=connections, options=config.options
        )
        return engine
    server: ModelSource = load(VLLM_SERVER if config.kind == "vllm" else BACKENDS["openai"])(
        base_url=config.base_url, api_key_env=config.api_key_env, timeout_s=config.timeout_s, connections=connections
    )
    return server


def make_filter(name: str, novelty: NoveltyConfig) -> Filter:
    """Build a quick novelty filter: `exact`, `rouge_l` or `minhash`."""
    if name == "exact":
        one: Filter = load(EXACT_FILTER)()
    elif name == "rouge_l":
        one = load(FILTERS[name])(threshold=novelty.rouge_l, scheme=novelty.tokens)
    else:
        one = load(FILTERS[name])(threshold=novelty.minhash, recall=novelty.minhash_recall)
    return one


def make_embedder(
    kind: str, *, fit_texts: Sequence[str] = (), model: str | None = None, base_url: str | None = None,
    key_variable: str = "OPENAI_API_KEY", store: Path | None = None,
) -> Embedder:  # fmt: skip
    """Build an embedder: `minilm`; `tfidf`, fitted on `fit_texts`; or `server`, whose vectors are kept in `store`.

    Raises `ConfigError` where an extra, a key or the model is missing, and `BackendError` where a server does not answer.
    """
    make = load(EMBEDDERS[kind])
    if kind == "minilm":
        embedder: Embedder = make()
    elif kind == "tfidf":
        embedder = make(fit_texts)
    else:
        kept = load(VECTOR_STORE)(store) if store is not None else None
        embedder = make(model, base_url, key_variable=key_variable, store=kept)
    return embedder


def make_semantic_filter(
    novelty: NoveltyConfig, languages: Collection[str], texts: Sequence[str], store: Path | None
) -> BatchFilter:
    """Build the semantic filter for texts in these languages; `texts` are there to be fitted on. Raises as above."""
    kind = choose_embedder(languages, novelty.embedder, has_server=novelty.embedder_base_url is not None)
    embedder = make_embedder(
        kind, fit_texts=texts, model=novelty.embedder_model, base_url=novelty.embedder_base_url,
        key_variable=novelty.embedder_api_key_env, store=store,
    )  # fmt: skip
    threshold = THRESHOLDS[kind] if novelty.semantic is None else novelty.semantic
    one: BatchFilter = load(SEMANTIC_FILTER)(embedder, threshold)
    return one


def make_pool(
    config: RunConfig, seeds: Sequence[Example] = (), store: Path | None = None, folder: Path | None = None
) -> Pool:
    """Build the pool with its novelty filters, the semantic one where it is asked for.

    Its embedder is chosen by the languages of the seeds and fitted on them: on what is there before the run begins, so
    that no vector depends on when it is made. `store` is the file that keeps vectors of a server,
    `folder` the run's, which keeps what a shared pool answers.
    """
    novelty = config.novelty
    compares_input = novelty.text == "instruction+input"
    quick = [make_filter("rouge_l", novelty), make_filter("minhash", novelty)]
    slow: list[Filter] = []
    if novelty.semantic is not None:
        texts = [join_task(seed) if compares_input else seed.instruction for seed in seeds]
        semantic = make_semantic_filter(novelty, {seed.language for seed in seeds}, texts, store)
        semantic.prepare_many(texts)  # a server is asked for them in batches, and keeps them
        slow.append(semantic)
    reference: Reference | None = load(AGAINST)(config)
    shared: SharedPool | None = load(SHARED)(config, folder)
    return Pool(quick, lambda: make_filter("rouge_l", novelty), reference, slow, shared, compares_input)


def describe_recall(novelty: NoveltyConfig) -> str:
    """Return in words how many near-duplicates MinHash is expected to find."""
    said: str = load(BANDS)(novelty.minhash, novelty.minhash_recall)
    return said


def build_indexes(config: RunConfig, tell: Callable[[str, int], None]) -> None:
    """Build the indexes of what candidates must differ from; `tell` is told how many records of which are done."""
    load(INDEXES)(config, tell)


def make_screens(config: RunConfig) -> list[Screen]:
    """Build what rejects by earlier sets and by benchmarks, for work without a pool."""
    screens: list[Screen] = load(SCREENS)(config)
    return screens


def make_screen(config: RunConfig) -> Screen | None:
    """Build the screen against benchmarks; None where there are none."""
    screen: Screen | None = load(SCREEN)(config)
    return screen


def make_critic(config: RunConfig, templates: Templates, find_ask: Callable[[BackendConfig], Ask]) -> Critic:
    """Build the critic, or the jury; `find_ask` gives what asks a back end. Raises the `InputError` family."""
    critic: Critic = load(CRITICS["rubrics"])(config, templates, find_ask)
    if config.critic.prescreen is None:
        return critic
    scorer = load("evaluators.critic.cheap:load_scorer")(Path(config.critic.prescreen))
    embedder = make_embedder(scorer.embedder, fit_texts=scorer.fit_texts)
    first: Critic = load(CRITICS["prescreen"])(critic, scorer, embedder, below=config.critic.prescreen_below)
    return first


def make_policy(config: RunConfig, templates: Templates) -> Policy:
    """Build the policy. Raises the `InputError` family."""
    policy: Policy = load(POLICIES["rules"])(config, templates)
    return policy


def list_critic_columns(config: RunConfig, templates: Templates) -> list[str]:
    """Return the columns that the critic may fill. Raises the `InputError` family."""
    names: list[str] = load("generator.judging.bench:list_critic_columns")(config, templates)
    return names


def load_judging_check() -> Callable[..., None]:
    """Return the function that checks rubrics, jury, policy and the critic's gate before anything is spent."""
    return _check_judging


def _check_judging(config: RunConfig, templates: Templates, *more: Any) -> None:
    load("generator.judging.bench:check_judging")(config, templates, *more)
    if config.calibration.labels is not None:
        load_calibration("gate:check_gate")(config, templates)


def make_verifier() -> Verifier:
    """Build the verifier."""
    verifier: Verifier = load(VERIFIERS["code"])()
    return verifier


def make_twin_filter() -> Filter:
    """Build the filter that finds near duplicates among seeds: ROUGE-L, as a run with its defaults has it."""
    return make_filter("rouge_l", NoveltyConfig())


def load_pii_finder() -> Callable[[str], Sequence[tuple[str, int, int, bool]]]:
    """Return the function from a text to its personal data: kind, start, end, whether it is reserved for examples."""
    find: Callable[[str], Sequence[tuple[str, int, int, bool]]] = load(PII_FINDER)
    return find


def load_language_identifier() -> Callable[[str], str]:
    """Return the function from a text to its ISO 639-1 code."""
    identify: Callable[[str], str] = load(LANGUAGE_IDENTIFIER)
    return identify


def make_evol_instruct(
    config: RunConfig, ask: Ask, lanes: Sequence[Example], operators: Sequence[Operator]
) -> Proposer:
    """Build the proposer of Evol-Instruct."""
    adapts = config.target is not None and not config.evolve.operators  # weights that were given are kept
    draw = OperatorDraw(operators, seed=config.seed, width=len(lanes), adapts=adapts)
    make = load(PROPOSERS["evolve"])
    proposer: Proposer = make(lanes, draw, ask, seed=config.seed, judge_equal=config.evolve.judge_equal)
    return proposer


def make_self_instruct(config: RunConfig, ask: Ask, pool: Pool) -> Proposer:
    """Build the proposer of Self-Instruct."""
    proposer: Proposer = load(PROPOSERS["self-instruct"])(pool, config.self_instruct, ask, seed=config.seed)
    return proposer


def make_augmenting(config: RunConfig, templates: Templates, ask: Ask) -> Any:
    """Build what makes augmentations (`generator/augment/augmenting.py`). Raises `ConfigError`."""
    return load(AUGMENTING)(config, templates, ask, load_language_identifier())


def load_distillation(name: str) -> Any:
    """Return a part of what distils scorers, by name."""
    return load(f"generator.distillation.distill:{name}")


def load_calibration(name: str) -> Any:
    """Return a part of the calibration of critics, by `module:name`."""
    return load(f"generator.calibration.{name}")


def check_augmentations(config: RunConfig, templates: Templates) -> None:
    """Check that the augmentations that are asked for can be made. Raises `ConfigError`."""
    check = load("generator.augment.methods:check_methods")
    check(config.augment, templates, has_model=config.backend.kind != "embedded")


def list_augmenting_prompts(config: RunConfig, templates: Templates) -> list[str]:
    """Return the prompts that the augmentations ask with."""
    names: list[str] = load("generator.augment.methods:list_prompts")(config.augment, templates)
    return names


def count_augmenting_calls(config: RunConfig, templates: Templates) -> tuple[Mapping[str, float], float]:
    """Return the expected calls for augmenting one record by template, and how many new records come of it."""
    counted: tuple[Mapping[str, float], float] = load("generator.augment.expected_calls:count_calls")(
        config.augment, templates
    )
    return counted

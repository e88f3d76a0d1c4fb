"""The only file that names concrete classes: plain tables from names to where a thing is defined.

An entry is loaded when it is used, so that `--help` pays for none of them and an extra is missed only by who asks for it.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from generator.config import RunConfig
from generator.errors import ConfigError
from generator.pool import Pool
from generator.propose.operators import OperatorDraw
from generator.protocols import Ask, Critic, Filter, ModelSource, Proposer, Verifier
from generator.settings.backend import BackendConfig
from generator.types import Example, Operator

BACKENDS: Mapping[str, str] = {
    "embedded": "generator.backends.embedded.backend:EmbeddedBackend",
    "openai": "generator.backends.openai:OpenAIBackend",
    "vllm": "generator.backends.vllm:VLLMBackend",
}
FILTERS: Mapping[str, str] = {
    "rouge_l": "evaluators.novelty.rouge_l:RougeLFilter",
    "minhash": "evaluators.novelty.minhash:MinHashFilter",
}
CRITICS: Mapping[str, str] = {"overall": "evaluators.critic:PointwiseCritic"}
VERIFIERS: Mapping[str, str] = {"code": "evaluators.verifiers.verify:CodeVerifier"}
PROPOSERS: Mapping[str, str] = {
    "evolve": "generator.propose.evol_instruct:EvolInstruct",
    "self-instruct": "generator.propose.self_instruct:SelfInstruct",
}
LANGUAGE_IDENTIFIER = "evaluators.language:identify_language"


def load(reference: str) -> Any:
    """Return what `module:name` names."""
    return pkgutil.resolve_name(reference)


def make_backend(config: BackendConfig, connections: int) -> ModelSource:
    """Build a bare back end. Raises `ConfigError` for a bad address, a missing key, or a missing vLLM."""
    kind = (
        "openai" if config.kind == "vllm" and config.base_url else config.kind
    )  # a vLLM server speaks OpenAI's protocol
    make = load(BACKENDS[kind])
    if kind == "embedded":
        backend: ModelSource = make()
    elif kind == "vllm":
        if not config.model:
            raise ConfigError("--backend vllm: give --model DIR_OR_NAME for the engine in this process, or --base-url.")
        backend = make(model=config.model, connections=connections)
    else:
        backend = make(
            base_url=config.base_url, api_key_env=config.api_key_env, timeout_s=config.timeout_s,
            connections=connections,
        )  # fmt: skip
    return backend


def make_pool(config: RunConfig) -> Pool:
    """Build the pool with its novelty filters."""
    novelty = config.novelty

    def make_rouge_l() -> Filter:
        filter_: Filter = load(FILTERS["rouge_l"])(threshold=novelty.rouge_l, scheme=novelty.tokens)
        return filter_

    return Pool([make_rouge_l(), load(FILTERS["minhash"])(threshold=novelty.minhash)], make_rouge_l)


def make_critic(ask: Ask) -> Critic:
    """Build the critic."""
    critic: Critic = load(CRITICS["overall"])(ask)
    return critic


def make_verifier() -> Verifier:
    """Build the verifier."""
    verifier: Verifier = load(VERIFIERS["code"])()
    return verifier


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

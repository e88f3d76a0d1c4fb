"""One TOML file and the flags make one `RunConfig`; the resolved one is saved with the run, and runs the same again.

Three kinds of settings: those that say what the data set *is* (recipe, models, operators, thresholds, the run's seed: a
run folder belongs to one of them), those that say how far it goes (rounds, target, bootstrap), and operational ones
(address, time-outs, concurrency, limits). The last two may change from call to call of the same run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)  # fmt: skip
from pydantic.fields import FieldInfo

from generator.config_faults import Source, explain_fault
from generator.errors import ConfigError
from generator.types import make_digest

DEFAULT_RUNS_DIR = "runs"
DEFAULT_ROUNDS = 4  # Evol-Instruct, section 4.1: M = 4
CANDIDATES_A_RECORD = 20  # a yield below 5% is no yield to go on with
LEAST_CANDIDATES = 500
BackendKind = Literal["auto", "embedded", "openai", "vllm"]
_SECTION = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

Text = Annotated[str, StringConstraints(min_length=1, pattern=r"^[^\x00]*$")]
Weight = Annotated[float, Field(ge=0)]


def check_address(url: str) -> str:
    """Return the address of a server as it was given. Raises `ValueError` where it is none."""
    example = "it looks like http://127.0.0.1:8000/v1"
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError as error:  # an impossible port or a broken IPv6 address
        raise ValueError(f"not an address ({error}); {example}") from error
    if not sound or re.search(r"\s", url):
        raise ValueError(f"not an address; {example}")
    if parts.username is not None or parts.password is not None:
        raise ValueError("an address must hold no user name or password; a key comes from the environment")
    return url


Address = Annotated[Text, AfterValidator(check_address)]


class BackendConfig(BaseModel):
    """A back end and how to reach it. Keys never stand here: they come from the environment (`api_key_env`)."""

    model_config = _SECTION

    kind: BackendKind = Field(
        default="auto", description="what answers; `auto` is `openai` where an address or a key is set, else `embedded`"
    )
    model: Text | None = Field(
        default=None, description="the model; unset: the server's first, or a small one of OpenAI's"
    )
    base_url: Address | None = Field(
        default=None, description="address of an OpenAI-compatible server; unset: `OPENAI_BASE_URL`, else OpenAI's own"
    )
    api_key_env: str = Field(
        default="OPENAI_API_KEY", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="name of the environment variable that holds the key (never the key itself)",
    )  # fmt: skip
    timeout_s: float = Field(default=120.0, gt=0, description="seconds that one call may take")
    give_up_s: float = Field(
        default=120.0, ge=0, description="seconds without any answer at all after which the back end counts as gone"
    )


class EvolveConfig(BaseModel):
    """Evol-Instruct."""

    model_config = _SECTION

    rounds: int | None = Field(
        default=None, ge=0, description="rounds of evolution; unset: 4, or with a target as many as it takes"
    )
    bootstrap: int = Field(
        default=0, ge=0, description="Self-Instruct first grows the pool, seeds included, to this many tasks"
    )
    operators: dict[str, Weight] = Field(
        default_factory=dict,
        description="operators to draw from, name = weight; empty: all there are, as weighted in their heads",
    )
    judge_equal: bool = Field(default=True, description="drop what a judge finds equal to its parent (one call each)")


class SelfInstructConfig(BaseModel):
    """Self-Instruct."""

    model_config = _SECTION

    form: Literal["list", "blocks"] = Field(
        default="list", description="`list`: instructions first, then their instances; `blocks`: whole tasks (Alpaca)"
    )
    demonstrations: int = Field(default=8, ge=1, description="tasks shown in a prompt of the form `list`")
    machine_demonstrations: int = Field(default=2, ge=0, description="how many of them, at most, a machine made")
    items: int = Field(default=8, ge=1, description="new tasks asked for in a prompt of the form `list`")
    lag: int = Field(default=16, ge=1, description="a prompt draws on the pool as it was that many prompts earlier")
    blocks_demonstrations: int = Field(default=3, ge=1, description="tasks shown in a prompt of the form `blocks`")
    blocks_items: int = Field(default=20, ge=1, description="new tasks asked for in a prompt of the form `blocks`")

    @field_validator("machine_demonstrations")
    @classmethod
    def _check_share(cls, count: int, info: ValidationInfo) -> int:
        if count > info.data.get("demonstrations", count):
            raise ValueError("must not be more than `self_instruct.demonstrations`")
        return count


class NoveltyConfig(BaseModel):
    """Candidates more alike than this to anything in the pool are rejected."""

    model_config = _SECTION

    # Self-Instruct, section 2.3: ROUGE-L F1 above 0.7
    rouge_l: float = Field(default=0.7, ge=0, le=1, description="highest ROUGE-L similarity that is still novel")
    minhash: float = Field(
        default=0.7, ge=0, le=1, description="highest Jaccard similarity (word 3-grams, character 5-grams) still novel"
    )
    tokens: Literal["multilingual", "rouge_score"] = Field(
        default="multilingual", description="how ROUGE-L cuts words; `rouge_score` knows only a to z and digits"
    )


class PolicyConfig(BaseModel):
    """What turns a verdict into accept or reject."""

    model_config = _SECTION

    critic: bool = Field(default=True, description="let a critic judge every record")
    # the threshold in common use for composite scores on 1-10 rubrics
    critic_overall: float = Field(
        default=7.0, ge=0, le=10, description="overall score, 1 to 10, that a record must reach"
    )


class LimitsConfig(BaseModel):
    """Hard limits: the run stops before the call that would exceed one. What earlier calls of the run took counts."""

    model_config = _SECTION

    max_calls: int | None = Field(default=None, ge=1, description="calls answered, over the whole life of the run")
    max_tokens_total: int | None = Field(default=None, ge=1, description="prompt and completion tokens together")
    max_cost_usd: float | None = Field(default=None, gt=0, description="US dollars, by the table of prices")


class RunConfig(BaseModel):
    """Everything a run is made from."""

    model_config = _SECTION

    recipe: Literal["evolve", "self-instruct"] = Field(default="evolve", description="the command that the file is for")
    seeds: tuple[Text, ...] = Field(
        default=(), strict=False, description="seed files or folders; none: `./seeds`, else the seeds that ship"
    )
    run: Text | None = Field(default=None, description="the run's name; unset: derived from what the data set is")
    runs_dir: Text = Field(default=DEFAULT_RUNS_DIR, description="the folder that runs lie in")
    prompts: Text | None = Field(default=None, description="a folder of prompts, laid over those that ship")
    seed: int = Field(default=0, description="seed of all random draws")
    target: int | None = Field(default=None, ge=1, description="stop at exactly this many accepted records")
    max_candidates: int | None = Field(
        default=None, ge=1, description="stop after this many candidates, accepted or not"
    )
    concurrency: int = Field(default=32, ge=1, description="calls in flight at most")
    prices: Text | None = Field(default=None, description="a TOML table of prices, laid over the one that ships")
    backend: BackendConfig = BackendConfig()
    critic: BackendConfig = BackendConfig()
    evolve: EvolveConfig = EvolveConfig()
    self_instruct: SelfInstructConfig = SelfInstructConfig()
    novelty: NoveltyConfig = NoveltyConfig()
    policy: PolicyConfig = PolicyConfig()
    limits: LimitsConfig = LimitsConfig()

    @property
    def rounds(self) -> int | None:
        """Rounds of evolution; None for as many as the target takes."""
        if self.evolve.rounds is None and self.target is None:
            return DEFAULT_ROUNDS
        return self.evolve.rounds

    @property
    def candidate_cap(self) -> int | None:
        """Candidates after which the run stops: as set, else so many for each record of the target."""
        if self.max_candidates is None and self.target is not None:
            return max(LEAST_CANDIDATES, CANDIDATES_A_RECORD * self.target)
        return self.max_candidates

    def describe_identity(self) -> dict[str, Any]:
        """Return, flat, the settings that say what the data set is; two runs with other values are other runs."""
        return {key: value for key, value in list_leaves(self.model_dump(mode="json")) if not _is_free(key)}

    def derive_name(self) -> str:
        """Return the default name of the run: the recipe and a digest of the identity and of where the seeds lie."""
        sources = [str(Path(source)) for source in self.seeds]
        return f"{self.recipe}-{make_digest(self.describe_identity(), sources)[:8]}"


# Settings that may differ between two calls of the same run: how far it goes, and how it is carried out.
_FREE = frozenset({
    "seeds", "run", "runs_dir", "prompts", "target", "max_candidates", "concurrency", "prices", "evolve.rounds",
    "evolve.bootstrap", "limits.max_calls", "limits.max_tokens_total", "limits.max_cost_usd",
})  # fmt: skip
_FREE_OF_BACKEND = frozenset({"base_url", "api_key_env", "timeout_s", "give_up_s"})


def _is_free(key: str) -> bool:
    section, _, name = key.partition(".")
    return key in _FREE or (section in ("backend", "critic") and name in _FREE_OF_BACKEND)


def list_leaves(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield settings by their dotted names; the table of operators is one setting."""
    for key, value in settings.items():
        if isinstance(value, Mapping) and key != "operators":
            yield from list_leaves(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def list_settings(section: type[BaseModel] = RunConfig, prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Yield every setting there is, by its dotted name."""
    for name, field in section.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from list_settings(field.annotation, f"{prefix}{name}.")
        else:
            yield prefix + name, field


def drop_unset(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings without those that are None, section by section."""
    given: dict[str, Any] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping) and key != "operators":
            section = drop_unset(value)
            given |= {key: section} if section else {}
        elif value is not None:
            given[key] = value
    return given


def merge_settings(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """Return `lower` overlaid with `upper`, section by section; None in `upper` leaves a setting as it is."""
    merged = dict(lower)
    for key, value in drop_unset(upper).items():
        if not isinstance(value, Mapping) or key == "operators" or key not in merged:
            merged[key] = value
        elif isinstance(merged[key], Mapping):
            merged[key] = merge_settings(merged[key], value)
        # else the file has no section where one belongs: it stays, for the check to name it
    return merged


def make_config(settings: Mapping[str, Any], source: Source | None = None) -> RunConfig:
    """Return the checked configuration. Raises `ConfigError` that names every fault and where it was set."""
    try:
        return RunConfig.model_validate(settings)
    except ValidationError as error:
        known = [name for name, _ in list_settings()]
        faults = [explain_fault(fault, source or Source(), known) for fault in error.errors()]
        raise ConfigError("\n".join(faults)) from error


def find_differences(old: RunConfig, new: RunConfig) -> list[str]:
    """Return the settings of the identity in which two configurations differ, as `name: old → new`."""
    before, after = old.describe_identity(), new.describe_identity()
    keys = sorted(before.keys() | after.keys())
    changed = [(key, before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)]
    return [f"{key}: {_show(was)} → {_show(now)}" for key, was, now in changed]


def _show(value: Any) -> str:
    return "unset" if value is None else "all" if value == {} else str(value)

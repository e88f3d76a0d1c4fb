"""One TOML file and the flags make one `RunConfig`; the resolved one is saved with the run, and runs the same again.

Three kinds of settings: those that say what the data set *is* (recipe, models, operators, thresholds, the run's seed: a
run folder belongs to one of them), those that say how far it goes (rounds, target, bootstrap), and operational ones
(address, time-outs, concurrency, limits). The last two may change from call to call of the same run.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from generator.errors import ConfigError
from generator.types import make_digest

DEFAULT_RUNS_DIR = "runs"
BackendKind = Literal["embedded", "openai", "vllm"]


class BackendConfig(BaseModel):
    """A back end and how to reach it. Keys never stand here: they come from the environment (`api_key_env`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: BackendKind | Literal["auto"] = "auto"
    model: str | None = None
    base_url: str | None = None
    api_key_env: str = "OPENAI_API_KEY"
    timeout_s: float = Field(default=120.0, gt=0)
    give_up_s: float = Field(default=120.0, ge=0)  # seconds without any answer after which the back end is gone


class EvolveConfig(BaseModel):
    """Evol-Instruct. `operators`: name → weight; empty means all that are found, with the weights in their heads."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rounds: int = Field(default=4, ge=0)
    bootstrap: int = Field(default=0, ge=0)
    operators: dict[str, float] = Field(default_factory=dict)
    judge_equal: bool = True


class SelfInstructConfig(BaseModel):
    """Self-Instruct. `lag`: a prompt draws on the pool as it was committed that many prompts ago."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: Literal["list", "blocks"] = "list"
    demonstrations: int = Field(default=8, ge=1)
    machine_demonstrations: int = Field(default=2, ge=0)
    items: int = Field(default=8, ge=1)
    lag: int = Field(default=16, ge=1)
    blocks_demonstrations: int = Field(default=3, ge=1)
    blocks_items: int = Field(default=20, ge=1)


class NoveltyConfig(BaseModel):
    """Candidates more alike than this to anything in the pool are rejected."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rouge_l: float = Field(default=0.7, ge=0, le=1)  # Self-Instruct, section 2.3: ROUGE-L F1 above 0.7
    minhash: float = Field(default=0.7, ge=0, le=1)  # Jaccard similarity of word 3-grams / character 5-grams
    tokens: Literal["multilingual", "rouge_score"] = "multilingual"


class PolicyConfig(BaseModel):
    """What turns a verdict into accept or reject: the critic's overall score, 1 to 10, must reach `critic_overall`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    critic: bool = True
    critic_overall: float = 7.0  # the composite's threshold in common use for 1-10 rubrics


class RunConfig(BaseModel):
    """Everything a run is made from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    recipe: Literal["evolve", "self-instruct"] = "evolve"
    seeds: tuple[str, ...] = ()
    run: str | None = None
    runs_dir: str = DEFAULT_RUNS_DIR
    prompts: str | None = None
    seed: int = 0
    target: int | None = Field(default=None, ge=1)
    max_candidates: int | None = Field(default=None, ge=1)
    concurrency: int = Field(default=32, ge=1)
    backend: BackendConfig = BackendConfig()
    critic: BackendConfig = BackendConfig()
    evolve: EvolveConfig = EvolveConfig()
    self_instruct: SelfInstructConfig = SelfInstructConfig()
    novelty: NoveltyConfig = NoveltyConfig()
    policy: PolicyConfig = PolicyConfig()

    def describe_identity(self) -> dict[str, Any]:
        """Return, flat, the settings that say what the data set is; two runs with other values are other runs."""
        flat = _flatten(self.model_dump(mode="json"))
        return {key: value for key, value in flat.items() if not _is_free(key)}

    def derive_name(self) -> str:
        """Return the default name of the run: the recipe and a digest of the identity and of where the seeds lie."""
        sources = [str(Path(source)) for source in self.seeds]
        return f"{self.recipe}-{make_digest(self.describe_identity(), sources)[:8]}"


# Settings that may differ between two calls of the same run: how far it goes, and how it is carried out.
_FREE = frozenset({
    "seeds", "run", "runs_dir", "prompts", "target", "max_candidates", "concurrency", "evolve.rounds",
    "evolve.bootstrap",
})  # fmt: skip
_FREE_OF_BACKEND = frozenset({"base_url", "api_key_env", "timeout_s", "give_up_s"})


def _is_free(key: str) -> bool:
    section, _, name = key.partition(".")
    return key in _FREE or (section in ("backend", "critic") and name in _FREE_OF_BACKEND)


def _flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping) and key != "operators":
            flat |= _flatten(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat


def read_config(path: Path) -> dict[str, Any]:
    """Return the settings of a TOML file, not yet checked. Raises `ConfigError`."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file.") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 (byte {error.start}). Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not TOML: {error}.") from error


def merge_settings(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """Return `lower` overlaid with `upper`, section by section; None in `upper` leaves a setting as it is."""
    merged = dict(lower)
    for key, value in upper.items():
        if isinstance(value, Mapping) and isinstance(merged.get(key), Mapping) and key != "operators":
            merged[key] = merge_settings(merged[key], value)
        elif value is not None:
            merged[key] = value if not isinstance(value, Mapping) or key == "operators" else merge_settings({}, value)
    return merged


def make_config(settings: Mapping[str, Any], source: str) -> RunConfig:
    """Return the checked configuration. Raises `ConfigError` that names the setting and where it was set."""
    try:
        return RunConfig.model_validate(settings)
    except ValidationError as error:
        faults = [_explain(fault, source) for fault in error.errors()]
        raise ConfigError("\n".join(faults)) from error


def _explain(fault: Any, source: str) -> str:
    name = ".".join(str(part) for part in fault["loc"])
    line = _find_line(source, str(fault["loc"][-1]))
    where = f"{source}:{line}: " if line else f"{source}: "
    if fault["type"] == "extra_forbidden":
        return f"{where}unknown setting `{name}`. `docs/configuration.md` lists those there are."
    return f"{where}`{name}`: {fault['msg']}."


def _find_line(source: str, key: str) -> int | None:
    path = Path(source)
    if not path.is_file():
        return None
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((n for n, text in enumerate(lines, 1) if text.strip().lstrip("[").startswith(key)), None)


def save_config(config: RunConfig, path: Path) -> None:
    """Write the configuration as TOML, whole or not at all."""
    text = tomli_w.dumps(config.model_dump(mode="json", exclude_none=True))
    temporary = path.with_suffix(".tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def find_differences(old: RunConfig, new: RunConfig) -> list[str]:
    """Return the settings of the identity in which two configurations differ, as `name: old → new`."""
    before, after = old.describe_identity(), new.describe_identity()
    keys = sorted(before.keys() | after.keys())
    return [f"{key}: {before.get(key)} → {after.get(key)}" for key in keys if before.get(key) != after.get(key)]

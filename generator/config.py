"""One TOML file and the flags make one `RunConfig`; the resolved one is saved with the run, and runs the same again.

Three kinds of settings: those that say what the data set *is* (recipe, models, operators, thresholds, the run's seed: a
run folder belongs to one of them), those that say how far it goes (rounds, target, bootstrap), and operational ones
(address, time-outs, concurrency, limits). The last two may change from call to call of the same run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError
from pydantic.fields import FieldInfo

from generator.config_faults import Source, explain_fault
from generator.errors import ConfigError
from generator.settings.against import AgainstConfig
from generator.settings.augment import AugmentConfig
from generator.settings.backend import BackendConfig
from generator.settings.balance import BalanceConfig
from generator.settings.calibration import CalibrationConfig
from generator.settings.critic import CriticConfig, JurorConfig
from generator.settings.limits import LimitsConfig
from generator.settings.novelty import NoveltyConfig
from generator.settings.policy import PolicyConfig
from generator.settings.recipes import EvolveConfig, SelfInstructConfig
from generator.settings.section import SECTION, Text
from generator.settings.seeds import ReadingConfig
from generator.types import make_digest

DEFAULT_RUNS_DIR = "runs"
DEFAULT_ROUNDS = 4  # Evol-Instruct, section 4.1: M = 4
CANDIDATES_A_RECORD = 20  # a yield below 5% is no yield to go on with
LEAST_CANDIDATES = 500
TABLES = frozenset({"operators", "options", "toward", "variants", "at_least"})  # settings that are tables themselves


class RunConfig(BaseModel):
    """Everything a run is made from."""

    model_config = SECTION

    recipe: Literal["evolve", "self-instruct", "augment", "judge", "calibrate"] = Field(
        default="evolve", description="the command that the file is for"
    )
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
    concurrency: int | None = Field(
        default=None, ge=1, description="calls in flight at most; unset: as many as the back end takes well"
    )
    retry_refused: bool = Field(
        default=False, description="ask again what a server refused in an earlier invocation (docs/resuming.md)"
    )
    prices: Text | None = Field(default=None, description="a TOML table of prices, laid over the one that ships")
    reading: ReadingConfig = ReadingConfig()
    backend: BackendConfig = BackendConfig()
    critic: CriticConfig = CriticConfig()
    jury: tuple[JurorConfig, ...] = Field(
        default=(), strict=False, description="jurors, a table each (docs/critic.md); none: the critic judges alone"
    )
    evolve: EvolveConfig = EvolveConfig()
    self_instruct: SelfInstructConfig = SelfInstructConfig()
    novelty: NoveltyConfig = NoveltyConfig()
    against: AgainstConfig = AgainstConfig()
    policy: PolicyConfig = PolicyConfig()
    balance: BalanceConfig = BalanceConfig()
    augment: AugmentConfig = AugmentConfig()
    calibration: CalibrationConfig = CalibrationConfig()
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
        leaves = {key: value for key, value in list_leaves(self.model_dump(mode="json")) if not _is_free(key)}
        for section, seat in (("backend", self.backend), ("critic", self.critic)):
            leaves |= {f"{section}.{name}": value for name, value in seat.describe_model().items()}
        leaves |= {f"critic.{name}": Path(path).name for name, path in self.critic.list_files()}  # it may be moved
        if self.jury:
            leaves["jury"] = [
                {name: value for name, value in leaf.items() if name not in _FREE_OF_BACKEND} | juror.describe_model()
                for leaf, juror in zip(leaves["jury"], self.jury, strict=True)
            ]
        return leaves

    def derive_name(self) -> str:
        """Return the default name of the run: the recipe and a digest of the identity and of where the seeds lie."""
        sources = [str(Path(source)) for source in self.seeds]
        return f"{self.recipe}-{make_digest(self.describe_identity(), sources)[:8]}"


# Settings that may differ between two calls of the same run: how far it goes, and how it is carried out.
_FREE = frozenset({
    "seeds", "run", "runs_dir", "prompts", "target", "max_candidates", "concurrency", "prices", "retry_refused",
    "evolve.rounds", "evolve.bootstrap", "against.novel", "against.benchmarks", "critic.holds", "limits.max_calls",
    "limits.max_tokens_total",
    "limits.max_cost_usd", "novelty.embedder_base_url", "novelty.embedder_api_key_env",
})  # fmt: skip
_FREE_OF_BACKEND = frozenset({"base_url", "api_key_env", "timeout_s", "give_up_s"})


def _is_free(key: str) -> bool:
    section, _, name = key.partition(".")
    return key in _FREE or (section in ("backend", "critic") and name in _FREE_OF_BACKEND)


def list_leaves(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield settings by their dotted names; a table of names and numbers is one setting."""
    for key, value in settings.items():
        if isinstance(value, Mapping) and key not in TABLES:
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
        if isinstance(value, Mapping) and key not in TABLES:
            section = drop_unset(value)
            given |= {key: section} if section else {}
        elif value is not None:
            given[key] = value
    return given


def merge_settings(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """Return `lower` overlaid with `upper`, section by section; None in `upper` leaves a setting as it is."""
    merged = dict(lower)
    for key, value in drop_unset(upper).items():
        if not isinstance(value, Mapping) or key in TABLES or key not in merged:
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

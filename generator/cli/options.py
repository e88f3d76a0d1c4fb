"""The options that generating commands share, and how flags become settings over a configuration file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from generator.config import RunConfig, drop_unset, list_leaves, make_config, merge_settings
from generator.config_faults import Source
from generator.config_file import read_config
from generator.errors import ConfigError

Seeds = Annotated[
    list[str] | None,
    typer.Argument(help="Seed files or folders. Default: ./seeds, else the seeds that ship.", show_default=False),
]
RunName = Annotated[
    str | None,
    typer.Option("--run", help="The run's name. Default: derived from the settings, so the same command resumes."),
]
Target = Annotated[int | None, typer.Option(help="Stop at exactly this many accepted records.")]
Backend = Annotated[
    str | None,
    typer.Option(help="auto, embedded or openai. [auto: openai where an address or key is set, else embedded]"),
]
Model = Annotated[str | None, typer.Option(help="The model that writes.")]
BaseUrl = Annotated[
    str | None, typer.Option(help="Address of an OpenAI-compatible server, e.g. http://127.0.0.1:8000/v1.")
]
CriticBackend = Annotated[str | None, typer.Option(help="Back end of the critic. [the generator's]")]
CriticModel = Annotated[str | None, typer.Option(help="The model that judges. [the generator's]")]
CriticBaseUrl = Annotated[str | None, typer.Option(help="Address of the critic's server. [the generator's]")]
Concurrency = Annotated[int | None, typer.Option(help="Calls in flight at most. [32]")]
Seed = Annotated[int | None, typer.Option(help="Seed of all random draws. [0]")]
MaxCandidates = Annotated[int | None, typer.Option(help="Stop after this many candidates, accepted or not.")]
Config = Annotated[str | None, typer.Option(help="A TOML file of settings; flags win over it.")]
RunsDir = Annotated[str | None, typer.Option(help="Where runs lie. [runs]")]
Prompts = Annotated[str | None, typer.Option(help="A folder laid over the prompts that ship.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout at the end, nothing else.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Say how each candidate ended.")]


def load_config(config_path: str | None, flags: Mapping[str, Any]) -> tuple[RunConfig, Source]:
    """Return the checked settings of the file overlaid with the flags, and where each came from. Raises `ConfigError`."""
    given = frozenset(name for name, _ in list_leaves(drop_unset(flags)))
    if config_path is None:
        source = Source(given)
        return make_config(drop_unset(flags), source), source
    settings, text = read_config(Path(config_path))
    source = Source(given, config_path, text)
    wanted = settings.get("recipe", flags["recipe"])
    if wanted != flags["recipe"]:
        raise ConfigError(f"{Source((), config_path, text).name('recipe')}: the file is for the command `{wanted}`.")
    return make_config(merge_settings(settings, flags), source), source


def read_operators(text: str | None) -> dict[str, float] | None:
    """Return operators and weights from `a,b` or `a=2,b=1`. Raises `ConfigError`."""
    if text is None:
        return None
    operators = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, weight = part.partition("=")
        try:
            operators[name.strip()] = float(weight) if weight else 1.0
        except ValueError as error:
            raise ConfigError(f"--operators {part}: the weight is not a number; write NAME or NAME=WEIGHT.") from error
    return operators

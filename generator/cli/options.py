"""The options that generating commands share, and how flags become settings over a configuration file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from generator.balance.target import DIMENSIONS, read_target
from generator.config import RunConfig, drop_unset, list_leaves, make_config, merge_settings
from generator.config_faults import Source
from generator.config_file import read_config
from generator.errors import ConfigError

Seeds = Annotated[
    list[str] | None,
    typer.Argument(help="Seed files or folders. Default: ./seeds, else the seeds that ship.", show_default=False),
]
Clean = Annotated[
    str | None,
    typer.Option(help="Clean the seeds on the way in by profiles, like standard or web,document_b (docs/cleaning.md)."),
]
RunName = Annotated[
    str | None,
    typer.Option("--run", help="The run's name. Default: derived from the settings, so the same command resumes."),
]
Target = Annotated[int | None, typer.Option(help="Stop at exactly this many accepted records.")]
Backend = Annotated[
    str | None,
    typer.Option(
        help="auto, embedded, openai or vllm. Default: auto, which is openai where an address or a key is set, else embedded (rules, no model)."
    ),
]
Model = Annotated[str | None, typer.Option(help="The model that writes. Default: the server's first.")]
BaseUrl = Annotated[
    str | None, typer.Option(help="Address of an OpenAI-compatible server, like http://127.0.0.1:8000/v1.")
]
CriticBackend = Annotated[str | None, typer.Option(help="Back end of the critic. Default: the generator's.")]
CriticModel = Annotated[str | None, typer.Option(help="The model that judges. Default: the generator's.")]
CriticBaseUrl = Annotated[str | None, typer.Option(help="Address of the critic's server. Default: the generator's.")]
Concurrency = Annotated[
    int | None, typer.Option(help="Calls in flight at most. Default: as many as the back end takes well.")
]
Seed = Annotated[int | None, typer.Option(help="Seed of all random draws. Default: 0.")]
MaxCandidates = Annotated[int | None, typer.Option(help="Stop after this many candidates, accepted or not.")]
MaxCalls = Annotated[int | None, typer.Option(help="Stop before more calls than this are made, over the whole run.")]
MaxTokens = Annotated[
    int | None,
    typer.Option("--max-tokens-total", help="Stop before more tokens than this are used, over the whole run."),
]
MaxCost = Annotated[
    float | None, typer.Option("--max-cost-usd", help="Stop before more than this is spent, over the whole run.")
]
Prices = Annotated[str | None, typer.Option(help="A TOML table of prices, laid over the one that ships.")]
NovelAgainst = Annotated[
    list[str] | None,
    typer.Option(metavar="SOURCE", help="A run, file or folder that candidates must differ from too. Repeatable."),
]
Benchmarks = Annotated[
    list[str] | None,
    typer.Option(
        "--benchmark", metavar="FILE", help="A benchmark that no record may share an n-gram with. Repeatable."
    ),
]
Toward = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Evolve the seeds that a target distribution is short of (docs/balance.md)."),
]
Policy = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="A TOML file of rules that accept, reject or review (docs/critic.md)."),
]
Rubrics = Annotated[
    str | None,
    typer.Option(help="Rubrics to judge by, like overall or response_quality,safety: files of prompts/critic/."),
]
RetryRefused = Annotated[
    bool | None, typer.Option("--retry-refused", help="Ask again what a server refused earlier (docs/resuming.md).")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Forecast calls, tokens and cost; spend nothing.")]
Batch = Annotated[
    str | None, typer.Option(metavar="FILE", help="Ask nobody: write what is to be asked now to FILE (docs/batch.md).")
]
Config = Annotated[str | None, typer.Option(help="A TOML file of settings (docs/configuration.md); flags win over it.")]
RunsDir = Annotated[str | None, typer.Option(help="The folder that runs lie in. Default: runs.")]
Prompts = Annotated[str | None, typer.Option(help="A folder of prompts, laid over those that ship.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object to stdout at the end, and nothing else.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Say of each candidate how it ended.")]


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
        raise ConfigError(f"{source.place('recipe')}: the file is for the command `{wanted}`.")
    return make_config(merge_settings(_free_critic(settings, flags), flags), source), source


def _free_critic(settings: Mapping[str, Any], flags: Mapping[str, Any]) -> dict[str, Any]:
    """Return the file's settings without those in which its critic only follows a generator that the flags replace."""
    backend, critic = settings.get("backend"), settings.get("critic")
    if not isinstance(backend, Mapping) or not isinstance(critic, Mapping):
        return dict(settings)
    replaced = {name for name, value in flags["backend"].items() if value is not None}
    kept = {name: value for name, value in critic.items() if name not in replaced or value != backend.get(name)}
    return {**settings, "critic": kept}


def read_toward(path: str | None) -> dict[str, dict[str, float]] | None:
    """Return the shares of a target's file, as they stand there. Raises `ConfigError`."""
    if path is None:
        return None
    read_target(Path(path))  # checks it
    table = read_config(Path(path))[0]
    return {name: {key: float(share) for key, share in table[name].items()} for name in DIMENSIONS if name in table}


def read_names(text: str | None) -> list[str] | None:
    """Return the names of a list like `a,b`; None where there is none. Raises `ConfigError` where it names nothing."""
    if text is None:
        return None
    names = [name for name in (part.strip() for part in text.split(",")) if name]
    if not names:
        raise ConfigError("--rubrics names none; leave it out to judge by `overall`.")
    return names


def read_operators(text: str | None) -> dict[str, float] | None:
    """Return operators and weights from `a,b` or `a=2,b=1`. Raises `ConfigError`."""
    if text is None:
        return None
    operators = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, weight = (side.strip() for side in part.partition("="))
        try:
            operators[name] = float(weight) if weight else 1.0
        except ValueError as error:
            raise ConfigError(f"--operators {part}: the weight is not a number; write NAME or NAME=WEIGHT.") from error
    if not operators:
        raise ConfigError("--operators names none; leave it out to draw from all.")
    return operators

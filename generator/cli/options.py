"""The options that commands share, in groups; `takes` gives a command the groups that it wants."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Annotated, Any

import typer

Seeds = Annotated[
    list[str] | None,
    typer.Argument(help="Seed files or folders. Default: ./seeds, else the seeds that ship.", show_default=False),
]
RecordSource = Annotated[
    str | None, typer.Argument(metavar="SOURCE", help="A run, a file of records, or a folder.", show_default=False)
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

Group = Mapping[str, Any]  # the name of a parameter → its annotation
Given = Mapping[str, Any]  # the name of a parameter → what was given for it

SEEDS: Group = {"clean": Clean}
RUN: Group = {"run": RunName}
GOAL: Group = {"target": Target, "max_candidates": MaxCandidates}
MODELS: Group = {
    "backend": Backend, "model": Model, "base_url": BaseUrl, "critic_backend": CriticBackend,
    "critic_model": CriticModel, "critic_base_url": CriticBaseUrl, "concurrency": Concurrency,
}  # fmt: skip
DRAWS: Group = {"seed": Seed}
SPENDING: Group = {
    "max_calls": MaxCalls, "max_tokens_total": MaxTokens, "max_cost_usd": MaxCost, "prices": Prices,
    "retry_refused": RetryRefused,
}  # fmt: skip
CRITIC: Group = {"policy": Policy, "rubrics": Rubrics}
AGAINST: Group = {"novel_against": NovelAgainst, "benchmark": Benchmarks}
NOT_NOW: Group = {"dry_run": DryRun, "batch": Batch}
PLACES: Group = {"config": Config, "runs_dir": RunsDir, "prompts": Prompts}
OUTPUT: Group = {"as_json": Json, "verbose": Verbose}


def takes(*groups: Group) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of these groups, after its own; it receives all that was given as `given`.

    A switch is off, and everything else unset, where it is not given.
    """
    shared = {name: annotation for group in groups for name, annotation in group.items()}

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(command, eval_str=True)
        own = [one for one in signature.parameters.values() if one.name != "given"]
        more = [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation,
                default=False if annotation.__origin__ is bool else None,
            )
            for name, annotation in shared.items()
        ]  # fmt: skip

        @wraps(command)
        def carry_out(**given: Any) -> None:
            command(**{one.name: given[one.name] for one in own}, given=given)

        carry_out.__signature__ = signature.replace(parameters=[*own, *more])  # type: ignore[attr-defined]
        carry_out.__annotations__ = {one.name: one.annotation for one in (*own, *more)}
        return carry_out

    return decorate

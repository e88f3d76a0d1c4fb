"""Who is asked in a run: the generator, the critic or its jurors; and which of them are with the same server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from generator.config import RunConfig
from generator.settings.backend import BackendConfig
from generator.settings.critic import JurorConfig, take_backend
from generator.settings.recipes import JUDGING
from generator.templates import Templates


def list_critics(config: RunConfig) -> Sequence[BackendConfig]:
    """Return the back ends that judge: the jurors, or the critic alone; none where nobody judges."""
    if not config.policy.critic:
        return []
    return [take_backend(one) for one in config.jury or [config.critic]]


def list_seats(config: RunConfig) -> list[BackendConfig]:
    """Return the back ends that are asked, the generator first where one writes."""
    writes = [] if config.recipe in JUDGING else [config.backend]
    return [*writes, *list_critics(config)]


def share_server(one: BackendConfig, other: BackendConfig) -> bool:
    """Say whether two are with the same server, and so share one limit of calls in flight."""
    if one.kind == "vllm" and one.base_url is None:  # an engine in this process holds one model
        return one == other
    return one.model_copy(update={"model": other.model}) == other


def list_servers(config: RunConfig) -> list[BackendConfig]:
    """Return one back end of each server that is asked."""
    servers: list[BackendConfig] = []
    for seat in list_seats(config):
        if not any(share_server(server, seat) for server in servers):
            servers.append(seat)
    return servers


def list_rubrics(config: RunConfig) -> list[str]:
    """Return the names of the rubrics that are judged by, each once."""
    own = [rubric for juror in config.jury for rubric in get_rubrics(config, juror)]
    return list(dict.fromkeys(own or config.critic.rubrics)) if config.policy.critic else []


def get_rubrics(config: RunConfig, juror: JurorConfig) -> Sequence[str]:
    """Return the rubrics of a juror."""
    return (juror.rubric,) if juror.rubric else config.critic.rubrics


def find_self_judges(config: RunConfig, authors: Collection[str] = ()) -> list[str]:
    """Return the models that would judge what they write, or wrote (`authors`); rules don't favour their own."""
    writers = set(authors)
    if config.recipe not in JUDGING and config.backend.kind != "embedded":
        writers.add(config.backend.model or "")
    judges = [one.model for one in list_critics(config) if one.kind != "embedded" and one.model in writers]
    return [name for name in dict.fromkeys(judges) if name]


def count_verdicts(config: RunConfig, templates: Templates) -> dict[str, int]:
    """Return how many calls it takes to judge one record, by template; an arbiter's are not foreseen."""
    calls = Counter[str]()
    jurors = [get_rubrics(config, juror) for juror in config.jury if not juror.arbiter]
    for name in [name for names in jurors or [config.critic.rubrics] for name in names]:
        head = templates.get(f"critic/{name}", "").head
        a_verdict = 2 if head.looks_at == "pair" else len(head.dimensions) if config.critic.by_dimension else 1
        calls[f"critic/{name}"] += max(1, a_verdict) * (1 if head.looks_at == "pair" else config.critic.samples)
    return dict(calls)

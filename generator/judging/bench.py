"""From settings to a critic and a policy, and what of them can be checked before anything is spent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from evaluators.critic.manner import CHEAP, Manner
from evaluators.critic.rubric import PAIR, Rubric, read_rubrics
from evaluators.critic.seating import Seat, add_references, list_bars, list_columns, seat_critic
from generator.config import RunConfig
from generator.errors import ConfigError, TemplateError
from generator.policy import FAMILY, Policy, check_rules
from generator.protocols import Ask, Critic
from generator.seats import get_rubrics, list_rubrics
from generator.settings.backend import BackendConfig
from generator.settings.critic import CriticConfig, take_backend
from generator.templates import VARIABLES, Templates

FindAsk = Callable[[BackendConfig], Ask]
_PROBE = "probe_of_a_variable"
_RESPONSE = (("response", "judging a response"),)
_SHOWN: Mapping[str, Sequence[tuple[str, str]]] = {  # by what a rubric looks at: what its text must show
    "record": _RESPONSE,
    "long text": _RESPONSE,
    "instruction": (("instruction", "judging an instruction"),),
    PAIR: (("first_response", "comparing two responses"), ("second_response", "comparing two responses")),
}
RULES_JUDGE_BY = ("overall",)  # the rubrics that the embedded back end has rules for


def make_manner(config: CriticConfig) -> Manner:
    """Return how the critic goes about it. Raises `ConfigError` for a file of references that cannot be used."""
    manner = Manner(
        by_dimension=config.by_dimension, samples=config.samples, temperature=config.temperature,
        probabilities=config.probabilities, aggregate=config.aggregate, max_spread=config.max_spread,
    )  # fmt: skip
    if config.reference_guided or config.references:
        return add_references(manner, config.references)
    return manner


def make_critic(config: RunConfig, templates: Templates, find_ask: FindAsk) -> Critic:
    """Build the critic; `find_ask` gives what asks a back end. Raises the `InputError` family."""
    rubrics = read_rubrics(templates, list_rubrics(config), ())
    seats = [
        Seat(find_ask(take_backend(juror)), [rubrics[name] for name in get_rubrics(config, juror)], juror.arbiter)
        for juror in config.jury
    ]
    seats = seats or [Seat(find_ask(take_backend(config.critic)), list(rubrics.values()))]
    return seat_critic(seats, make_manner(config.critic), config.critic.jury_by)


def make_policy(config: RunConfig, templates: Templates) -> Policy:
    """Build the policy. Raises the `InputError` family."""
    rubrics = read_rubrics(templates, list_rubrics(config), ())
    return Policy(config.policy, list_bars(list(rubrics.values())))


def check_judging(
    config: RunConfig, templates: Templates, languages: Iterable[str], where: str, columns: Collection[str] = ()
) -> None:
    """Check rubrics, jury and policy; `columns` are those that records bring along. Raises the `InputError` family."""
    if not config.policy.critic:
        check_rules(Policy(config.policy), list(columns), where)
        return
    spoken = set(languages)
    rubrics = list(read_rubrics(templates, list_rubrics(config), spoken).values())
    _check_jury(config)
    _check_embedded(config)
    make_manner(config.critic)
    _check_use(config.critic, templates, rubrics, spoken)
    known = [*list_critic_columns(config, templates), *(name for name in columns if not name.startswith(FAMILY))]
    check_rules(Policy(config.policy), known, where)


def list_critic_columns(config: RunConfig, templates: Templates) -> list[str]:
    """Return the columns that the critic of these settings may fill. Raises the `InputError` family."""
    if not config.policy.critic:
        return []
    rubrics = list(read_rubrics(templates, list_rubrics(config), ()).values())
    jurors = sum(not juror.arbiter for juror in config.jury)
    samples, told = config.critic.samples, config.critic.probabilities
    known = list_columns(rubrics, Manner(samples=samples, probabilities=told), jurors)
    return [*known, *([FAMILY + CHEAP] if config.critic.prescreen else [])]


def _check_jury(config: RunConfig) -> None:
    arbiters = [juror for juror in config.jury if juror.arbiter]
    if config.jury and (len(config.jury) - len(arbiters) < 2 or len(arbiters) > 1):
        raise ConfigError("`[[jury]]`: a jury has two jurors or more, and one arbiter at most.")


def _check_embedded(config: RunConfig) -> None:
    """Refuse what the embedded back end has no rules for, before anything is begun."""
    asked = [(juror.kind, get_rubrics(config, juror)) for juror in config.jury]
    asked = asked or [(config.critic.kind, config.critic.rubrics)]
    strange = [name for kind, names in asked if kind == "embedded" for name in names if name not in RULES_JUDGE_BY]
    if strange:
        raise ConfigError(
            f"the rubric `{strange[0]}` needs a model: the embedded back end judges by rules, and by the rubric "
            f"`{RULES_JUDGE_BY[0]}` alone. Give the critic a model's server (--critic-base-url)."
        )


def _check_use(
    config: CriticConfig, templates: Templates, rubrics: Collection[Rubric], languages: Collection[str]
) -> None:
    """Refuse a rubric that does not show what it looks at, and a way of asking that the rubrics make no use of."""
    for rubric in rubrics:
        for name, what in _SHOWN[rubric.looks_at]:
            _require_variable(templates, [rubric], languages, name, what)
    if config.by_dimension:
        for rubric in rubrics:
            if rubric.looks_at != PAIR and len(rubric.dimensions) > 1:
                _require_variable(templates, [rubric], languages, "only", "asking for one dimension a call")
    if config.reference_guided or config.references:
        _require_variable(templates, rubrics, languages, "reference", "showing a reference answer")


def _require_variable(
    templates: Templates, rubrics: Collection[Rubric], languages: Collection[str], name: str, why: str
) -> None:
    """Raise `TemplateError` where in some language none of the rubrics uses a variable."""
    for language in sorted({"", *languages}):
        used = [templates.get(rubric.template, language) for rubric in rubrics]
        plain = dict.fromkeys(VARIABLES["critic"], "")
        if all(one.render(plain) == one.render(plain | {name: _PROBE}) for one in used):
            listed = ", ".join(str(one.path) for one in used)
            raise TemplateError(f"{listed}: no use is made of `{name}`, and {why} needs it.")

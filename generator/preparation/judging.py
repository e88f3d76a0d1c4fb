"""What is checked before records are judged: the source, once through; rubrics, policy, prompts."""

from __future__ import annotations

from evaluators.critic.manner import find_none
from generator import catalog
from generator.config import RunConfig
from generator.config_faults import Source
from generator.errors import ConfigError
from generator.preparation.prepared import Prepared, Tell, load_templates
from generator.preparation.records import survey
from generator.seats import list_critics, list_rubrics


def prepare_judging(config: RunConfig, given: Source, tell: Tell) -> Prepared:
    """Check all that judging a source needs. Raises the `InputError` family."""
    if not config.policy.critic:
        raise ConfigError(f"{given.name('policy.critic')}: without a critic there is nothing to judge by.")
    templates = load_templates(config)
    find_reference = catalog.load("generator.judging.bench:make_manner")(config.critic).find_reference
    found = survey(config, tell, find_reference)
    if find_reference is not find_none:
        tell(f"references: {found.referenced} of {found.count} records have a reference answer")
    where = given.name("policy.rules")
    catalog.load_judging_check()(config, templates, found.languages, where, sorted(found.columns))
    templates.try_out_all([f"critic/{rubric}" for rubric in list_rubrics(config)], found.languages)
    return Prepared(config, templates, records=found.read, count=found.count, authors=frozenset(found.models))


def describe_judging(prepared: Prepared) -> str:
    """Say what is judged, and by whom."""
    judges = dict.fromkeys(str(one.model) for one in list_critics(prepared.config))
    return f"{prepared.count} records, judged by {', '.join(judges)}"

"""What is checked before a critic is held against labels."""

from __future__ import annotations

from generator import catalog
from generator.config import RunConfig
from generator.config_faults import Source
from generator.errors import ConfigError
from generator.parsing.choices import FORMS
from generator.preparation.prepared import Prepared, Tell, load_templates
from generator.seats import list_rubrics


def prepare_calibrating(config: RunConfig, given: Source, tell: Tell) -> Prepared:
    """Check labels, rubrics and prompts. Raises the `InputError` family."""
    if config.calibration.labels is None:
        raise ConfigError("say what to hold the critic against: a file of labels (LABELS).")
    if not config.policy.critic:
        raise ConfigError(f"{given.name('policy.critic')}: without a critic there is nothing to calibrate.")
    templates = load_templates(config)
    labels = catalog.load_calibration("gate:check_gate")(config, templates)
    languages = {one.example.language for one in labels.records} | {one.language for one in labels.pairs}
    catalog.load_judging_check()(config, templates, languages, given.name("policy.rules"))
    pairs = catalog.load_calibration("gate:find_pair_rubric")(config, templates).name
    names = [f"critic/{rubric}" for rubric in (*list_rubrics(config), pairs)]
    templates.try_out_all([*names, *(f"judge/choose_{form}" for form in FORMS)], languages)
    return Prepared(config, templates, count=len(labels.pairs) + len(labels.records))


def describe_calibrating(prepared: Prepared) -> str:
    """Say what the critic is held against, and which it is."""
    return f"{prepared.count} labelled items, critic {prepared.config.critic.model}"

"""Everything that is checked before a critic is held against labels."""

from __future__ import annotations

from generator import catalog
from generator.calibration.gate import check_gate, find_pair_rubric
from generator.config import RunConfig
from generator.config_faults import Source as Given
from generator.errors import ConfigError
from generator.judging.seats import list_rubrics
from generator.parsing.choices import FORMS
from generator.preparation import Prepared, load_templates
from generator.settling import settle_files


def prepare_calibrating(config: RunConfig, given: Given) -> Prepared:
    """Check labels, rubrics and prompts; all paths become absolute. Raises the `InputError` family."""
    if config.calibration.labels is None:
        raise ConfigError("say what to hold the critic against: a file of labels (LABELS).")
    if not config.policy.critic:
        raise ConfigError(f"{given.name('policy.critic')}: without a critic there is nothing to calibrate.")
    templates = load_templates(config)
    labels = check_gate(config, templates)
    languages = {one.example.language for one in labels.records} | {one.language for one in labels.pairs}
    catalog.load_judging_check()(config, templates, languages, given.name("policy.rules"))
    names = [f"critic/{rubric}" for rubric in (*list_rubrics(config), find_pair_rubric(config, templates).name)] + [
        f"judge/choose_{form}" for form in FORMS
    ]
    for language in sorted(languages):
        for name in names:
            templates.try_out(name, language)
    return Prepared(settle_files(config), (), templates, (), count=len(labels.pairs) + len(labels.records))

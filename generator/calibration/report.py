"""The report on a critic against people: what it came to, what was published of it, and whether that is good enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluators.agreement.pairs import JudgedPair, report_pairs
from evaluators.agreement.published import PUBLISHED
from evaluators.agreement.raters import report_raters
from evaluators.agreement.scores import ScoredItem, report_scores
from generator.calibration.labels import LabelledPair, Labels
from generator.errors import ConfigError

OF_PAIRS = ("accuracy", "kappa", "swap_agreement", "correct_in_both_orders")
OF_SCORES = ("spearman", "kappa_quadratic", "exact", "within_one")
GATES = (*OF_PAIRS, *OF_SCORES)


def report_people(labels: Labels) -> dict[str, Any] | None:
    """Return how people agree among themselves; None where one person labelled each item."""
    raters = max((len(pair.choices) for pair in labels.pairs), default=1)
    if raters < 2:
        return None
    return report_raters([_pad(pair, raters) for pair in labels.pairs])


def _pad(pair: LabelledPair, raters: int) -> list[str | None]:
    return [*pair.choices, *[None] * (raters - len(pair.choices))]


def report_choices(labels: Labels, judged: Sequence[JudgedPair], *, seed: int = 0) -> dict[str, Any]:
    """Return the report on pairs, with the published arithmetic beside ours for the forms that have one."""
    report = report_pairs(judged, seed=seed)
    if labels.form in PUBLISHED and judged:
        report["as_published"] = PUBLISHED[labels.form](judged)
    return report


def report_dimensions(items: Mapping[str, Sequence[ScoredItem]], *, seed: int = 0) -> dict[str, Any]:
    """Return the report on scores, by dimension."""
    return {dimension: report_scores(scored, seed=seed) for dimension, scored in items.items()}


def read_gates(texts: Sequence[str]) -> dict[str, float]:
    """Return the least values that a critic must reach, from `NAME=VALUE`. Raises `ConfigError`."""
    gates = {}
    for text in texts:
        name, _, value = text.partition("=")
        if name.strip() not in GATES:
            raise ConfigError(f"--at-least {text}: there is no such measure. Those there are: {', '.join(GATES)}.")
        try:
            gates[name.strip()] = least = float(value)
        except ValueError as error:
            raise ConfigError(
                f"--at-least {text}: the value is not a number; write NAME=VALUE, like kappa=0.6."
            ) from error
        if not -1 <= least <= 1:
            raise ConfigError(f"--at-least {text}: every measure lies between -1 and 1.")
    return gates


def check_measures(gates: Mapping[str, float], labels: Labels) -> None:
    """Check that what must be reached can be measured on these labels. Raises `ConfigError`."""
    known = OF_SCORES if labels.records else OF_PAIRS
    for name in gates:
        if name not in known:
            what = "scores" if labels.records else "pairs"
            raise ConfigError(f"at least {name}: {what} have no such measure. Those there are: {', '.join(known)}.")


def check_gates(critic: Mapping[str, Any], gates: Mapping[str, float]) -> list[str]:
    """Return what is not reached, for a person; `critic` is a report on pairs, or reports by dimension.

    A measure that is not defined has not reached anything. Raises `ConfigError` where no report has the measure.
    """
    parts = {"": critic} if "items" in critic else critic
    missed = []
    for name, least in gates.items():
        having = {part: report for part, report in parts.items() if name in report}
        if not having:
            raise ConfigError(f"at least {name}: the report on these labels has no such measure.")
        for part, report in having.items():
            value = report[name]
            if value is None or value < least:
                where = f" ({part})" if part else ""
                missed.append(f"{name}{where} is {_show_measure(report, name)}, less than {least:g}")
    return missed


def describe_report(report: Mapping[str, Any]) -> list[str]:
    """Return a report as lines for a person."""
    lines = []
    if report.get("people"):
        people = report["people"]
        pairs = ", ".join(_show(one["kappa"]) for one in people["cohen_kappa"])
        lines.append(
            f"people: {people['raters']} of them on {people['items']} items; Cohen's kappa {pairs}; Fleiss' kappa"
            f" {_show_measure(people, 'fleiss_kappa')}; Krippendorff's alpha {_show_measure(people, 'krippendorff_alpha')}"
        )
        majority = ", ".join(f"{label} {count}" for label, count in people["majority"].items())
        lines.append(f"  majority: {majority or 'none'}; without one: {people['without_majority']}")
    critic = report["critic"]
    parts = {"critic": critic} if "items" in critic else critic
    for name, part in parts.items():
        lines.append(f"{name}: {part['items']} items, {part['unparsed']} replies not in form")
        lines += [
            f"  {measure:<24} {_show_measure(part, measure)}{_show_interval(part.get(f'{measure}_interval'))}"
            for measure, value in part.items()
            if isinstance(value, float) or (value is None and not measure.endswith("_interval"))
        ]
        for published, value in part.get("as_published", {}).items():
            lines.append(f"  as published: {published} {value if isinstance(value, str) else _show(value)}")
        if "calibration" in part:
            lines.append(_describe_calibration(part["calibration"]))
    return lines


def _describe_calibration(row: Mapping[str, Any]) -> str:
    if row["error_after"] is None:
        return f"  no calibration: {row['fitted_on']} and {row['tested_on']} items in the two parts are too few"
    return (
        f"  calibration, fitted on {row['fitted_on']} and tested on {row['tested_on']} others: mean error"
        f" {_show(row['error_before'])} → {_show(row['error_after'])}"
    )


def _show_measure(report: Mapping[str, Any], name: str) -> str:
    reason = report.get("undefined", {}).get(name)
    return _show(report[name]) + (f" ({reason})" if reason else "")


def _show(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.4f}"


def _show_interval(interval: Sequence[float] | None) -> str:
    return f"  (95%: {interval[0]:.4f} to {interval[1]:.4f})" if interval else ""

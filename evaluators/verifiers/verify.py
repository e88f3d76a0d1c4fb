"""Constraints that code can check: all kinds, their wording, and the verdict.

Promise: what `describe` says is what `verify` checks, and nothing is forgiven that the sentence (with the definitions
of `segment` and `answers`) does not forgive. Kinds and parameters are untrusted (a model wrote them): they are refused
with `ReplyError`, and nothing else is ever raised. No text of theirs is evaluated or becomes a pattern.

Source: IFEval's verifiable instructions (Zhou et al. 2023, arXiv:2311.07911), extended; English and Chinese.
Deviations: parameters are strict; an empty response meets no constraint, not even a negative one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from evaluators.verifiers.answers import ANSWER_RULES
from evaluators.verifiers.case import CASE_RULES
from evaluators.verifiers.kind import Kind, Rule, clean_params
from evaluators.verifiers.layout import LAYOUT_RULES
from evaluators.verifiers.length import LENGTH_RULES
from evaluators.verifiers.operations import compute as compute
from evaluators.verifiers.structure import STRUCTURE_RULES
from evaluators.verifiers.wording import word_kind
from evaluators.verifiers.words import WORD_RULES
from generator.errors import ReplyError
from generator.types import Check

RULES: dict[str, Rule] = {
    **LENGTH_RULES, **WORD_RULES, **CASE_RULES, **LAYOUT_RULES, **STRUCTURE_RULES, **ANSWER_RULES,
}  # fmt: skip


def build_kind(name: str, rule: Rule) -> Kind:
    """Return the kind: a rule with its wordings."""
    optional = tuple(key for key, param in rule.params.items() if not param.required)
    return Kind(name, rule.params, rule.check, rule.conflicts, rule.refine, word_kind(name, optional))


KINDS: dict[str, Kind] = {name: build_kind(name, rule) for name, rule in RULES.items()}


def require_kind(check: Check) -> Kind:
    """Return the kind of a check. Raises `ReplyError` (`unknown_check`)."""
    kind = KINDS.get(check.kind)
    if kind is None:
        raise ReplyError("unknown_check", f"no kind of check is called {check.kind!r:.80}")
    return kind


def read_params(kind: Kind, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return clean parameters. Raises `ReplyError` (`bad_check_params`)."""
    clean = clean_params(kind.name, kind.params, params)
    return kind.refine(clean) if kind.refine else clean


def validate(check: Check) -> None:
    """Raise `ReplyError` where kind or parameters cannot be used; else do nothing."""
    read_params(require_kind(check), check.params)


def describe(check: Check, language: str, variant: int = 0) -> str:
    """Return the constraint as an imperative sentence; variants (any whole number) are other phrasings of the same.

    Raises `ReplyError`: `unknown_check`, `bad_check_params`, or `no_wording` for a language that the kind has none in.
    """
    kind = require_kind(check)
    wording = kind.describe.get(language)
    if wording is None:
        raise ReplyError("no_wording", f"{kind.name} cannot be asked for in {language!r:.20}")
    return wording(read_params(kind, check.params), variant)


def verify(check: Check, response: str, task_input: str = "") -> bool:
    """Say whether the response meets the constraint.

    Raises `ReplyError`: `unknown_check`, `bad_check_params`, or `not_computable` where `computed` has no answer.
    """
    kind = require_kind(check)
    params = read_params(kind, check.params)
    if not response.strip():
        return False
    return kind.check(unicodedata.normalize("NFC", response), params, task_input)


def verify_all(checks: Iterable[Check], response: str, task_input: str = "") -> tuple[Check, ...]:
    """Return the checks with their verdicts set. Raises `ReplyError` as `verify` does."""
    return tuple(
        check.model_copy(update={"verdict": verify(check, response, task_input)}) for check in checks
    )  # fmt: skip


def is_compatible(first: str, second: str) -> bool:
    """Say whether two kinds may stand beside each other; a kind may not stand twice. Unknown kinds may not at all."""
    if first == second or first not in KINDS or second not in KINDS:
        return False
    return second not in KINDS[first].conflicts and first not in KINDS[second].conflicts


class CodeVerifier:
    """Verifies by code; satisfies `protocols.Verifier`."""

    def verify(self, check: Check, response: str, task_input: str) -> bool:
        """Say whether the response meets the constraint. Raises `ReplyError`."""
        return verify(check, response, task_input)

"""The arithmetic of published evaluations, kept to reproduce their figures; `pairs.py` has what we would report.

LLMBar's kappa codes the second response as 0 for the critic and as 2 for people, so the two can only agree on the first;
its `equal` counts two unparsed replies as agreeing. Of two equal ratings it makes a verdict for each order, opposite
ones. PandaLM counts a reply that is not in form as a tie.

Source: Zeng et al. 2023 (arXiv:2310.07641), the released evaluator; Wang et al. 2023 (PandaLM, arXiv:2306.05087), the
released test set and its reported accuracy and kappa.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evaluators.agreement.kappa import compute_cohen_kappa
from evaluators.agreement.pairs import JudgedPair
from generator.parsing.choices import Choice


def compute_llmbar(pairs: Sequence[JudgedPair]) -> dict[str, Any]:
    """Return the statistics of LLMBar, by its names and in its notation, of pairs shown in both orders."""
    labels = [1 if pair.label == "first" else 2 for pair in pairs]
    verdicts = [(pair.given, pair.swapped) if pair.rated is None else _choose(*pair.rated) for pair in pairs]
    given, swapped = [_code(one) for one, _ in verdicts], [_code(other) for _, other in verdicts]
    right = [[verdict[order] == pair.label for verdict, pair in zip(verdicts, pairs, strict=True)] for order in (0, 1)]
    counts = {
        "correct_False": sum(right[0]),
        "correct_True": sum(right[1]),
        "correct_both": sum(one and other for one, other in zip(*right, strict=True)),
        "equal": sum(one == other for one, other in verdicts),
    }
    shares = {name: f"{count} / {len(pairs)} = {count / len(pairs) * 100}%" for name, count in counts.items()}
    average = (counts["correct_False"] + counts["correct_True"]) / 2 / len(pairs) * 100
    kappas = compute_cohen_kappa(given, labels), compute_cohen_kappa(swapped, labels)
    return shares | {
        "correct_average": f"{average}%",
        "kappa_False": kappas[0],
        "kappa_True": kappas[1],
        "kappa_average": None if None in kappas else sum(kappa or 0 for kappa in kappas) / 2,
        "kappa_agreement": compute_cohen_kappa(given, swapped),
    }


def _choose(first: int | None, second: int | None) -> tuple[Choice | None, Choice | None]:
    """Return the verdicts in both orders that two ratings come to, off the scale or not; None stands for no number."""
    if first is None or second is None:
        return "first", "second"
    return "first" if first > second else "second", "second" if second > first else "first"


def _code(choice: Choice | None) -> int:
    return int(choice == "first")


def compute_pandalm(pairs: Sequence[JudgedPair]) -> dict[str, Any]:
    """Return accuracy and kappa against the majority of people, a reply that is not in form taken for a tie."""
    verdicts, labels = [pair.given or "tie" for pair in pairs], [pair.label for pair in pairs]
    hits = sum(verdict == label for verdict, label in zip(verdicts, labels, strict=True))
    return {"accuracy": hits / len(pairs), "kappa": compute_cohen_kappa(verdicts, labels)}


PUBLISHED: Mapping[str, Callable[[Sequence[JudgedPair]], dict[str, Any]]] = {
    "llmbar": compute_llmbar,
    "pandalm": compute_pandalm,
}

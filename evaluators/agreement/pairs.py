"""How good a critic is at choosing between two responses: against people, against itself, and against its habits.

Each pair is shown in both orders. Where both verdicts name the same response, that is the critic's choice; where they
differ, it is a tie and goes to review. A reply that is not in form is counted as unparsed: never a tie, and never right.

Source: Zheng et al. 2023 (MT-Bench, arXiv:2306.05685, section 3.4, swapped positions; table 2 and 3, position and
verbosity bias); Zeng et al. 2023 (LLMBar, arXiv:2310.07641, section 4, accuracy and positional agreement).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from evaluators.agreement.bootstrap import find_interval
from evaluators.agreement.kappa import compute_cohen_kappa
from evaluators.agreement.undefined import add_reasons
from generator.parsing.choices import Choice


@dataclass(frozen=True, slots=True)
class JudgedPair:
    """One pair: what people chose, and the critic's verdict in each order, both told in the pair's own order.

    None stands for a reply that is not in form; `is_swapped` says whether the pair was shown in both orders. `lengths`
    are the responses' characters. `rated` are the ratings that the verdict comes from, where each response was looked at
    by itself.
    """

    label: Choice
    given: Choice | None
    swapped: Choice | None = None
    is_swapped: bool = False
    lengths: tuple[int, int] = (0, 0)
    rated: tuple[int | None, int | None] | None = None

    @property
    def verdict(self) -> Choice | None:
        """The choice of both orders together; None where either is not in form."""
        if not self.is_swapped or self.given == self.swapped:
            return self.given
        return None if self.given is None or self.swapped is None else "tie"


Measure = Callable[[Sequence[JudgedPair]], float | None]


def measure_accuracy(pairs: Sequence[JudgedPair]) -> float | None:
    """Return the share of pairs on which the verdict of both orders together is what people chose."""
    return _share([pair.verdict == pair.label for pair in pairs])


def measure_kappa(pairs: Sequence[JudgedPair]) -> float | None:
    """Return Cohen's kappa of verdict and label over the pairs whose replies are in form."""
    known = [pair for pair in pairs if pair.verdict is not None]
    return compute_cohen_kappa([pair.verdict for pair in known], [pair.label for pair in known])


def measure_swap_agreement(pairs: Sequence[JudgedPair]) -> float | None:
    """Return the share, of the pairs shown in both orders, in which both name the same; an unparsed reply never does."""
    return _share([pair.given is not None and pair.given == pair.swapped for pair in pairs if pair.is_swapped])


def measure_first(pairs: Sequence[JudgedPair]) -> float | None:
    """Return P(first): of the verdicts that choose, the share that choose what was shown first; 0.5 is no habit."""
    pairs = [pair for pair in pairs if pair.rated is None]
    shown = [(pair.given, "first") for pair in pairs] + [(pair.swapped, "second") for pair in pairs if pair.is_swapped]
    return _share([choice == leader for choice, leader in shown if choice in ("first", "second")])


def measure_longer(pairs: Sequence[JudgedPair]) -> float | None:
    """Return P(longer): of the verdicts that choose between unequal lengths, the share for the longer response."""
    chosen = [
        (choice, "first" if pair.lengths[0] > pair.lengths[1] else "second")
        for pair in pairs
        for choice in ((pair.given, pair.swapped) if pair.is_swapped else (pair.given,))
        if pair.lengths[0] != pair.lengths[1] and choice in ("first", "second")
    ]
    return _share([choice == longer for choice, longer in chosen])


def measure_people_longer(pairs: Sequence[JudgedPair]) -> float | None:
    """Return the share of people's choices between unequal lengths that fell on the longer: what P(longer) is held against."""
    unequal = [pair for pair in pairs if pair.lengths[0] != pair.lengths[1] and pair.label != "tie"]
    return _share([(pair.label == "first") == (pair.lengths[0] > pair.lengths[1]) for pair in unequal])


def report_pairs(pairs: Sequence[JudgedPair], *, seed: int = 0) -> dict[str, Any]:
    """Return the whole report, JSON-able: shares from 0 to 1, intervals at 95%, None for what is not defined."""
    swapped = [pair for pair in pairs if pair.is_swapped]
    orders: dict[str, list[tuple[Choice | None, Choice]]] = {"given": [(pair.given, pair.label) for pair in pairs]}
    if swapped:
        orders["swapped"] = [(pair.swapped, pair.label) for pair in swapped]
    replies = [choice for verdicts in orders.values() for choice, _ in verdicts]
    return add_reasons(
        {
            "items": len(pairs),
            "replies": len(replies),
            "unparsed": replies.count(None),
            "accuracy": measure_accuracy(pairs),
            "accuracy_interval": find_interval(pairs, measure_accuracy, seed=seed),
            "kappa": measure_kappa(pairs),
            "kappa_interval": find_interval(pairs, measure_kappa, seed=seed),
            "by_order": {name: _describe_order(verdicts) for name, verdicts in orders.items()},
            "correct_in_both_orders": _share([pair.given == pair.swapped == pair.label for pair in swapped]),
            "swap_agreement": measure_swap_agreement(pairs),
            "swap_agreement_interval": find_interval(swapped, measure_swap_agreement, seed=seed),
            "p_first": measure_first(pairs),
            "p_longer": measure_longer(pairs),
            "p_longer_people": measure_people_longer(pairs),
            "to_review": sum(pair.verdict is None or (pair.verdict == "tie" and pair.given != "tie") for pair in pairs),
        }
    )


def _describe_order(verdicts: Sequence[tuple[Choice | None, Choice]]) -> dict[str, Any]:
    known = [(choice, label) for choice, label in verdicts if choice is not None]
    return {
        "accuracy": _share([choice == label for choice, label in verdicts]),
        "kappa": compute_cohen_kappa([choice for choice, _ in known], [label for _, label in known]),
        "unparsed": len(verdicts) - len(known),
    }


def _share(hits: Sequence[bool]) -> float | None:
    return sum(hits) / len(hits) if hits else None
